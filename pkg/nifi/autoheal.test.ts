// The decision about disconnected nodes, by table; the events are NiFi's own words.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { type AutoHealInput, planAutoHeal } from './autoheal.ts';
import { disconnectCause } from './events.ts';
import type { NodeConnection, ViewNode } from './types.ts';

const operator = 'CN=operator.prod.data';
const byAlice = 'Disconnection requested due to User alice requested that node be disconnected from cluster';
const byOperator = `Disconnection requested due to User ${operator} requested that node be disconnected from cluster`;
const lostHeartbeat = 'Node disconnected from cluster due to Have not received a heartbeat from node in 41 seconds';
const ignoredHeartbeat =
  'Received heartbeat but ignoring because it was reported before the node was last asked to reconnect.';

function viewNode(id: number, status: NodeConnection, messages: readonly string[] = [], sinceMs = 0): ViewNode {
  return {
    id,
    nodeId: `uuid-${id}`,
    address: `c-${id}`,
    apiPort: 8443,
    status,
    sinceMs,
    roles: [],
    events: messages.map((message) => ({ timestamp: '', category: 'INFO', message })),
  };
}

function input(nodes: readonly ViewNode[], changes: Partial<AutoHealInput> = {}): AutoHealInput {
  return {
    view: { takenAtMs: 0, takenFrom: 0, nodes },
    nowMs: 100_000,
    reconnectAfterMs: 60_000,
    members: new Set([0, 1, 2]),
    markedDisconnected: new Set(),
    wantedDown: new Set(),
    operatorIdentity: operator,
    attempts: new Map(),
    ...changes,
  };
}

function reasons(nodes: readonly ViewNode[], changes: Partial<AutoHealInput> = {}): string[] {
  return planAutoHeal(input(nodes, changes)).map(
    (each) => `${each.id} ${each.reconnect ? 'reconnect' : 'leave'} ${each.reason}`,
  );
}

describe('auto-heal', () => {
  test('reconnects a node that NiFi itself dropped', () => {
    const nodes = [viewNode(0, 'CONNECTED'), viewNode(1, 'DISCONNECTED', [lostHeartbeat])];
    assert.deepEqual(reasons(nodes), ['1 reconnect DisconnectedByNiFi']);
  });

  test('leaves a node alone that a person disconnected', () => {
    const nodes = [viewNode(1, 'DISCONNECTED', [ignoredHeartbeat, byAlice, lostHeartbeat])];
    assert.deepEqual(reasons(nodes), ['1 leave DisconnectedByPerson']);
  });

  test('leaves it alone although the operator had marked it: the person came later', () => {
    const nodes = [viewNode(1, 'DISCONNECTED', [byAlice, byOperator])];
    assert.deepEqual(reasons(nodes, { markedDisconnected: new Set([1]) }), ['1 leave DisconnectedByPerson']);
  });

  test('reconnects at once what the operator disconnected and no longer wants down', () => {
    const nodes = [viewNode(1, 'DISCONNECTED', [byOperator], 100_000)];
    assert.deepEqual(reasons(nodes), ['1 reconnect DisconnectedByOperator']);
    assert.deepEqual(reasons(nodes, { reconnectAfterMs: undefined }), ['1 reconnect DisconnectedByOperator']);
  });

  test('reconnects a marked node although NiFi has forgotten its events', () => {
    const marked = { markedDisconnected: new Set([1]) };
    assert.deepEqual(reasons([viewNode(1, 'DISCONNECTED')], marked), ['1 reconnect DisconnectedByOperator']);
  });

  test('leaves a node alone whose disconnection nothing explains', () => {
    assert.deepEqual(reasons([viewNode(1, 'DISCONNECTED')]), ['1 leave Unexplained']);
  });

  test('never touches a leaving node or one that is wanted down', () => {
    const nodes = [viewNode(1, 'DISCONNECTED', [byOperator]), viewNode(2, 'OFFLOADED', [byOperator])];
    assert.deepEqual(reasons(nodes, { members: new Set([0, 1]), wantedDown: new Set([1]) }), [
      '1 leave WantedDown',
      '2 leave NotMember',
    ]);
  });

  test('never asks for a node that is connected, connecting or offloading', () => {
    const states: NodeConnection[] = ['CONNECTED', 'CONNECTING', 'DISCONNECTING', 'OFFLOADING', 'REMOVED'];
    assert.deepEqual(reasons(states.map((status) => viewNode(1, status, [byOperator]))), []);
  });

  test('waits until the time is over and says when that is', () => {
    const [decision] = planAutoHeal(input([viewNode(1, 'DISCONNECTED', [lostHeartbeat], 50_000)]));
    assert.deepEqual(decision, { id: 1, nodeId: 'uuid-1', reconnect: false, reason: 'TooEarly', againAtMs: 110_000 });
  });

  test('is off without reconnectAfter', () => {
    const nodes = [viewNode(1, 'DISCONNECTED', [lostHeartbeat])];
    assert.deepEqual(reasons(nodes, { reconnectAfterMs: undefined }), ['1 leave Disabled']);
  });

  test('doubles the pause between attempts up to ten minutes', () => {
    const pauses = [1, 2, 3, 4, 5, 9].map((count) => {
      const attempts = new Map([[1, { count, lastAtMs: 99_000 }]]);
      const [decision] = planAutoHeal(input([viewNode(1, 'DISCONNECTED', [lostHeartbeat])], { attempts }));
      assert.ok(decision?.reconnect === false && decision.reason === 'BackingOff');
      return (decision.againAtMs ?? 0) - 99_000;
    });
    assert.deepEqual(pauses, [60_000, 120_000, 240_000, 480_000, 600_000, 600_000]);
  });

  test('takes back one node at a time', () => {
    const down = [viewNode(1, 'DISCONNECTED', [lostHeartbeat]), viewNode(2, 'DISCONNECTED', [lostHeartbeat])];
    assert.deepEqual(reasons(down), ['1 reconnect DisconnectedByNiFi', '2 leave NodeConnecting']);
    assert.deepEqual(reasons([viewNode(0, 'CONNECTING'), ...down]), [
      '1 leave NodeConnecting',
      '2 leave NodeConnecting',
    ]);
  });

  test('never reconnects against a person, a leaving node or a wanted one, whatever the view', () => {
    const messages = fc.constantFrom(byAlice, byOperator, lostHeartbeat, ignoredHeartbeat, 'anything');
    const states = fc.constantFrom<NodeConnection>(
      'CONNECTED',
      'CONNECTING',
      'DISCONNECTED',
      'OFFLOADING',
      'OFFLOADED',
    );
    const nodes = fc.uniqueArray(
      fc.record({
        id: fc.nat(4),
        status: states,
        events: fc.array(messages, { maxLength: 4 }),
        since: fc.nat(200_000),
      }),
      { selector: (node) => node.id },
    );
    const ids = fc.uniqueArray(fc.nat(4)).map((list) => new Set(list));
    fc.assert(
      fc.property(nodes, ids, ids, ids, (list, members, wantedDown, markedDisconnected) => {
        const view = list.map((node) => viewNode(node.id, node.status, node.events, node.since));
        const decisions = planAutoHeal(input(view, { members, wantedDown, markedDisconnected }));
        const chosen = decisions.filter((decision) => decision.reconnect).map((decision) => decision.id);
        assert.ok(chosen.length <= 1);
        for (const id of chosen) {
          const node = view.find((each) => each.id === id);
          assert.ok(members.has(id) && !wantedDown.has(id));
          assert.ok(node?.status === 'DISCONNECTED' || node?.status === 'OFFLOADED');
          const cause = node.events.find(({ message }) => message !== ignoredHeartbeat && message !== 'anything');
          assert.notEqual(cause?.message, byAlice);
        }
      }),
    );
  });
});

describe('the cause of a disconnection', () => {
  const cases: readonly (readonly [string, string])[] = [
    [byAlice, 'person'],
    ['Node disconnected due to User CN=alice, OU=x requested that node be disconnected from cluster', 'person'],
    [
      'Node Status changed from CONNECTED to DISCONNECTED due to User bob requested that node be disconnected from cluster',
      'person',
    ],
    ['Offload requested due to User carol requested that node be offloaded', 'person'],
    ['Node was offloaded due to User carol requested that node be offloaded', 'person'],
    ['User dave requested that node be removed from cluster', 'person'],
    ['Disconnection requested due to Node is being decommissioned', 'person'],
    [byOperator, 'operator'],
    [`Node was offloaded due to User ${operator} requested that node be offloaded`, 'operator'],
    [lostHeartbeat, 'nifi'],
    ['Node Status changed from CONNECTED to DISCONNECTED due to Node was Shutdown', 'nifi'],
    [
      'Disconnection requested due to Attempted to request that node reconnect to cluster but could not communicate with node',
      'nifi',
    ],
    ['Requesting that node connect to cluster on behalf of CN=admin', 'nifi'],
    [ignoredHeartbeat, 'unknown'],
  ];
  for (const [message, by] of cases) {
    test(`"${message.slice(0, 80)}" is ${by}`, () => {
      assert.equal(disconnectCause([{ timestamp: '', category: 'INFO', message }], operator).by, by);
    });
  }

  test('is not mistaken when a person is called like the beginning of the operator', () => {
    const message = 'Disconnection requested due to User CN=operator requested that node be disconnected from cluster';
    assert.deepEqual(disconnectCause([{ timestamp: '', category: 'INFO', message }], operator), {
      by: 'person',
      identity: 'CN=operator',
      message,
    });
  });

  test('looks behind a failed offload for who wanted it', () => {
    const events = [
      'Failed to initiate node offload: java.net.ConnectException',
      'Offload requested due to User eve requested that node be offloaded',
    ];
    const cause = disconnectCause(
      events.map((message) => ({ timestamp: '', category: 'INFO', message })),
      operator,
    );
    assert.equal(cause.by, 'person');
  });

  const recording = new URL(
    '../../../shared/reference/nifi-2.11/transcripts/15-coordinator-disconnect-decommission.jsonl',
    import.meta.url,
  );
  test('is found in the recorded answers', { skip: !existsSync(recording) && 'no transcripts here' }, () => {
    const answers = readFileSync(recording, 'utf8').split('\n').filter(Boolean);
    const causes = answers.flatMap((line) => {
      const { response } = JSON.parse(line) as { response?: { node?: ViewNode } | string };
      return typeof response === 'object' && response.node
        ? [disconnectCause(response.node.events, 'CN=admin').by]
        : [];
    });
    assert.deepEqual(causes, ['operator', 'nifi', 'operator']);
  });
});
