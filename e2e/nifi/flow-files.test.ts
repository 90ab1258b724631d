// Where flow files are and go while nodes come and leave: none is lost but with the disk it lies on.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { clusterKey, eventually, Fixture, hostOf } from './contract/fixture.ts';
import type { FlowOptions, PlayedFlow } from './flow/played-flow.ts';
import type { PlayedNode } from './played-node.ts';

class Scene {
  readonly fixture: Fixture;

  constructor(fixture: Fixture) {
    this.fixture = fixture;
  }

  node(index: number): PlayedNode {
    return this.fixture.world.node(this.fixture.ip(index));
  }

  play(options?: FlowOptions): PlayedFlow {
    return this.fixture.world.play(clusterKey, options);
  }

  state(index: number): string | undefined {
    const { table } = this.fixture.world.cluster(clusterKey);
    return table.all().find((entry) => entry.address === hostOf(index))?.state;
  }

  async becomes(index: number, state: string): Promise<void> {
    await eventually(() => this.state(index) === state, `node ${index} is ${state}`);
  }

  async disconnect(index: number): Promise<void> {
    this.node(index).disconnectBy('CN=admin');
    await eventually(() => this.node(index).connection === 'DISCONNECTED', `node ${index} knows`);
  }

  offload(index: number): void {
    this.fixture.world.cluster(clusterKey).requestOffload(this.node(index).nodeId, 'CN=admin');
  }

  remove(index: number): void {
    this.fixture.world.cluster(clusterKey).remove(this.node(index).nodeId, 'CN=admin');
  }

  /** Whether the source of this node makes flow files now. */
  async produces(index: number, flow: PlayedFlow): Promise<boolean> {
    const before = this.node(index).queued;
    const all = flow.counts().produced;
    await eventually(() => flow.counts().produced >= all + 60, 'some node produces');
    return this.node(index).queued > before;
  }

  async get(index: number, path: string): Promise<Record<string, unknown>> {
    const { status, text, json } = await this.fixture.ask(index, { path: `/nifi-api${path}`, client: 'admin' });
    assert.equal(status, 200, text);
    return json ?? {};
  }
}

async function withNodes(count: number, run: (scene: Scene) => Promise<void>): Promise<void> {
  const fixture = await Fixture.open();
  try {
    await fixture.cluster(count);
    await run(new Scene(fixture));
  } finally {
    await fixture.close();
  }
}

const steady: FlowOptions = { producePerSecond: 1_000, backPressure: 1_000_000 };

describe('A flow that works all the time', () => {
  test('goes on on a node that is disconnected, stops with its offload, and begins again with a reconnection', () =>
    withNodes(3, async (scene) => {
      const flow = scene.play(steady);
      await scene.disconnect(2);
      assert.equal(await scene.produces(2, flow), true);
      scene.offload(2);
      await scene.becomes(2, 'OFFLOADED');
      assert.deepEqual([scene.node(2).queued, scene.node(2).connection], [0, 'OFFLOADED']);
      assert.equal(await scene.produces(2, flow), false);
      scene.node(2).connectBy('CN=admin');
      await scene.becomes(2, 'CONNECTED');
      assert.equal(await scene.produces(2, flow), true);
      flow.stop();
      const { produced, queued, lost } = scene.fixture.world.counts();
      assert.deepEqual([queued, lost], [produced, 0]);
    }));

  test('stays stopped on an offloaded node that is only disconnected again, and on one that was removed', () =>
    withNodes(2, async (scene) => {
      const flow = scene.play(steady);
      await scene.disconnect(1);
      scene.offload(1);
      await scene.becomes(1, 'OFFLOADED');
      await scene.disconnect(1);
      assert.equal(await scene.produces(1, flow), false);
      scene.remove(1);
      assert.equal(await scene.produces(1, flow), false);
      assert.equal(scene.node(1).queued, 0);
    }));

  test('works again in a process that was restarted after its node was offloaded and removed', () =>
    withNodes(2, async (scene) => {
      const flow = scene.play(steady);
      await scene.disconnect(1);
      scene.offload(1);
      await scene.becomes(1, 'OFFLOADED');
      scene.remove(1);
      await scene.fixture.stop(1);
      await scene.fixture.healthy(await scene.fixture.start(1));
      assert.equal(await scene.produces(1, flow), true);
    }));

  test('does not run before the cluster’s flow has come', () =>
    withNodes(2, async (scene) => {
      await scene.fixture.stop(1);
      const again = await scene.fixture.start(1);
      assert.equal(scene.node(1).runsComponents, false);
      await scene.fixture.healthy(again);
      assert.equal(scene.node(1).runsComponents, true);
    }));

  test('is held back by back-pressure, and what is consumed is counted', () =>
    withNodes(1, async (scene) => {
      const flow = scene.play({ producePerSecond: 5_000, backPressure: 100 });
      await eventually(() => flow.counts().queued === 100, 'the queue is full');
      flow.setRates({ producePerSecond: 0, consumePerSecond: 5_000 });
      await eventually(() => flow.counts().queued === 0, 'the queue is empty');
      assert.deepEqual(flow.counts(), { produced: 100, consumed: 100, queued: 0, lost: 0 });
    }));
});

describe('An offload', () => {
  test('moves each connection’s flow files into the same connection elsewhere, past its back-pressure', () =>
    withNodes(3, async (scene) => {
      const [a, b] = [scene.play({ name: 'a', backPressure: 500 }), scene.play({ name: 'b', backPressure: 500 })];
      for (const index of [0, 1, 2]) scene.node(index).produce(500, a.connectionId);
      scene.node(2).produce(30, b.connectionId);
      await scene.disconnect(2);
      scene.offload(2);
      await scene.becomes(2, 'OFFLOADED');
      assert.deepEqual(a.queued(), { [hostOf(0)]: 750, [hostOf(1)]: 750, [hostOf(2)]: 0 });
      assert.deepEqual(b.queued(), { [hostOf(0)]: 15, [hostOf(1)]: 15, [hostOf(2)]: 0 });
    }));

  test('does not end while no other node has room, and what is queued stays where it is', () =>
    withNodes(3, async (scene) => {
      scene.node(2).produce(40);
      await scene.disconnect(2);
      const room = [0, 1].map((index) => scene.node(index).fill());
      scene.offload(2);
      await scene.becomes(2, 'OFFLOADING');
      await eventually(() => scene.node(2).connection === 'OFFLOADING', 'the node tries');
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.deepEqual([scene.state(2), scene.node(2).queued], ['OFFLOADING', 40]);
      room[0]?.();
      await scene.becomes(2, 'OFFLOADED');
      assert.deepEqual(
        [0, 1, 2].map((index) => scene.node(index).queued),
        [40, 0, 0],
      );
    }));

  test('has nobody to give to when the last other node is gone', () =>
    withNodes(2, async (scene) => {
      scene.node(1).produce(40);
      await scene.disconnect(1);
      scene.offload(1);
      scene.node(0).kill();
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.deepEqual([scene.node(1).connection, scene.node(1).queued], ['OFFLOADING', 40]);
    }));

  test('that ends with its process leaves what had not moved on the disk, and loses nothing', () =>
    withNodes(2, async (scene) => {
      scene.node(1).produce(400);
      scene.node(1).slowOffload(100);
      await scene.disconnect(1);
      scene.offload(1);
      await eventually(() => scene.node(1).queued < 400, 'some have moved');
      scene.node(1).kill();
      const left = 400 - scene.node(0).queued;
      assert.ok(left > 0);
      await scene.fixture.healthy(await scene.fixture.start(1));
      assert.deepEqual([scene.node(1).queued, scene.fixture.world.counts().lost], [left, 0]);
    }));

  test('holds the node’s lock: a disconnection that comes meanwhile takes effect after it', () =>
    withNodes(2, async (scene) => {
      scene.node(1).produce(40);
      const free = scene.node(1).blockOffload();
      await scene.disconnect(1);
      scene.offload(1);
      await eventually(() => scene.node(1).connection === 'OFFLOADING', 'the node tries');
      scene.node(1).disconnectBy('CN=admin');
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.deepEqual([scene.state(1), scene.node(1).connection], ['DISCONNECTED', 'OFFLOADING']);
      free();
      await eventually(() => scene.node(1).connection === 'DISCONNECTED', 'the node gets round to it');
      assert.deepEqual([scene.state(1), scene.node(1).queued], ['DISCONNECTED', 0]);
    }));

  test('of an empty node ends although nothing could leave it', () =>
    withNodes(2, async (scene) => {
      scene.node(1).blockOffload();
      await scene.disconnect(1);
      scene.offload(1);
      await scene.becomes(1, 'OFFLOADED');
    }));
});

describe('Data from outside', () => {
  test('comes in by clients while components run, and by peers until the moment of an offload and after it', () =>
    withNodes(2, async (scene) => {
      const node = scene.node(1);
      await scene.disconnect(1);
      assert.deepEqual([node.arrive(3), node.arrive(2, { from: 'peer' })], [3, 2]);
      const free = node.blockOffload();
      scene.offload(1);
      await eventually(() => node.connection === 'OFFLOADING', 'the node tries');
      assert.deepEqual([node.arrive(3), node.arrive(2, { from: 'peer' })], [0, 0]);
      free();
      await scene.becomes(1, 'OFFLOADED');
      assert.deepEqual([node.arrive(3), node.arrive(2, { from: 'peer' }), node.queued], [0, 2, 2]);
      const status = await scene.get(1, '/flow/status');
      assert.equal((status['controllerStatus'] as { flowFilesQueued: number }).flowFilesQueued, 2);
    }));
});

describe('What is lost', () => {
  test('is counted for the connection it was queued in', () =>
    withNodes(2, async (scene) => {
      const [a, b] = [scene.play({ name: 'a' }), scene.play({ name: 'b' })];
      scene.node(0).produce(10, a.connectionId);
      scene.node(1).produce(7, a.connectionId);
      scene.node(1).produce(5, b.connectionId);
      scene.node(1).kill();
      scene.fixture.world.destroyDisk('pvc-1');
      assert.deepEqual(a.counts(), { produced: 17, consumed: 0, queued: 10, lost: 7 });
      assert.deepEqual(b.counts(), { produced: 5, consumed: 0, queued: 0, lost: 5 });
    }));
});

describe('What a coordinator knows of nodes', () => {
  test('outlives its restart while another node is connected', () =>
    withNodes(3, async (scene) => {
      const { leaders } = scene.fixture.world.cluster(clusterKey);
      const [other = 0, first = 0, last = 0] = [0, 1, 2].sort((a, b) => rank(scene, a) - rank(scene, b));
      await scene.disconnect(other);
      scene.offload(other);
      await scene.becomes(other, 'OFFLOADED');
      assert.equal(leaders.coordinator?.address, hostOf(last));
      await scene.disconnect(last);
      await scene.fixture.stop(last);
      await scene.fixture.healthy(await scene.fixture.start(last));
      assert.deepEqual([scene.state(other), scene.state(first)], ['OFFLOADED', 'CONNECTED']);
    }));

  test('is forgotten but for who there was, when the only connected node restarts: OFFLOADED is DISCONNECTED then', () =>
    withNodes(2, async (scene) => {
      await scene.disconnect(1);
      scene.offload(1);
      await scene.becomes(1, 'OFFLOADED');
      await scene.fixture.stop(0);
      await scene.fixture.healthy(await scene.fixture.start(0, { candidates: 1 }));
      assert.equal(scene.state(1), 'DISCONNECTED');
      assert.equal(scene.node(1).connection, 'OFFLOADED');
    }));
});

describe('A flow in the REST API', () => {
  test('shows groups, processors and connections, and what is queued, node by node', () =>
    withNodes(2, async (scene) => {
      const flow = scene.play({ name: 'orders', backPressure: 500 });
      scene.node(0).produce(250, flow.connectionId);
      scene.node(1).produce(50, flow.connectionId);
      await allowRoot(scene);
      const path = `/flow/connections/${flow.connectionId}/status?nodewise=true`;
      const { connectionStatus } = (await scene.get(0, path)) as {
        connectionStatus: { aggregateSnapshot: object; nodeSnapshots: { address: string; statusSnapshot: object }[] };
      };
      assert.deepEqual(pick(connectionStatus.aggregateSnapshot, 'queuedCount', 'percentUseCount'), ['300', 60]);
      const queued = connectionStatus.nodeSnapshots.map(
        ({ address, statusSnapshot }) => [address, ...pick(statusSnapshot, 'flowFilesQueued')] as const,
      );
      assert.deepEqual(Object.fromEntries(queued), { [hostOf(0)]: 250, [hostOf(1)]: 50 });
      const { connections } = await scene.get(0, `/process-groups/${flow.groupId}/connections`);
      const { processors } = await scene.get(1, `/process-groups/${flow.groupId}/processors`);
      assert.deepEqual(
        [connections, processors].map((list) => (list as unknown[]).length),
        [1, 2],
      );
      const status = (await scene.get(0, `/flow/process-groups/${flow.groupId}/status`)) as {
        processGroupStatus: { aggregateSnapshot: object };
      };
      assert.deepEqual(pick(status.processGroupStatus.aggregateSnapshot, 'flowFilesQueued'), [300]);
    }));

  test('keeps a group that runs or holds flow files, and says what is in the way', () =>
    withNodes(1, async (scene) => {
      const flow = scene.play();
      await allowRoot(scene);
      const path = `/nifi-api/process-groups/${flow.groupId}?version=0`;
      const remove = () => scene.fixture.ask(0, { method: 'DELETE', path, client: 'admin' });
      scene.node(0).produce(1, flow.connectionId);
      assert.match((await remove()).text, /because Processor is running$/);
      const json = { id: flow.groupId, state: 'STOPPED' };
      const stop = `/nifi-api/flow/process-groups/${flow.groupId}`;
      assert.equal((await scene.fixture.ask(0, { method: 'PUT', path: stop, client: 'admin', json })).status, 200);
      const refused = await remove();
      assert.equal(refused.status, 409);
      assert.match(refused.text, new RegExp(`Queue not empty for ${flow.connectionId}$`));
      scene.node(0).consume(1, flow.connectionId);
      assert.equal((await remove()).status, 200);
      assert.deepEqual(flow.queued(), { [hostOf(0)]: 0 });
    }));
});

/** Gives the administrator the root group, as nobody does it at a first start. */
async function allowRoot({ fixture }: Scene): Promise<void> {
  const state = fixture.world.cluster(clusterKey).state;
  const admin = [...(state?.users.values() ?? [])].find(({ identity }) => identity === 'CN=admin');
  for (const action of ['read', 'write']) {
    const component = { action, resource: `/process-groups/${state?.rootGroupId}`, users: [{ id: admin?.id }] };
    const json = { revision: { version: 0 }, component: { ...component, userGroups: [] } };
    const answer = await fixture.ask(0, { method: 'POST', path: '/nifi-api/policies', client: 'admin', json });
    assert.equal(answer.status, 201, answer.text);
  }
}

function pick(from: object, ...names: readonly string[]): unknown[] {
  return names.map((name) => (from as Record<string, unknown>)[name]);
}

/** The coordinator last. */
function rank(scene: Scene, index: number): number {
  return scene.fixture.world.cluster(clusterKey).leaders.coordinator?.address === hostOf(index) ? 1 : 0;
}
