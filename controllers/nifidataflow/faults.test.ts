// What NiFi and people do to a dataflow while its version changes: a request that fails half-way, processes that end in the middle of it,
// a node that connects, somebody at the canvas. The flow ends as the spec says or as it was, it runs, and nothing queued is lost.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import type { DefaultedNiFiDataflow, DefaultedNiFiDataflowSpec } from '../../api/v1/zz_generated.nifidataflow.ts';
import { eventually } from '../../e2e/nifi/contract/fixture.ts';
import { StandIn } from '../../pkg/nifi/testing/stand-in.ts';
import { namespace } from '../nifi/testing/world.ts';
import { flowContents, startRegistry, worldOf } from './testing.ts';

const updates = /\/versions\/update-requests\/process-groups\//u;

describe('A dataflow whose version changes', () => {
  let standIn: StandIn;
  let flows: Awaited<ReturnType<typeof startRegistry>>;

  before(async () => {
    standIn = await StandIn.start(2, { timing: { reconnectMs: 3_000, updateStepMs: 60 } });
    flows = await startRegistry([standIn], [flowContents('1B'), flowContents('2B')]);
  });
  after(async () => {
    await flows.registry.stop();
    await standIn.close();
  });

  const handle = () => standIn.fixture.world.flow('test/contract');
  const node = (index: number) => standIn.fixture.world.node(standIn.fixture.ip(index));
  const specOf = (version: string, more: Partial<DefaultedNiFiDataflowSpec> = {}): DefaultedNiFiDataflowSpec => ({
    clusterRef: { name: 'prod' },
    source: { registry: { clientRef: { name: 'flows' }, bucket: 'flows', flow: 'orders', version } },
    state: 'Running',
    sync: 'Always',
    updateStrategy: 'InPlace',
    skipInvalidComponents: false,
    deletionPolicy: 'DrainThenDelete',
    ...more,
  });
  const ready = (object: DefaultedNiFiDataflow | undefined) =>
    object?.status?.conditions?.find(({ type }) => type === 'Ready');

  /** Version 1 of the flow, running, with seven flow files queued on each of two nodes. */
  async function aFlow(name: string, more: Partial<DefaultedNiFiDataflowSpec> = {}) {
    const world = worldOf(standIn);
    world.api.uidPrefix = name;
    const key = { namespace, name };
    await world.api.create(nifiDataflowType, {
      apiVersion: 'datadynamics.io/v1',
      kind: 'NiFiDataflow',
      metadata: { ...key, generation: 1 },
      spec: specOf('1', more),
    });
    let generation = 1;
    const becomes = async (words: RegExp, reconciles = 0): Promise<void> => {
      const is = (object: DefaultedNiFiDataflow | undefined): boolean => {
        const { reason, message } = ready(object) ?? {};
        return object?.status?.observedGeneration === generation && words.test(`${reason}: ${message}`);
      };
      assert.equal(await world.live(key, is, { reconciles }), 'reached');
    };
    await becomes(/^Ready/u);
    handle().fill(handle().connection('between', name), 7);
    return {
      world,
      becomes,
      change: (spec: DefaultedNiFiDataflowSpec) => {
        generation += 1;
        world.api.before = () => undefined;
        world.api.play(nifiDataflowType, key, { metadata: { generation }, spec });
      },
      request: () => world.object(key)?.status?.lastRequest,
      seen: () => {
        const { id, versionControl } = handle().group(name);
        const states = ['make', 'take'].map((each) => handle().processor(each, name).scheduled);
        return {
          id,
          version: versionControl?.version,
          states,
          queued: handle().queued(handle().connection('between', name)),
        };
      },
    };
  }

  const running = ['RUNNING', 'RUNNING'];

  test('and which NiFi fails to change runs on as it was, says so in NiFi’s words, and changes once the spec asks anew', async () => {
    const { becomes, change, seen, request } = await aFlow('fails');
    const { id } = seen();
    standIn.fixture.world.flowFaults.failNextUpdate('version', 'the disk is full');
    change(specOf('2'));
    await becomes(/the disk is full/u);
    assert.deepEqual(seen(), { id, version: '1', states: running, queued: 14 });
    assert.deepEqual([request()?.type, request()?.state], ['Update', 'Failed']);
    change(specOf('2', { skipInvalidComponents: true }));
    await becomes(/^Ready/u);
    assert.deepEqual(seen(), { id, version: '2', states: running, queued: 14 });
  });

  test('and whose NiFi dies in the middle of it has the version in the end, runs, and no request is left', async () => {
    const { becomes, change, seen } = await aFlow('cut');
    const { id } = seen();
    const restarted = Promise.withResolvers<unknown>();
    standIn.fixture.world.flowFaults.raceOnce(updates, 'nothing', () => {
      setTimeout(() => {
        for (const index of [0, 1]) node(index).kill();
        restarted.resolve(Promise.all([standIn.fixture.start(0), standIn.fixture.start(1)]));
      }, 90);
    });
    change(specOf('2'));
    await becomes(/^Ready/u);
    await restarted.promise;
    assert.deepEqual(seen(), { id, version: '2', states: running, queued: 14 });
    assert.deepEqual([node(0).requestsKept, node(1).requestsKept], [0, 0]);
  });

  test('while somebody works at the canvas is asked for again with what is read then', async () => {
    const { becomes, change, seen } = await aFlow('raced');
    const { id } = seen();
    const since = standIn.writes().length;
    standIn.fixture.world.flowFaults.raceOnce(updates, id);
    change(specOf('2'));
    await becomes(/^Ready/u);
    const asked = standIn
      .writes()
      .slice(since)
      .filter(({ method, path }) => method === 'POST' && updates.test(path));
    assert.deepEqual([seen().version, asked.length, asked.filter(({ status }) => status < 300).length], ['2', 2, 1]);
  });

  test('waits while a node of NiFi is connecting, and is not asked for meanwhile', async () => {
    const { becomes, change, seen } = await aFlow('waits');
    node(1).disconnectBy('somebody');
    await eventually(() => node(1).connection === 'DISCONNECTED', 'it is disconnected');
    node(1).connectBy('somebody');
    await eventually(() => node(1).connection === 'CONNECTING', 'it is connecting');
    const since = standIn.writes().length;
    change(specOf('2'));
    await becomes(/CONNECTING/u);
    assert.equal(seen().version, '1');
    assert.deepEqual(
      standIn
        .writes()
        .slice(since)
        .filter(({ path }) => updates.test(path)),
      [],
    );
    await becomes(/^Ready/u);
    assert.equal(seen().version, '2');
  });

  test('with changes of a person in it that the spec lets stand is left alone, and that is told once', async () => {
    const { world, becomes, change, seen } = await aFlow('modified', { sync: 'Never' });
    handle().setProperty(handle().processor('make', 'modified'), 'File Size', '9B');
    change(specOf('2', { sync: 'Never' }));
    await becomes(/^LocallyModified/u);
    const soFar = world.writes.length;
    await becomes(/^LocallyModified/u, 5);
    assert.deepEqual([seen().version, world.writes.slice(soFar)], ['1', []]);
    change(specOf('2'));
    await becomes(/^Ready/u);
    assert.deepEqual([seen().version, handle().processor('make', 'modified').properties['File Size']], ['2', '2B']);
  });
});
