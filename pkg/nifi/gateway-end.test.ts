// A gateway that has no nodes (any more), and the end of one and of all: nothing is asked, nothing is told, and no timer stays.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { FakeClock } from '../kube/clock.ts';
import type { Gateway } from './gateway.ts';
import { Gateways } from './gateways.ts';
import type { BreakerState, GatewayMetrics } from './observe.ts';
import { clusterBody, eventually, type Handler, type PlayedNode } from './testing/played-node.ts';
import { fast, Wire } from './testing/wire.ts';
import type { GatewayTask } from './types.ts';

const key = { namespace: 'ns', name: 'c' };
const silent: Handler = () => () => undefined;

describe('a gateway without nodes or at its end', () => {
  let wire: Wire;
  let clock: FakeClock;
  let news: number;
  let states: (readonly [who: 'cluster' | 'node', state: BreakerState])[];
  let gateways: Gateways;

  before(async () => {
    wire = await Wire.start();
  });

  after(() => wire.stop());

  beforeEach(() => {
    clock = new FakeClock();
    news = 0;
    states = [];
    const onChange = (): void => void (news += 1);
    const onBreaker: GatewayMetrics['onBreaker'] = ({ node, state }) =>
      void states.push([node === undefined ? 'cluster' : 'node', state]);
    gateways = new Gateways({
      clock,
      onChange,
      metrics: { onBreaker },
      limits: fast,
      random: () => 0.5,
      coalesceMs: 0,
    });
  });

  afterEach(async () => {
    await gateways.close();
    assert.equal(clock.pendingTimers, 0, 'a closed gateway leaves no timers');
  });

  function open(node: PlayedNode, name = key.name): Gateway {
    const gateway = gateways.for({ ...key, name });
    gateway.update({ ...wire.target, nodes: [node.address] });
    return gateway;
  }

  test('counts nobody as held back while a cluster sleeps, and anew once it has nodes', async () => {
    const node: PlayedNode = await wire.play(() => (response) => response.destroy());
    const gateway = open(node);
    gateway.view(1_000);
    await eventually('the call to fail', () => gateway.problem() !== undefined);
    const told = (): BreakerState | undefined => states.findLast(([who]) => who === 'cluster')?.[1];
    assert.equal(told(), 'open');
    gateway.update({ ...wire.target, nodes: [] });
    assert.equal(told(), 'closed');
    await clock.advance(600_000);
    assert.deepEqual([told(), gateway.problem()?.reason], ['closed', 'NoNodes']);
    gateway.update({ ...wire.target, nodes: [node.address] });
    await eventually('the next call to fail', () => gateway.problem()?.reason === 'Unreachable');
    assert.equal(told(), 'open');
  });

  test('tells nothing of its breakers once its cluster is gone: nobody would take it back', async () => {
    const node = await wire.play(silent);
    open(node).view(1_000);
    await eventually('the request to arrive', () => node.requests.length === 1);
    gateways.remove(key);
    await eventually('the connection to be closed', () => node.open.size === 0);
    await clock.advance(100);
    assert.deepEqual([states, news], [[], 0]);
  });

  test('asks for nothing after the end of all, whoever still wants to know', async () => {
    const node: PlayedNode = await wire.play(() => ({ body: clusterBody([{ address: node.address }]) }));
    const known = open(node);
    known.view(1_000);
    await eventually('the view', () => known.lastView() !== undefined);
    await gateways.close();
    const before = node.requests.length;
    const reader = { kind: 'NiFiDataflow', namespace: 'ns', name: 'f' };
    const task: GatewayTask = { name: 'x', input: '', run: async (context) => void (await context.freshView()) };
    for (const gateway of [known, open(node), open(node, 'other')]) {
      gateway.view(0);
      gateway.viewOf(0, 0);
      gateway.report(0, 0);
      gateway.version(0);
      gateway.run(task);
      gateway.flows.groups('root', 0, reader);
      gateway.flows.latest.newest({ registryId: 'r', bucketId: 'b', flowId: 'f' }, 0, reader);
    }
    await clock.advance(0);
    assert.deepEqual([node.requests.length, clock.pendingTimers], [before, 0]);
  });
});
