// What a dataflow does in NiFi, situation by situation, with the real reconcile on a modelled API server and the stand-in NiFi: queues
// that are drained or dropped only when asked, changes by hand, failures, invalid components, copies, drags, and the policies of deletion.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { annotations } from '../../api/v1/labels.ts';
import { nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import type { DefaultedNiFiDataflow, DefaultedNiFiDataflowSpec } from '../../api/v1/zz_generated.nifidataflow.ts';
import type { FlowHandle } from '../../e2e/nifi/flow/handles.ts';
import { createProcessGroup, listProcessGroups } from '../../pkg/nifi/endpoints/process-groups.ts';
import { StandIn } from '../../pkg/nifi/testing/stand-in.ts';
import { namespace } from '../nifi/testing/world.ts';
import { flowContents, startRegistry, worldOf } from './testing.ts';

type Flow = DefaultedNiFiDataflow;

const base: Omit<DefaultedNiFiDataflowSpec, 'source'> = {
  clusterRef: { name: 'prod' },
  state: 'Running',
  sync: 'Always',
  updateStrategy: 'InPlace',
  skipInvalidComponents: false,
  deletionPolicy: 'DrainThenDelete',
};

describe('A dataflow', () => {
  let standIn: StandIn;
  let flows: Awaited<ReturnType<typeof startRegistry>>;

  before(async () => {
    standIn = await StandIn.start(1);
    flows = await startRegistry([standIn], [flowContents('1B'), flowContents('2B')]);
  });
  after(async () => {
    await flows.registry.stop();
    await standIn.close();
  });

  const nifi = (): FlowHandle => standIn.fixture.world.flow('test/contract');
  const groups = (name: string) => [...nifi().state.groups.values()].filter((group) => group.name === name);
  const version = (name: string) => groups(name)[0]?.versionControl?.version;
  const registryFlow = (wanted: { readonly version: string } | { readonly latest: true }) => ({
    registry: { clientRef: { name: 'flows' }, bucket: 'flows', flow: 'orders', ...wanted },
  });
  const inline = (contents: object) => ({ definition: { inline: JSON.stringify({ flowContents: contents }) } });

  /** One object, alone or beside the others of its world. */
  const play = async (name: string, spec: Partial<DefaultedNiFiDataflowSpec>, others: readonly Flow[] = []) => {
    const world = worldOf(standIn, { siblingsOf: () => others, rivalsOf: (flow) => [flow, ...others] });
    const key = { namespace, name };
    world.api.uidPrefix = name;
    await world.api.create(nifiDataflowType, {
      apiVersion: 'datadynamics.io/v1',
      kind: 'NiFiDataflow',
      metadata: { name, namespace, generation: 1 },
      spec: { ...base, source: registryFlow({ version: '1' }), ...spec },
    });
    const ready = (object: Flow | undefined) =>
      object?.status?.observedGeneration === object?.metadata.generation
        ? object?.status?.conditions?.find(({ type }) => type === 'Ready')
        : undefined;
    const change = (patch: object) => {
      const generation = (world.object(key)?.metadata.generation ?? 0) + 1;
      world.api.before = () => undefined;
      world.api.play(nifiDataflowType, key, { metadata: { generation }, ...patch });
    };
    return {
      key,
      world,
      status: () => world.object(key)?.status,
      /** Until it says so, and then a few reconciles more. */
      says: async (reason: string, words = /(?:)/u): Promise<void> => {
        const is = (object: Flow | undefined): boolean =>
          ready(object)?.reason === reason && words.test(ready(object)?.message ?? '');
        assert.equal(await world.live(key, is, { reconciles: 2 }), 'reached');
      },
      spec: (patch: object) => change({ spec: { ...world.object(key)?.spec, ...patch } }),
      annotate: (annotation: string) => change({ metadata: { annotations: { [annotation]: 'true' } } }),
      delete: () => {
        world.api.before = () => undefined;
        return world.api.drop(nifiDataflowType, key);
      },
      gone: async () => assert.equal(await world.live(key, (object) => object === undefined), 'reached'),
    };
  };
  const fill = (name: string, count: number) => nifi().fill(nifi().connection('between', name), count);
  const queued = (name: string) => nifi().queued(nifi().connection('between', name));
  const workOff = (name: string) => {
    const { id } = nifi().connection('between', name);
    for (const member of standIn.fixture.world.cluster('test/contract').members) member.work(id, 1_000);
  };

  test('drains before its version changes when that is asked for: what brings data in stands still, the rest runs', async () => {
    const flow = await play('drained', { updateStrategy: 'Drain' });
    await flow.says('Ready');
    fill('drained', 5);
    flow.spec({ source: registryFlow({ version: '2' }) });
    await flow.says('Draining');
    assert.deepEqual([version('drained'), queued('drained')], ['1', 5]);
    assert.equal(nifi().processor('make', 'drained').scheduled, 'STOPPED');
    assert.equal(nifi().processor('take', 'drained').scheduled, 'RUNNING');
    workOff('drained');
    await flow.says('Ready');
    assert.deepEqual([version('drained'), nifi().processor('make', 'drained').scheduled], ['2', 'RUNNING']);
  });

  test('throws away what is queued only when that is asked for', async () => {
    const flow = await play('dropped', { updateStrategy: 'Drop' });
    await flow.says('Ready');
    fill('dropped', 5);
    flow.spec({ source: registryFlow({ version: '2' }) });
    await flow.says('Ready');
    assert.deepEqual([version('dropped'), queued('dropped')], ['2', 0]);
  });

  test('stays at its version and runs when an update fails, and says so in the words of NiFi', async () => {
    const flow = await play('failed', {});
    await flow.says('Ready');
    standIn.fixture.world.flowFaults.failNextUpdate('version', 'the disk is full');
    flow.spec({ source: registryFlow({ version: '2' }) });
    await flow.says('NiFiRefused', /the disk is full/u);
    assert.deepEqual([version('failed'), nifi().processor('make', 'failed').scheduled], ['1', 'RUNNING']);
    const { lastRequest } = flow.status() ?? {};
    assert.deepEqual([lastRequest?.type, lastRequest?.state, lastRequest?.version], ['Update', 'Failed', '2']);
    assert.match(lastRequest?.message ?? '', /the disk is full/u);
    flow.spec({ source: registryFlow({ version: '1' }) });
    await flow.says('Ready');
  });

  test('tells what somebody changed, and leaves it, when changes are never taken back', async () => {
    const flow = await play('reported', { sync: 'Never' });
    await flow.says('Ready');
    nifi().setProperty(nifi().processor('make', 'reported'), 'File Size', '9B');
    await flow.says('LocallyModified', /spec\.sync is Never/u);
    assert.equal(nifi().processor('make', 'reported').properties['File Size'], '9B');
    flow.spec({ source: registryFlow({ version: '2' }) });
    await flow.says('LocallyModified', /keeps it from another version/u);
    flow.spec({ sync: 'Always' });
    await flow.says('Ready', /as the spec asks/u);
    assert.equal(version('reported'), '2');
  });

  for (const sync of ['Always', 'Never', 'Once'] as const) {
    test(`is made again, named and started when somebody has deleted it, with sync ${sync}`, async () => {
      const name = `removed-${sync.toLowerCase()}`;
      const flow = await play(name, { sync });
      await flow.says('Ready');
      const [group] = groups(name);
      assert.ok(group);
      for (const parts of [nifi().state.components, nifi().state.connections])
        for (const [id, { groupId }] of parts) if (groupId === group.id) parts.delete(id);
      nifi().state.groups.delete(group.id);
      assert.equal(await flow.world.live(flow.key, () => groups(name).length === 1), 'reached');
      await flow.says('Ready');
      assert.equal(nifi().processor('make', name).scheduled, 'RUNNING');
    });
  }

  test('is left alone once it was made, when that is asked for', async () => {
    const flow = await play('once', { sync: 'Once' });
    await flow.says('Ready');
    nifi().schedule(nifi().processor('make', 'once'), 'STOPPED');
    flow.spec({ source: registryFlow({ version: '2' }) });
    await flow.says('Ready');
    assert.deepEqual([version('once'), nifi().processor('make', 'once').scheduled], ['1', 'STOPPED']);
  });

  test('stands still when that is asked for, and runs again', async () => {
    const flow = await play('still', { state: 'Stopped' });
    await flow.says('Ready');
    assert.equal(nifi().processor('make', 'still').scheduled, 'STOPPED');
    flow.spec({ state: 'Running' });
    await flow.says('Ready');
    assert.equal(nifi().processor('make', 'still').scheduled, 'RUNNING');
  });

  test('names an invalid component with the words of NiFi, runs the rest, and may pass it over', async () => {
    const release = standIn.fixture.world.flowFaults.breakComponent('make', 'the spring is broken');
    const flow = await play('invalid', {});
    await flow.says('InvalidInNiFi', /make: the spring is broken/u);
    assert.deepEqual(
      flow.status()?.invalidComponents?.map(({ name, errors }) => [name, errors]),
      [['make', ['the spring is broken']]],
    );
    assert.equal(nifi().processor('take', 'invalid').scheduled, 'RUNNING');
    flow.spec({ skipInvalidComponents: true });
    await flow.says('Ready');
    const before = flow.world.writes.length;
    await flow.world.live(flow.key, () => true, { reconciles: 5 });
    assert.deepEqual(flow.world.writes.slice(before), []);
    release();
  });

  test('needs parameters that nobody gives: nothing is brought to NiFi', async () => {
    const contents = flowContents('#{size}');
    const flow = await play('parameters', { source: inline(contents) });
    await flow.says('ParameterMissing', /parameters size, give spec\.parameterContextRef/u);
    assert.deepEqual(groups('parameters'), []);
    flow.spec({ source: inline(flowContents('1B')) });
    await flow.says('Ready');
  });

  test('waits for a bucket, a flow and a version that are not there, and goes on when the spec is mended', async () => {
    const source = registryFlow({ version: '99' });
    const flow = await play('missing', { source: { registry: { ...source.registry, bucket: 'none' } } });
    await flow.says('FlowNotFound', /spec\.source\.registry\.bucket names the bucket none/u);
    flow.spec({ source: { registry: { ...source.registry, flow: 'none' } } });
    await flow.says('FlowNotFound', /spec\.source\.registry\.flow names the flow none/u);
    flow.spec({ source });
    await flow.says('FlowNotFound', /spec\.source\.registry\.version names the version 99/u);
    flow.spec({ source: registryFlow({ version: '1' }) });
    await flow.says('Ready');
    flow.spec({ source });
    await flow.says('FlowNotFound', /spec\.source\.registry names what the registry does not have/u);
    assert.deepEqual([version('missing'), nifi().processor('make', 'missing').scheduled], ['1', 'RUNNING']);
  });

  test('waits for a registry that is down, and what is in NiFi goes on', async () => {
    const flow = await play('down', {});
    await flow.says('Ready');
    const up = await flows.registry.goDown();
    flow.spec({ source: registryFlow({ version: '2' }) });
    await flow.says('RegistryUnavailable', /clientRef/u);
    assert.deepEqual([version('down'), nifi().processor('make', 'down').scheduled], ['1', 'RUNNING']);
    await up();
    await flow.says('Ready');
    assert.equal(version('down'), '2');
  });

  for (const updateStrategy of ['Drain', 'Drop'] as const)
    test(`is not stopped and loses nothing for a version that cannot be had, with ${updateStrategy}`, async () => {
      const name = `kept-${updateStrategy.toLowerCase()}`;
      const flow = await play(name, { updateStrategy });
      const running = () => ['make', 'take'].map((each) => nifi().processor(each, name).scheduled);
      await flow.says('Ready');
      fill(name, 5);
      flow.spec({ source: registryFlow({ version: '99' }) });
      await flow.says('FlowNotFound', /spec\.source\.registry\.version names the version 99/u);
      assert.deepEqual([version(name), queued(name), running()], ['1', 5, ['RUNNING', 'RUNNING']]);
      const up = await flows.registry.goDown();
      flow.spec({ source: registryFlow({ version: '2' }) });
      await flow.says('RegistryUnavailable', /clientRef/u);
      assert.deepEqual([version(name), queued(name), running()], ['1', 5, ['RUNNING', 'RUNNING']]);
      await up();
      if (updateStrategy === 'Drain') {
        await flow.says('Draining');
        workOff(name);
      }
      await flow.says('Ready');
      assert.deepEqual([version(name), queued(name)], ['2', 0]);
    });

  test('goes on with what it had stopped when the registry goes away while it drains', async () => {
    const flow = await play('cut-off', { updateStrategy: 'Drain' });
    await flow.says('Ready');
    fill('cut-off', 5);
    flow.spec({ source: registryFlow({ version: '2' }) });
    await flow.says('Draining');
    assert.equal(nifi().processor('make', 'cut-off').scheduled, 'STOPPED');
    const up = await flows.registry.goDown();
    await flow.says('RegistryUnavailable');
    assert.deepEqual([queued('cut-off'), nifi().processor('make', 'cut-off').scheduled], [5, 'RUNNING']);
    await up();
  });

  test('follows the newest version', async () => {
    const flow = await play('latest', { source: registryFlow({ latest: true }) });
    await flow.says('Ready');
    assert.equal(version('latest'), '2');
    flows.commit(flowContents('3B'));
    // The played NiFi looks at its registries now and then, when it is asked for groups.
    for (let stale = false; !stale; stale = groups('latest')[0]?.versionControl?.stale === true) {
      await sleep(100);
      await listProcessGroups(standIn.person, 'root');
    }
    assert.equal(await flow.world.live(flow.key, () => version('latest') === '3'), 'reached');
    await flow.says('Ready');
  });

  test('stands back from an older one that asks for the same group', async () => {
    const older = await play('older', { displayName: 'shared' });
    await older.says('Ready');
    const rival = older.world.object(older.key);
    assert.ok(rival);
    const younger = await play('younger', { displayName: 'shared' }, [
      { ...rival, metadata: { ...rival.metadata, creationTimestamp: '2020-01-01T00:00:00Z' } },
    ]);
    await younger.says('TargetTaken', /NiFiDataflow older is older/u);
    assert.equal(groups('shared').length, 1);
  });

  test('takes no group over that nobody made for it, and gets its mark again when it is dragged', async () => {
    const flow = await play('dragged', {});
    await flow.says('Ready');
    const [group] = groups('dragged');
    assert.ok(group);
    nifi().changeGroup(group, { position: { x: 500, y: 500 } });
    flow.world.wipe(flow.key);
    await flow.says('Ready');
    assert.deepEqual([groups('dragged').length, Math.floor(groups('dragged')[0]?.position.x ?? 0)], [1, 500]);
    const stranger = await play('stranger', { displayName: 'dragged' });
    await stranger.says('GroupNotRecognised');
  });

  test('that is dragged before all was ever as asked is found by the id that is kept', async () => {
    const flow = await play('early', {});
    const kept = () => flow.world.object(flow.key)?.metadata.annotations?.[annotations.place] ?? '';
    while (!kept().includes('"id"')) await flow.world.live(flow.key, () => kept().includes('"id"'), { writes: 1 });
    assert.doesNotMatch(kept(), /settled/u);
    const { id } = JSON.parse(kept()) as { readonly id: string };
    const group = nifi().state.groups.get(id);
    assert.ok(group);
    nifi().changeGroup(group, { position: { x: 700, y: 700 } });
    flow.world.wipe(flow.key);
    await flow.says('Ready');
    assert.deepEqual(
      groups('early').map((each) => each.id),
      [id],
    );
  });

  test('whose annotation somebody took away is found by its mark when it leaves, in a parent that is named as well', async () => {
    const { id } = await createProcessGroup(standIn.person, 'root', { name: 'house', position: { x: 0, y: 0 } });
    const flow = await play('bare', { parentProcessGroup: { name: 'house' } });
    await flow.says('Ready');
    assert.equal(groups('bare')[0]?.parentId, id);
    flow.delete();
    flow.world.api.play(nifiDataflowType, flow.key, { metadata: { annotations: { [annotations.place]: null } } });
    flow.world.wipe(flow.key, () => ({ cluster: 'prod', id }));
    await flow.gone();
    assert.deepEqual([groups('bare').length, groups('house').length], [0, 1]);
  });

  test('is re-pointed to a registry client of another id, and never made anew', async () => {
    const flow = await play('repointed', {});
    await flow.says('Ready');
    const [group] = groups('repointed');
    const former = nifi().registryClient('flows');
    former.description = '';
    const { id } = await flows.addClient(standIn, 'flows 2');
    await flow.says('Ready');
    await flow.world.live(flow.key, () => groups('repointed')[0]?.versionControl?.registryId === id);
    assert.deepEqual(
      groups('repointed').map((each) => each.id),
      [group?.id],
    );
  });

  test('stays in NiFi with Orphan', async () => {
    const flow = await play('orphaned', { deletionPolicy: 'Orphan' });
    await flow.says('Ready');
    flow.delete();
    await flow.gone();
    assert.equal(groups('orphaned').length, 1);
  });

  test('with Delete goes on until nothing is queued, and then goes', async () => {
    const flow = await play('deleted', { deletionPolicy: 'Delete' });
    await flow.says('Ready');
    fill('deleted', 5);
    flow.delete();
    await flow.says('QueuesNotEmpty');
    assert.deepEqual([queued('deleted'), nifi().processor('make', 'deleted').scheduled], [5, 'RUNNING']);
    workOff('deleted');
    await flow.gone();
    assert.deepEqual(groups('deleted'), []);
  });

  test('with Delete works off what came in while it was being stopped, and then goes', async () => {
    const flow = await play('slipped', { deletionPolicy: 'Delete' });
    await flow.says('Ready');
    const { id } = nifi().group('slipped');
    standIn.fixture.world.flowFaults.raceOnce(new RegExp(`^/flow/process-groups/${id}$`, 'u'), id, () =>
      fill('slipped', 1),
    );
    flow.delete();
    const isWorking = () => queued('slipped') === 1 && nifi().processor('make', 'slipped').scheduled === 'STOPPED';
    const takes = () => nifi().processor('take', 'slipped').scheduled === 'RUNNING';
    assert.equal(await flow.world.live(flow.key, () => isWorking() && takes()), 'reached');
    workOff('slipped');
    await flow.gone();
    assert.deepEqual(groups('slipped'), []);
  });

  test('drains before it goes, and throws away what is queued only for the annotation', async () => {
    const flow = await play('emptied', {});
    await flow.says('Ready');
    fill('emptied', 5);
    flow.delete();
    await flow.says('Draining', /drop-queues/u);
    assert.deepEqual([queued('emptied'), nifi().processor('make', 'emptied').scheduled], [5, 'STOPPED']);
    flow.annotate(annotations.dropQueues);
    await flow.gone();
    assert.deepEqual(groups('emptied'), []);
  });
});
