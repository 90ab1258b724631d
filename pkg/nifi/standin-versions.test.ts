// Flows of a registry against the stand-in NiFi and the stand-in registry: the mark that an import and a version change leave alone, a
// change of version in place, and what NiFi says when it cannot.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PlayedRegistry } from '../../e2e/registry/server.ts';
import { getRootProcessGroupId } from './endpoints/flow.ts';
import { listProcessGroups, type ProcessGroup, updateProcessGroup } from './endpoints/process-groups.ts';
import { createRegistryClient } from './endpoints/registry-clients.ts';
import { listBuckets, listFlows, listVersions } from './endpoints/registry-contents.ts';
import { getVersionInfo, importVersion } from './endpoints/versions.ts';
import { isMarked, markPosition } from './marker.ts';
import { flowTask } from './requests/flow-task.ts';
import { changeVersion, revertChanges } from './requests/version-change.ts';
import { StandIn } from './testing/stand-in.ts';
import type { GatewayTask, NodeCalls } from './types.ts';

const uid = '0d4f-22';
const position = markPosition({ x: 12, y: 34 }, uid);
const type = 'org.apache.nifi.registry.flow.NifiRegistryFlowRegistryClient';

const contents = (comments: string): object => ({
  identifier: '2a9dacdc-e7b6-3d70-9134-d584e24964ae',
  name: 'ingest',
  comments,
  position: { x: 0, y: 0 },
  processGroups: [],
  processors: [],
  connections: [],
  controllerServices: [],
});

describe('versions of a flow in a played cluster', () => {
  let standIn: StandIn;
  let registry: PlayedRegistry;
  let node: NodeCalls;
  let root: string;
  let flow: { readonly registryId: string; readonly bucketId: string; readonly flowId: string };

  before(async () => {
    standIn = await StandIn.start(2);
    registry = await PlayedRegistry.start();
    node = standIn.person;
    root = await getRootProcessGroupId(node);
    const { store } = registry;
    const bucketId = store.createBucket('flows').identifier;
    const flowId = store.createFlow(bucketId, 'ingest').identifier;
    for (const comments of ['one', 'two', 'three']) {
      store.createVersion(bucketId, flowId, { flowContents: contents(comments), comments });
    }
    flow = { registryId: await client('team'), bucketId, flowId };
  });

  after(async () => {
    await registry.stop();
    await standIn.close();
  });

  async function client(name: string): Promise<string> {
    return (await createRegistryClient(node, { name, type, properties: { url: registry.url } })).id;
  }

  const own = async (each: NodeCalls): Promise<ProcessGroup | undefined> =>
    (await listProcessGroups(each, root)).groups.find((group) => isMarked(group.position, uid));

  async function ownGroup(): Promise<ProcessGroup> {
    const group = await own(node);
    assert.ok(group);
    return group;
  }

  const create = flowTask({
    name: 'create',
    input: '',
    async look(each) {
      const group = { flow: { ...flow, version: '1' }, position };
      return (await own(each)) === undefined
        ? { call: async (asked) => (await importVersion(asked, root, group)).id }
        : undefined;
    },
  });

  async function toVersion(version: string, change: Partial<typeof flow> = {}): Promise<GatewayTask> {
    return changeVersion({ groupId: (await ownGroup()).id, to: { ...flow, ...change, version } });
  }

  test('can be found by the names of buckets and flows, the newest first', async () => {
    const [bucket] = await listBuckets(node, flow.registryId);
    assert.deepEqual([bucket?.id, bucket?.name], [flow.bucketId, 'flows']);
    assert.deepEqual(await listFlows(node, flow.registryId, flow.bucketId), [{ id: flow.flowId, name: 'ingest' }]);
    const versions = await listVersions(node, flow);
    assert.deepEqual(
      versions.map(({ version }) => version),
      ['3', '2', '1'],
    );
  });

  test('come in once by operators that die at each write, under the name of the flow and where they are wished', async () => {
    assert.equal(await standIn.runDying(create), 1);
    assert.equal((await standIn.run(create)).state, 'done');
    const { groups } = await listProcessGroups(node, root);
    assert.deepEqual(
      groups.map(({ name, comments, versionControl }) => [name, comments, versionControl?.version]),
      [['ingest', 'one', '1']],
    );
  });

  test('change in place: the group keeps its id, its own name and its mark, and takes the comments', async () => {
    const group = await updateProcessGroup(node, await ownGroup(), { name: 'mine' });
    await standIn.runDying(await toVersion('2'));
    const changed = await ownGroup();
    assert.deepEqual(
      [changed.id, changed.name, changed.comments, changed.versionControl?.version],
      [group.id, 'mine', 'two', '2'],
    );
    const writes = standIn.writes().length;
    assert.equal((await standIn.run(await toVersion('2'))).state, 'done');
    assert.equal(standIn.writes().length, writes);
  });

  test('stay as they are when NiFi fails, with its words', async () => {
    standIn.fixture.world.flowFaults.failNextUpdate('version', 'Component x did not stop');
    const state = await standIn.run(await toVersion('3'));
    assert.ok(state.state === 'failed' && state.error.includes('Component x did not stop'), JSON.stringify(state));
    assert.equal((await ownGroup()).versionControl?.version, '2');
  });

  test('are refused where there is none, and while the registry is away, and come when it is back', async () => {
    const missing = await standIn.run(await toVersion('99'));
    assert.ok(missing.state === 'failed' && missing.refused === 'FlowNotFound', JSON.stringify(missing));
    const back = await registry.goDown();
    const away = await standIn.run(await toVersion('3'));
    assert.ok(away.state === 'failed' && away.refused === 'RegistryUnavailable', JSON.stringify(away));
    await back();
    assert.equal((await standIn.run(await toVersion('3'))).state, 'done');
    assert.equal((await ownGroup()).versionControl?.version, '3');
  });

  test('are not changed over what a person did, until that is taken back', async () => {
    const group = await updateProcessGroup(node, await ownGroup(), { comments: 'changed by hand' });
    const { versionControl } = await getVersionInfo(node, group.id);
    assert.equal(versionControl?.state, 'LOCALLY_MODIFIED');
    const refused = await standIn.run(await toVersion('1'));
    assert.ok(refused.state === 'failed' && refused.refused === 'LocallyModified', JSON.stringify(refused));
    assert.equal((await standIn.run(revertChanges({ groupId: group.id, input: '1' }))).state, 'done');
    assert.deepEqual([(await ownGroup()).comments, (await ownGroup()).versionControl?.version], ['three', '3']);
    assert.equal((await standIn.run(await toVersion('1'))).state, 'done');
  });

  test('follow another registry client of the same registry without being made anew', async () => {
    const { id } = await ownGroup();
    const registryId = await client('moved');
    assert.equal((await standIn.run(await toVersion('1', { registryId }))).state, 'done');
    const group = await ownGroup();
    assert.deepEqual(
      [group.id, group.versionControl?.registryId, group.versionControl?.version],
      [id, registryId, '1'],
    );
  });
});
