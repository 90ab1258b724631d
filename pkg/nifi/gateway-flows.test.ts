// A gateway for the objects that depend on flows, against played nodes over real TLS: who is told, where a background request runs, and
// what ends with an object or with the lease.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { FakeClock } from '../kube/clock.ts';
import { getCluster } from './endpoints/cluster.ts';
import type { Gateway } from './gateway.ts';
import { Gateways, type GatewaysOptions } from './gateways.ts';
import { changeVersion } from './requests/version-change.ts';
import { clusterBody, eventually, type Handler, type PlayedNode } from './testing/played-node.ts';
import { fast, unreachableReason, Wire } from './testing/wire.ts';
import type { CallRequest, GatewayTask, Reader } from './types.ts';

const version = { registryId: 'r', bucketId: 'b', flowId: 'f', version: '2' };
const reader: Reader = { kind: 'NiFiDataflow', namespace: 'ns', name: 'f' };
const nothing: Handler = () => ({ body: { processGroups: [], registries: [] } });
const outdated = {
  processGroupRevision: { version: 0 },
  versionControlInformation: { ...version, version: '1', state: 'STALE' },
};

describe('a gateway for objects that depend on flows', () => {
  let wire: Wire;
  let clock: FakeClock;
  let news: string[];
  let heard: string[];
  let gateways: Gateways;

  before(async () => {
    wire = await Wire.start();
  });

  after(() => wire.stop());

  beforeEach(() => renew({}));

  afterEach(async () => {
    await gateways.close();
    assert.equal(clock.pendingTimers, 0, 'a closed gateway leaves no timers');
  });

  function renew(options: Partial<GatewaysOptions>): void {
    clock = new FakeClock();
    news = [];
    heard = [];
    const onChange: GatewaysOptions['onChange'] = ({ name }) => news.push(name);
    gateways = new Gateways({ clock, onChange, limits: fast, random: () => 0.5, coalesceMs: 0, ...options });
    gateways.listen('NiFiDataflow', ({ namespace, name }) => heard.push(`${namespace}/${name}`));
  }

  /** A connected cluster of two that answers what is asked of flows as told, and its gateway with a first view. */
  async function open(tell: Handler): Promise<{ nodes: readonly PlayedNode[]; gateway: Gateway }> {
    const nodes: PlayedNode[] = [];
    const answer: Handler = (request) =>
      request.path.endsWith('/controller/cluster')
        ? { body: clusterBody(nodes.map(({ address }) => ({ address }))) }
        : tell(request);
    for (const id of [0, 1]) {
      nodes.push(await wire.play(answer, { id }));
    }
    const gateway = gateways.for({ namespace: 'ns', name: 'c' });
    gateway.update({ ...wire.target, nodes: nodes.map((node) => node.address) });
    await passing('the first view', () => news.length > 0, 0);
    return { nodes, gateway };
  }

  async function passing(what: string, condition: () => boolean, stepMs: number): Promise<void> {
    await eventually(what, () => {
      void clock.advance(stepMs);
      return condition();
    });
  }

  function seen(nodes: readonly PlayedNode[], part: string): readonly string[][] {
    return nodes
      .map(({ requests }) => requests.filter(({ path }) => path.includes(part)).map(({ method }) => method))
      .filter((methods) => methods.length > 0);
  }

  test('tells each controller of its own objects, and the cluster’s of none of that', async () => {
    const { gateway } = await open(nothing);
    assert.equal(gateway.flows.groups('root', 60_000, reader), undefined);
    gateway.flows.clients(60_000, { ...reader, kind: 'NiFiRegistryClient' });
    await passing('news for the dataflow', () => heard.length > 0, 0);
    assert.deepEqual(gateway.flows.groups('root', 60_000, reader)?.groups, []);
    assert.deepEqual([heard, news], [['ns/f'], ['c']]);
  });

  test('runs a background request on one node, deletes it there, and tells its object', async () => {
    let polls = 0;
    const { nodes, gateway } = await open(({ method, path }) => {
      if (path.includes('/versions/process-groups/')) {
        return { body: outdated };
      }
      polls += method === 'GET' ? 1 : 0;
      return { body: { request: { requestId: 'q', percentCompleted: 50, state: 'x', complete: polls > 2 } } };
    });
    const task = changeVersion({ groupId: 'g', to: version, reader });
    gateway.run(task);
    await passing('the end of the update', () => heard.length > 0, 100);
    const state = gateway.run(task);
    assert.ok(state.state === 'done' && state.result === 'version update q complete', JSON.stringify(state));
    assert.deepEqual(seen(nodes, 'update-requests'), [['POST', 'GET', 'GET', 'GET', 'DELETE']]);
    assert.deepEqual(news, ['c']);
  });

  test('calls a background request lost when the node that took it is another process', async () => {
    let forgotten = false;
    const { nodes, gateway } = await open(({ method, path }) => {
      if (path.includes('/versions/process-groups/')) {
        return { body: outdated };
      }
      if (forgotten && method === 'GET') {
        return { status: 404, text: 'Could not find a Request with identifier q' };
      }
      return { body: { request: { requestId: 'q', percentCompleted: 50, state: 'x', complete: false } } };
    });
    const task = changeVersion({ groupId: 'g', to: version, reader });
    gateway.run(task);
    await passing('a first poll', () => seen(nodes, 'update-requests').flat().length > 1, 50);
    forgotten = true;
    const containerId = 'another';
    gateway.update({ ...wire.target, nodes: nodes.map(({ address }) => ({ ...address, containerId })) });
    await passing('news', () => heard.length > 0, 100);
    const state = gateway.run(task);
    assert.ok(state.state === 'running' && state.waitingFor?.includes('no longer knows'), JSON.stringify(state));
  });

  test('changes nothing for them any more once the operator no longer leads', async () => {
    let leads = true;
    const check = (): void => {
      if (!leads) {
        throw new Error('This process does not lead any more');
      }
    };
    renew({ fence: { check } });
    const { nodes, gateway } = await open(() => ({ body: outdated }));
    leads = false;
    const task = changeVersion({ groupId: 'g', to: version, reader });
    gateway.run(task);
    await passing('the failure', () => heard.length > 0, 10);
    assert.equal(gateway.run(task).state, 'failed');
    assert.ok(seen(nodes, '/').every((methods) => methods.every((method) => method === 'GET')));
  });

  test('reads nothing more for an object that was released', async () => {
    const { nodes, gateway } = await open(nothing);
    gateway.flows.groups('root', 60_000, reader);
    await passing('a second read', () => seen(nodes, '/process-groups').flat().length === 2, 1_000);
    gateway.release(reader);
    const views = seen(nodes, '/controller/cluster').flat().length;
    await passing('two views', () => seen(nodes, '/controller/cluster').flat().length >= views + 2, 1_000);
    assert.equal(seen(nodes, '/process-groups').flat().length, 2);
  });

  test('ends at once with a background request under way', async () => {
    const { nodes, gateway } = await open(({ path }) =>
      path.includes('/versions/process-groups/')
        ? { body: outdated }
        : { body: { request: { requestId: 'q', percentCompleted: 50, state: 'x', complete: false } } },
    );
    gateway.run(changeVersion({ groupId: 'g', to: version }));
    await passing('a first poll', () => seen(nodes, 'update-requests').flat().length > 1, 50);
    await gateway.close();
    assert.ok(!seen(nodes, 'update-requests').flat().includes('DELETE'), 'a deletion would cancel it');
  });

  /** How four calls in a row fail, and how many nodes the same node tells of afterwards. */
  async function failing(gateway: Gateway, request: CallRequest): Promise<readonly string[]> {
    const reasons: string[] = [];
    const task: GatewayTask = {
      name: 'calls that fail',
      input: '',
      async run(context) {
        for (let count = 0; count < 4; count += 1) {
          reasons.push(await unreachableReason(context.callOn(0, (node) => node.request(request))));
        }
        return String((await context.callOn(0, getCluster)).length);
      },
    };
    gateway.run(task);
    await passing('the end of the calls', () => gateway.run(task).state !== 'running', 0);
    const state = gateway.run(task);
    return [...reasons, state.state === 'done' ? `${state.result} nodes` : JSON.stringify(state)];
  }

  test('does not take a node for dead that waits for a registry', async () => {
    const { gateway } = await open(() => () => undefined);
    const outcome = await failing(gateway, { method: 'GET', path: '/flow/registries/x/buckets', patienceMs: 100 });
    assert.deepEqual(outcome, [...Array.from({ length: 4 }, () => 'Timeout'), '2 nodes']);
  });

  test('does not take a node for dead whose answer is larger than it takes', async () => {
    const { gateway } = await open(() => ({ body: { processGroups: [], padding: ' '.repeat(fast.maxBytes) } }));
    const outcome = await failing(gateway, { method: 'GET', path: '/process-groups/root/process-groups' });
    assert.deepEqual(outcome, [...Array.from({ length: 4 }, () => 'Oversized'), '2 nodes']);
  });
});
