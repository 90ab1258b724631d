// A cluster's gateway against played nodes over real TLS, with the clock in the test's hand.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { FakeClock } from '../kube/clock.ts';
import { getControllerConfig, putControllerConfig } from './endpoints/controller.ts';
import type { Gateway } from './gateway.ts';
import { Gateways, type GatewaysOptions } from './gateways.ts';
import type { BreakerState } from './observe.ts';
import { clusterBody, eventually, type Handler, type PlayedNode } from './testing/played-node.ts';
import { fast, hasty, Wire } from './testing/wire.ts';
import type { GatewayTask, NodeConnection } from './types.ts';

const key = { namespace: 'ns', name: 'c' };

describe('a gateway', () => {
  let wire: Wire;
  let clock: FakeClock;
  let news: string[];
  let gateways: Gateways;

  before(async () => {
    wire = await Wire.start();
  });

  after(() => wire.stop());

  beforeEach(() => {
    renew({});
  });

  afterEach(async () => {
    await gateways.close();
    assert.equal(clock.pendingTimers, 0, 'a closed gateway leaves no timers');
  });

  function renew(options: Partial<GatewaysOptions>): void {
    clock = new FakeClock();
    news = [];
    const onChange: GatewaysOptions['onChange'] = ({ namespace, name }) => news.push(`${namespace}/${name}`);
    gateways = new Gateways({ clock, onChange, limits: fast, random: () => 0.5, coalesceMs: 0, ...options });
  }

  /** Nodes that all tell the same states, by id. */
  async function cluster(
    states: NodeConnection[],
    handler?: (id: number) => Handler | undefined,
  ): Promise<PlayedNode[]> {
    const nodes: PlayedNode[] = [];
    for (const id of states.keys()) {
      const own = handler?.(id);
      const tell: Handler = () => ({
        body: clusterBody(
          nodes.map((node, index) => ({ address: node.address, status: states[index] ?? 'CONNECTED' })),
        ),
      });
      nodes.push(await wire.play((request) => (own ?? tell)(request), { id }));
    }
    return nodes;
  }

  function open(nodes: readonly PlayedNode[], name = 'c'): Gateway {
    const gateway = gateways.for({ ...key, name });
    gateway.update({ ...wire.target, nodes: nodes.map((node) => node.address) });
    return gateway;
  }

  const calls = (nodes: readonly PlayedNode[]): number => nodes.reduce((sum, node) => sum + node.requests.length, 0);

  async function hear(count: number): Promise<void> {
    await eventually(`${count} news`, () => {
      void clock.advance(0);
      return news.length >= count;
    });
  }

  test('answers at once with nothing, and tells when the view is there', async () => {
    const nodes = await cluster(['CONNECTED', 'CONNECTED', 'DISCONNECTED']);
    const gateway = open(nodes);
    assert.equal(gateway.view(5_000), undefined);
    await hear(1);
    const view = gateway.view(5_000);
    assert.deepEqual(
      view?.nodes.map((node) => [node.id, node.status]),
      [
        [0, 'CONNECTED'],
        [1, 'CONNECTED'],
        [2, 'DISCONNECTED'],
      ],
    );
    assert.deepEqual([calls(nodes), news], [1, ['ns/c']]);
  });

  test('asks once however many want to know, and again when the answer is too old for somebody', async () => {
    const nodes = await cluster(['CONNECTED', 'CONNECTED']);
    const gateway = open(nodes);
    for (let count = 0; count < 20; count += 1) {
      gateway.view(5_000);
    }
    await hear(1);
    assert.equal(calls(nodes), 1);
    await clock.advance(5_001);
    assert.ok(gateway.view(60_000));
    assert.equal(gateway.view(5_000), undefined);
    await hear(2);
    assert.equal(calls(nodes), 2);
    assert.ok(gateway.view(5_000));
  });

  test('looks once per period by itself, and tells only when something is different', async () => {
    const states: NodeConnection[] = ['CONNECTED', 'CONNECTED'];
    const nodes = await cluster(states);
    open(nodes);
    await hear(1);
    await clock.advance(60_100);
    await eventually('the second look', () => calls(nodes) === 2);
    await clock.advance(1_000);
    assert.equal(news.length, 1);
    states[1] = 'DISCONNECTED';
    await clock.advance(60_100);
    await hear(2);
    assert.deepEqual([calls(nodes), news.length], [3, 2]);
  });

  test('moves on from a node that refuses, hangs, is not connected, or doubts itself', async () => {
    const hang: Handler = () => () => undefined;
    const broken: Record<string, Handler> = {
      hangs: hang,
      'is not connected': () => ({ status: 404, text: 'Only a node connected to a cluster can process the request.' }),
      fails: () => ({ status: 500, text: 'An unexpected error has occurred.' }),
      'says nonsense': () => ({ body: { cluster: { nodes: [{ nodeId: 1 }] } } }),
      'is connecting in its own view': () => ({ body: { cluster: { nodes: [] } } }),
    };
    for (const [what, handler] of Object.entries(broken)) {
      renew({ limits: hasty });
      const nodes = await cluster(['CONNECTED', 'CONNECTED'], (id) => (id === 0 ? handler : undefined));
      const gateway = open(nodes);
      await hear(1);
      assert.equal(gateway.lastView()?.takenFrom, 1, `a node that ${what}`);
      assert.equal(gateway.problem(), undefined);
      await gateways.close();
    }
  });

  test('says why it has no view, once, and that it has one again', async () => {
    let answer: Handler = () => ({
      status: 403,
      text: 'Unable to view the controller. Contact the system administrator.',
    });
    const nodes = await cluster(['CONNECTED'], () => (request) => answer(request));
    const gateway = open(nodes);
    gateway.view(1_000);
    await hear(1);
    assert.deepEqual([gateway.problem()?.reason, gateway.problem()?.sinceMs], ['Forbidden', 0]);
    await clock.advance(1_100);
    await eventually('a second attempt', () => calls(nodes) === 2);
    await clock.advance(100);
    assert.equal(news.length, 1);
    answer = () => ({ body: clusterBody(nodes.map(({ address }) => ({ address }))) });
    await clock.advance(2_500);
    await hear(2);
    assert.equal(gateway.problem(), undefined);
  });

  test('asks a silent cluster less and less, and at once when a Pod is new', async () => {
    const states: [string, BreakerState][] = [];
    let ended = 0;
    renew({
      metrics: {
        onBreaker: ({ node, state }) => states.push([node === undefined ? 'cluster' : 'node', state]),
        onRequest: () => {
          ended += 1;
        },
      },
    });
    let answering = false;
    const nodes = await cluster(
      ['CONNECTED'],
      () => () =>
        answering ? { body: clusterBody(nodes.map(({ address }) => ({ address }))) } : (response) => response.destroy(),
    );
    const gateway = open(nodes);
    gateway.view(1_000);
    const pauses: number[] = [];
    for (let attempt = 1; attempt < 10; attempt += 1) {
      await eventually('the attempt to end', () => ended === attempt);
      await clock.advance(0);
      const pauseMs = clock.nextTimerMs ?? 0;
      pauses.push(pauseMs);
      await clock.advance(pauseMs);
    }
    assert.deepEqual(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    assert.ok(states.some(([who, state]) => who === 'node' && state === 'open'));
    await eventually('the last attempt to end', () => ended === 10);
    answering = true;
    gateway.update({ ...wire.target, nodes: nodes.map(({ address }) => ({ ...address, podUid: 'new' })) });
    await eventually('a view', () => gateway.lastView() !== undefined);
    assert.equal(states.at(-1)?.[1], 'closed');
  });

  test('never makes a caller wait, and one hung NiFi does not hold up another', async () => {
    renew({ maxInFlight: 8, limits: hasty });
    const hung = await cluster(['CONNECTED', 'CONNECTED'], () => () => () => undefined);
    const well = await cluster(['CONNECTED']);
    for (let index = 0; index < 3; index += 1) {
      const gateway = open(hung, `hung-${index}`);
      gateway.view(1_000);
      gateway.viewOf(1, 1_000);
      gateway.report(1, 1_000);
      const task: GatewayTask = { name: 'x', input: '', run: async (context) => void (await context.freshView()) };
      assert.equal(gateway.run(task).state, 'running');
    }
    const gateway = open(well, 'well');
    gateway.view(1_000);
    assert.equal(gateway.lastView(), undefined, 'all of this went by without a turn of the event loop');
    await eventually('the view of the other cluster', () => gateway.lastView() !== undefined);
  });

  test('has no more requests on the wire than allowed, per cluster and in all', async () => {
    renew({ maxInFlight: 5, maxInFlightPerCluster: 3 });
    const gate = Promise.withResolvers<void>();
    const waiting = new Map<string, number>();
    const hold =
      (name: string): Handler =>
      async () => {
        waiting.set(name, (waiting.get(name) ?? 0) + 1);
        await gate.promise;
        return { status: 403, text: 'no' };
      };
    for (const name of ['a', 'b', 'c']) {
      const nodes = await cluster(['CONNECTED', 'CONNECTED', 'CONNECTED', 'CONNECTED'], () => hold(name));
      const gateway = open(nodes, name);
      for (const id of nodes.keys()) {
        gateway.viewOf(id, 1_000);
        gateway.report(id, 1_000);
      }
    }
    const inAll = (): number => [...waiting.values()].reduce((sum, each) => sum + each, 0);
    await eventually('as many requests as allowed', () => inAll() === 5);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(inAll(), 5);
    assert.ok(Math.max(...waiting.values()) <= 3, JSON.stringify([...waiting]));
    gate.resolve();
    await eventually('all the others', () => inAll() > 20);
  });

  test('gathers the news of a moment into one, per cluster', async () => {
    renew({ coalesceMs: 20 });
    const nodes = await cluster(['CONNECTED', 'CONNECTED', 'CONNECTED']);
    for (const name of ['a', 'b']) {
      const gateway = open(nodes, name);
      gateway.view(1_000);
      for (const id of [0, 1, 2]) {
        gateway.viewOf(id, 1_000);
      }
    }
    await eventually('all answers', () => calls(nodes) === 8);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(news, []);
    await clock.advance(20);
    assert.deepEqual(new Set(news), new Set(['ns/a', 'ns/b']));
    assert.equal(news.length, 2);
  });

  test('asks one node for its opinion of the cluster and of itself', async () => {
    const connected = { 0: true, 1: false };
    const nodes = await cluster(['CONNECTED', 'DISCONNECTED'], (id) => ({ path }) => {
      if (path.endsWith('/flow/cluster/summary')) {
        const connectedToCluster = connected[id as 0 | 1];
        return {
          body: { clusterSummary: { clustered: true, connectedToCluster, connectedNodeCount: 1, totalNodeCount: 2 } },
        };
      }
      if (path.endsWith('/flow/status')) {
        return { body: { controllerStatus: { activeThreadCount: 0, flowFilesQueued: 7, bytesQueued: 70 } } };
      }
      if (path.endsWith('/flow/about')) {
        return { body: { about: { version: '2.11.0' } } };
      }
      return id === 1
        ? { status: 404, text: 'Only a node connected to a cluster can process the request.' }
        : {
            body: clusterBody(
              nodes.map((node) => ({
                address: node.address,
                status: node.address.id === 0 ? 'CONNECTED' : 'DISCONNECTED',
              })),
            ),
          };
    });
    const gateway = open(nodes);
    for (const id of [0, 1]) {
      gateway.viewOf(id, 5_000);
      gateway.report(id, 5_000);
    }
    await eventually('the reports', () => {
      return gateway.report(0, 5_000) !== undefined && gateway.report(1, 5_000) !== undefined;
    });
    assert.equal(gateway.viewOf(0, 5_000)?.takenFrom, 0);
    assert.equal(gateway.viewOf(1, 5_000), undefined);
    assert.equal(gateway.report(1, 5_000)?.version, '2.11.0');
    assert.equal(gateway.report(1, 5_000)?.podUid, 'pod-1');
    assert.equal(gateway.queuedOn(1, 5_000), 7);
    assert.equal(gateway.queuedOn(0, 5_000), undefined, 'a connected node counts the whole cluster');
    assert.equal(gateway.queuedOn(9, 5_000), undefined);

    await clock.advance(3_600_000);
    const before = calls(nodes);
    assert.equal(gateway.lastReport(1)?.flowFilesQueued, 7, 'however old');
    assert.equal(gateway.lastViewOf(0)?.takenFrom, 0);
    assert.equal(gateway.lastReport(9), undefined);
    assert.equal(calls(nodes), before, 'a peek asks for nothing');
    const addresses = nodes.map(({ address }) => address);
    const restarted = addresses.map((address) => (address.id === 1 ? { ...address, containerId: 'next' } : address));
    gateway.update({ ...wire.target, nodes: restarted });
    assert.equal(gateway.lastReport(1), undefined, 'a container that was started again is another process');
    assert.equal(gateway.lastReport(0)?.podUid, 'pod-0');
    gateway.update({ ...wire.target, nodes: [] });
    assert.deepEqual([gateway.lastReport(0), gateway.lastViewOf(0)], [undefined, undefined]);
  });

  test('gives a write to a second node only when the first certainly did not do it', async () => {
    const config = { revision: { version: 3 }, component: { maxTimerDrivenThreadCount: 10 } };
    for (const [failure, writes, reads] of [
      ['hangs', [1, 0], [1, 1]],
      ['is not connected', [1, 1], [1, 1]],
    ] as const) {
      renew({ limits: hasty });
      const nodes = await cluster(['CONNECTED', 'CONNECTED'], (id) => ({ method, path }) => {
        if (path.endsWith('/controller/cluster')) {
          return { body: clusterBody(nodes.map(({ address }) => ({ address }))) };
        }
        if (id === 1) {
          return { body: config };
        }
        return failure === 'hangs'
          ? () => undefined
          : { status: 409, text: `Cannot replicate request to Node h:1 because the node is not connected (${method})` };
      });
      const gateway = open(nodes);
      await hear(1);
      const read: GatewayTask = {
        name: 'read',
        input: '',
        run: async (context) => String((await context.call(getControllerConfig)).maxTimerDrivenThreadCount),
      };
      const write: GatewayTask = {
        name: 'write',
        input: '',
        run: async (context) =>
          void (await context.call((node) =>
            putControllerConfig(node, { revision: { version: 3 }, maxTimerDrivenThreadCount: 20 }),
          )),
      };
      gateway.run(write);
      gateway.run(read);
      const ended = (): boolean =>
        [write, read].every((task) => {
          const state = gateway.run(task);
          return state.state !== 'running' || state.waitingFor !== undefined;
        });
      await eventually('the tasks to end', ended);
      const count = (method: string, path: string): number[] =>
        nodes.map((node) => node.requests.filter((each) => each.method === method && each.path.endsWith(path)).length);
      assert.deepEqual(count('PUT', '/controller/config'), writes, failure);
      assert.deepEqual(count('GET', '/controller/config'), reads, failure);
      assert.equal(gateway.run(read).state, 'done');
      await gateways.close();
    }
  });

  test('ends everything when its cluster is removed, and begins anew for the same name', async () => {
    const nodes = await cluster(['CONNECTED'], () => () => () => undefined);
    const first = open(nodes);
    first.view(1_000);
    await eventually('the request to arrive', () => calls(nodes) === 1);
    gateways.remove(key);
    await eventually('the connection to be closed', () => nodes[0]?.open.size === 0);
    assert.notEqual(gateways.for(key), first);
    await clock.advance(100);
    assert.deepEqual(news, []);
  });
});
