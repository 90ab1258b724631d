import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventually } from '../contract/fixture.ts';
import { type Body, type FlowScene, flowContents, withFlows } from './flow-scene.ts';

async function newGroup(scene: FlowScene, name: string, parent = 'root'): Promise<Body> {
  const path = `/process-groups/${parent}/process-groups`;
  return scene.done('POST', path, { revision: { version: 0, clientId: 'c' }, component: { name } });
}

describe('Emptying a queue', () => {
  test('takes what all nodes have in it, and counts it as lost', () =>
    withFlows(2, async (scene) => {
      await scene.versioned('1');
      const flow = scene.handle();
      const queue = flow.connection('between');
      flow.fill(queue, 30);
      const { dropRequest } = await scene.done('POST', `/flowfile-queues/${queue.id}/drop-requests`);
      const { id, originalCount } = dropRequest as { readonly id: string; readonly originalCount: number };
      assert.equal(originalCount, 60);
      const path = `/flowfile-queues/${queue.id}/drop-requests/${id}`;
      const asked = (await scene.done('GET', path, undefined, { node: 1 }))['dropRequest'] as Body;
      assert.deepEqual([asked['finished'], asked['droppedCount']], [true, 60]);
      assert.equal(flow.queued(queue), 0);
      assert.equal(scene.fixture.world.counts().lost, 60);
      await scene.done('DELETE', path);
    }));
});

describe('A group', () => {
  test('is moved into another one under the revision that it had', () =>
    withFlows(1, async (scene) => {
      const [a, b] = [await newGroup(scene, 'a'), await newGroup(scene, 'b')];
      const revision = { version: 1, clientId: 'c' };
      const marked = {
        parentGroupId: scene.handle().state.rootGroupId,
        processGroups: { [String(a['id'])]: revision },
      };
      const { snippet } = await scene.done('POST', '/snippets', { snippet: marked });
      const { id } = snippet as { readonly id: string };
      await scene.done('PUT', `/snippets/${id}`, { snippet: { id, parentGroupId: b['id'] } });
      const children = (await scene.done('GET', `/process-groups/${String(b['id'])}/process-groups`))['processGroups'];
      assert.deepEqual(
        (children as readonly Body[]).map((child) => child['id']),
        [a['id']],
      );
      const back = await scene.done('GET', `/process-groups/${String(a['id'])}`);
      assert.equal((back['revision'] as Body)['version'], 2);
    }));

  test('outlives all processes of its cluster, with its versions, parameters and what is queued', () =>
    withFlows(1, async (scene) => {
      await scene.versioned('1');
      const before = scene.handle();
      const queue = before.connection('between');
      before.fill(queue, 5);
      await scene.fixture.stop(0);
      await scene.fixture.cluster(1);
      const after = scene.handle();
      assert.equal(after.group('versioned').versionControl?.version, '1');
      assert.equal(after.context('settings').parameters[0]?.value, 'h1');
      assert.equal(after.queued(queue), 5);
      assert.equal(after.state.revisions.size, 0);
    }));

  test('that is changed on a disconnected node is the cluster’s again when the node is back', () =>
    withFlows(2, async (scene) => {
      const group = String((await newGroup(scene, 'shared'))['id']);
      const node = scene.fixture.world.node(scene.fixture.ip(1));
      node.disconnectBy('CN=admin');
      await eventually(() => node.connection === 'DISCONNECTED', 'the node is disconnected');
      const json = { revision: { version: 1, clientId: 'c' }, component: { id: group, name: 'alone' } };
      const path = `/process-groups/${group}`;
      assert.equal((await scene.ask('PUT', path, json, { node: 1 })).status, 400);
      await scene.done('PUT', path, { ...json, disconnectedNodeAcknowledged: true }, { node: 1 });
      assert.equal(scene.handle().group('shared').name, 'shared');
      node.connectBy('CN=admin');
      await eventually(() => node.connection === 'CONNECTED', 'the node is back');
      const { component } = await scene.done('GET', path, undefined, { node: 1 });
      assert.equal((component as Body)['name'], 'shared');
    }));
});

describe('A definition', () => {
  test('is uploaded as a form, runs, and comes back as it was', () =>
    withFlows(1, async (scene) => {
      const snapshot = { flowContents: flowContents('1B'), parameterContexts: {} };
      const boundary = 'part';
      const field = (name: string, value: string) =>
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
      const file = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="flow.json"\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(snapshot)}\r\n--${boundary}--\r\n`;
      const form = [
        field('groupName', 'given'),
        field('positionX', '1'),
        field('positionY', '2'),
        field('clientId', 'c'),
        file,
      ].join('');
      const uploaded = await scene.fixture.ask(0, {
        method: 'POST',
        path: '/nifi-api/process-groups/root/process-groups/upload',
        client: 'admin',
        form,
        headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      });
      assert.equal(uploaded.status, 201, uploaded.text);
      const group = String(uploaded.json?.['id']);
      const exported = (await scene.done('GET', `/process-groups/${group}/download`))['flowContents'] as Body;
      assert.equal(exported['name'], 'given');
      const names = (exported['processors'] as readonly Body[]).map((processor) => processor['name']);
      assert.deepEqual(names, ['make', 'take']);
      const [connection] = exported['connections'] as readonly { readonly source: Body }[];
      assert.equal(connection?.source['name'], 'make');
    }));

  test('that would take a queue away with something in it replaces nothing', () =>
    withFlows(1, async (scene) => {
      const body = {
        groupName: 'g',
        revisionDTO: { version: 0, clientId: 'c' },
        positionDTO: { x: 0, y: 0 },
        flowSnapshot: { flowContents: flowContents('1B') },
      };
      const group = String((await scene.done('POST', '/process-groups/root/process-groups/import', body))['id']);
      const flow = scene.handle();
      flow.fill(flow.connection('between'), 1);
      const versionedFlowSnapshot = { flowContents: flowContents('3B', true) };
      const processGroupRevision = { version: 2, clientId: 'c' };
      const refused = await scene.ask('POST', `/process-groups/${group}/replace-requests`, {
        processGroupRevision,
        versionedFlowSnapshot,
      });
      assert.equal(refused.status, 409);
      assert.equal(scene.handle().processor('make').properties['File Size'], '1B');
    }));
});

describe('A registry client', () => {
  test('has the properties of its class, and hides those that are sensitive', () =>
    withFlows(1, async (scene) => {
      const properties = { 'Repository Owner': 'o', 'Repository Name': 'r', 'Personal Access Token': 'secret' };
      const component = { name: 'git', type: 'org.apache.nifi.github.GitHubFlowRegistryClient', properties };
      const made = await scene.done('POST', '/controller/registry-clients', { revision: { version: 0 }, component });
      const shown = made['component'] as { readonly properties: Body; readonly validationStatus: string };
      assert.equal(shown.properties['Personal Access Token'], '********');
      assert.equal(shown.properties['Default Branch'], 'main');
      assert.equal(shown.validationStatus, 'VALID');
      assert.equal(JSON.stringify(await scene.done('GET', '/flow/registries')).includes('secret'), false);
    }));
});

describe('A handle', () => {
  test('says what there is when it does not find a name', () =>
    withFlows(1, async (scene) => {
      await scene.versioned('1');
      assert.throws(() => scene.handle().processor('nobody'), /There are 0 of the name nobody; known are make, take$/);
    }));
});
