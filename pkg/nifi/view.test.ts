// Which answers are believed, and what is read out of several of them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { askOrder } from './choose.ts';
import type { ClusterNode } from './endpoints/cluster.ts';
import type { ClusterView, NodeAddress, NodeConnection } from './types.ts';
import { agreedStatus, connectingIn, makeView, nodeIn, RejectedViewError, sameView } from './view.ts';

const address = (id: number, extra: Partial<NodeAddress> = {}): NodeAddress => ({
  id,
  host: `c-${id}.c-nodes.ns.svc`,
  ip: `10.0.0.${id}`,
  port: 8443,
  podUid: `pod-${id}`,
  ...extra,
});

const known = [0, 1, 2].map((id) => address(id));

function entry(id: number, status: NodeConnection, extra: Partial<ClusterNode> = {}): ClusterNode {
  return { nodeId: `uuid-${id}`, address: address(id).host, apiPort: 8443, status, roles: [], events: [], ...extra };
}

function view(nodes: readonly ClusterNode[], from = 0, takenAtMs = 1_000, previous?: ClusterView): ClusterView {
  return makeView({ nodes, asked: address(from), known, previous, takenAtMs });
}

describe('a view', () => {
  test('is refused when the asked node is not connected in its own answer', () => {
    for (const status of ['CONNECTING', 'DISCONNECTED', 'OFFLOADED'] as const) {
      assert.throws(() => view([entry(0, status), entry(1, 'CONNECTED')]), RejectedViewError);
    }
    assert.throws(() => view([entry(1, 'CONNECTED')]), RejectedViewError);
    assert.throws(() => view([entry(0, 'CONNECTED', { apiPort: 9443 })]), RejectedViewError);
  });

  test('knows the ids of the cluster and leaves strangers without one', () => {
    const { nodes, takenFrom } = view([entry(0, 'CONNECTED'), entry(7, 'DISCONNECTED')]);
    assert.deepEqual([takenFrom, nodes.map((node) => node.id)], [0, [0, undefined]]);
  });

  test('remembers since when a status holds', () => {
    const first = view([entry(0, 'CONNECTED'), entry(1, 'CONNECTED')], 0, 1_000);
    const second = view([entry(0, 'CONNECTED'), entry(1, 'DISCONNECTED')], 0, 2_000, first);
    const third = view([entry(0, 'CONNECTED'), entry(1, 'DISCONNECTED')], 0, 3_000, second);
    assert.deepEqual(
      third.nodes.map((node) => node.sinceMs),
      [1_000, 2_000],
    );
  });

  test('counts the connected entry of a node that NiFi lists twice', () => {
    const twice = view([entry(0, 'CONNECTED'), entry(1, 'DISCONNECTED', { nodeId: 'old' }), entry(1, 'CONNECTED')]);
    assert.equal(nodeIn(twice, 1)?.nodeId, 'uuid-1');
  });

  test('is the same as another that differs in queues, heartbeats and order only', () => {
    const a = view([entry(0, 'CONNECTED', { flowFilesQueued: 1, heartbeat: 'a' }), entry(1, 'CONNECTED')]);
    const b = view([entry(1, 'CONNECTED'), entry(0, 'CONNECTED', { flowFilesQueued: 9, heartbeat: 'b' })], 0, 9_000);
    assert.ok(sameView(a, b));
    assert.ok(!sameView(a, view([entry(0, 'CONNECTED', { roles: ['Primary Node'] }), entry(1, 'CONNECTED')])));
    assert.equal(connectingIn(view([entry(0, 'CONNECTED'), entry(1, 'CONNECTING')]))?.id, 1);
  });
});

describe('the agreement of views', () => {
  const connected = [0, 1, 2].map((id) => entry(id, 'CONNECTED'));
  const without2 = [entry(0, 'CONNECTED'), entry(1, 'CONNECTED'), entry(2, 'DISCONNECTED')];

  test('needs as many witnesses as asked for, and the node itself is none', () => {
    assert.equal(agreedStatus([view(connected, 0), view(connected, 1)], 2, 2), 'CONNECTED');
    assert.equal(agreedStatus([view(connected, 0), view(connected, 2)], 2, 2), undefined);
    assert.equal(agreedStatus([view(connected, 0), view(connected, 0)], 2, 2), undefined);
    assert.equal(agreedStatus([view(connected, 0), undefined], 2, 2), undefined);
  });

  test('is none while a stale coordinator says otherwise or does not know the node', () => {
    assert.equal(agreedStatus([view(connected, 0), view(without2, 1)], 2, 1), undefined);
    assert.equal(agreedStatus([view(connected, 0), view(connected.slice(0, 2), 1)], 2, 1), undefined);
  });
});

describe('the order of asking', () => {
  const order = (
    nodes: readonly NodeAddress[],
    options: { round?: number; view?: ClusterView; paused?: number[] } = {},
  ) =>
    askOrder({
      nodes,
      view: options.view,
      round: options.round ?? 0,
      paused: (id) => (options.paused ?? []).includes(id),
    });

  test('prefers ready nodes, then connected ones, then the one that answered last', () => {
    const nodes = [address(0), address(1, { ready: true }), address(2, { ready: true })];
    const last = view([entry(0, 'CONNECTED'), entry(1, 'CONNECTED'), entry(2, 'CONNECTED')], 2);
    assert.deepEqual(order(nodes, { view: last }), [2, 1, 0]);
  });

  test('goes round the nodes of which nothing is known', () => {
    const rounds = [0, 1, 2, 3].map((round) => order(known, { round })[0]);
    assert.deepEqual(rounds, [0, 1, 2, 0]);
  });

  test('leaves paused nodes out, unless there is no other', () => {
    assert.deepEqual(order(known, { paused: [0, 2] }), [1]);
    assert.deepEqual(order(known, { paused: [0, 1, 2] }), [0]);
    assert.deepEqual(order([]), []);
  });
});
