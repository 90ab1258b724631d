import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { issueCertificate } from '../../../pkg/pki/issue.ts';
import { PlayedRegistry } from '../../registry/server.ts';
import { clusterKey, eventually } from '../contract/fixture.ts';
import { type Body, type FlowScene, flowContents, withFlows } from '../flow/flow-scene.ts';

async function start(scene: FlowScene, group: string): Promise<void> {
  await scene.done('PUT', `/flow/process-groups/${group}`, { id: group, state: 'RUNNING' });
}

describe('A version change', () => {
  test('keeps what is queued, and starts again what ran', () =>
    withFlows(2, async (scene) => {
      const group = String((await scene.versioned('1'))['id']);
      const flow = scene.handle();
      const queue = flow.connection('between');
      flow.fill(queue, 40);
      await start(scene, group);
      const request = await scene.ended(await scene.change(group, '2'));
      assert.equal(request['failureReason'], undefined);
      assert.equal(flow.connection('between').id, queue.id);
      assert.equal(flow.queued(queue), 80);
      assert.equal(flow.processor('make').properties['File Size'], '2B');
      assert.deepEqual([flow.processor('make').scheduled, flow.processor('take').scheduled], ['RUNNING', 'RUNNING']);
      assert.equal(scene.fixture.world.counts().lost, 0);
    }));

  test('that would take a queue away with something in it is refused', () =>
    withFlows(1, async (scene) => {
      const group = String((await scene.versioned('1'))['id']);
      const flow = scene.handle();
      flow.fill(flow.connection('between'), 1);
      const refused = await scene.change(group, '3');
      assert.equal(refused.status, 409);
      assert.match(
        refused.text,
        /does not contain a match for .+ and the connection currently has data in the queue\.$/,
      );
    }));

  test('that fails half-way leaves the version before it, running', () =>
    withFlows(1, async (scene) => {
      const group = String((await scene.versioned('1'))['id']);
      const flow = scene.handle();
      flow.fill(flow.connection('between'), 7);
      await start(scene, group);
      scene.fixture.world.flowFaults.failNextUpdate('version', 'the disk is full');
      const request = await scene.ended(await scene.change(group, '2'));
      assert.equal(request['failureReason'], 'Failed to perform update flow request due to the disk is full');
      assert.equal(flow.group('versioned').versionControl?.version, '1');
      assert.equal(flow.processor('make').properties['File Size'], '1B');
      assert.equal(flow.processor('make').scheduled, 'RUNNING');
      assert.equal(flow.queued(flow.connection('between')), 7);
    }));

  test('leaves out what is not valid any more, and is complete all the same', () =>
    withFlows(1, async (scene) => {
      const group = String((await scene.versioned('1'))['id']);
      await start(scene, group);
      const mend = scene.fixture.world.flowFaults.breakComponent('take', "'from' is invalid because of this test");
      const request = await scene.ended(await scene.change(group, '2'));
      assert.equal(request['failureReason'], undefined);
      const entity = await scene.done('GET', `/process-groups/${group}`);
      assert.deepEqual([entity['runningCount'], entity['invalidCount']], [1, 1]);
      const processor = await scene.done('GET', `/processors/${scene.handle().processor('take').id}`);
      const { validationErrors } = processor['component'] as Body;
      assert.deepEqual(validationErrors, ["'from' is invalid because of this test"]);
      mend();
    }));

  test('takes the group’s comments and leaves its name and place to whoever changed them', () =>
    withFlows(1, async (scene) => {
      const entity = await scene.versioned('1');
      const group = String(entity['id']);
      assert.equal((entity['component'] as Body)['comments'], 'of the flow');
      const { revision } = await scene.done('GET', `/process-groups/${group}`);
      const component = { id: group, name: 'mine', position: { x: 7, y: 7 } };
      await scene.done('PUT', `/process-groups/${group}`, { revision, component });
      await scene.ended(await scene.change(group, '2'));
      const flow = scene.handle();
      assert.deepEqual(flow.group('mine').position, { x: 7, y: 7 });
      assert.equal(flow.group('mine').comments, 'of the flow');
      flow.changeGroup(flow.group('mine'), { comments: 'a marker' });
      const information = (await scene.done('GET', `/versions/process-groups/${group}`))['versionControlInformation'];
      assert.equal((information as Body)['state'], 'LOCALLY_MODIFIED_AND_STALE');
    }));

  test('takes a parameter context away that the flow does not name', () =>
    withFlows(1, async (scene) => {
      const group = String((await scene.versioned('1'))['id']);
      const { parameterContextName: _, ...contents } = flowContents('4B') as Body;
      scene.registry.store.createVersion(scene.bucket, scene.flow, { flowContents: contents });
      assert.equal(scene.handle().group('versioned').parameterContextId, scene.handle().context('settings').id);
      await scene.ended(await scene.change(group, '4'));
      assert.equal(scene.handle().group('versioned').parameterContextId, undefined);
    }));
});

describe('A background request', () => {
  test('is known to the node that was asked and to the user who asked, and to nobody else', () =>
    withFlows(2, async (scene) => {
      const group = String((await scene.versioned('1'))['id']);
      const answer = await scene.change(group, '2');
      await scene.ended(answer);
      const { requestId } = (answer.json?.['request'] ?? {}) as { readonly requestId?: string };
      const path = `/versions/update-requests/${requestId ?? ''}`;
      assert.equal((await scene.ask('GET', path, undefined, { node: 1 })).status, 404);
      const other = await scene.ask('GET', path, undefined, { client: 'nifi-1' });
      assert.deepEqual(
        [other.status, other.text],
        [400, 'Only the user that submitted the update request can delete it.'],
      );
      assert.equal(scene.fixture.world.node(scene.fixture.ip(0)).requestsKept, 1);
      await scene.done('DELETE', path);
      assert.equal(scene.fixture.world.node(scene.fixture.ip(0)).requestsKept, 0);
    }));

  test('that nobody deletes is forgotten a while after its end, when the next one comes', () =>
    withFlows(1, async (scene) => {
      const group = String((await scene.versioned('1'))['id']);
      await scene.ended(await scene.change(group, '2'));
      const node = scene.fixture.world.node(scene.fixture.ip(0));
      await new Promise((resolve) => {
        setTimeout(resolve, 1_100);
      });
      assert.equal(node.requestsKept, 1);
      await scene.ended(await scene.change(group, '1'));
      assert.equal(node.requestsKept, 1);
    }));

  test('ends with its process, and what it had stopped stays stopped', () => {
    const run = async (scene: FlowScene) => {
      const group = String((await scene.versioned('1'))['id']);
      await start(scene, group);
      const flow = scene.handle();
      await scene.change(group, '2');
      await eventually(() => flow.processor('make').scheduled === 'STOPPED', 'the processors are stopped');
      scene.fixture.world.node(scene.fixture.ip(0)).kill();
      await new Promise((resolve) => {
        setTimeout(resolve, 1_000);
      });
      assert.equal(flow.processor('make').scheduled, 'STOPPED');
      assert.equal(flow.processor('make').properties['File Size'], '1B');
    };
    return withFlows(2, run, { updateStepMs: 150 });
  });
});

describe('A person at the canvas', () => {
  test('who is faster makes a write fail once, and the next one with the new revision pass', () =>
    withFlows(1, async (scene) => {
      const group = String((await scene.versioned('1'))['id']);
      const { revision } = await scene.done('GET', `/process-groups/${group}`);
      const write = (given: unknown) =>
        scene.ask('PUT', `/process-groups/${group}`, { revision: given, component: { id: group, name: 'ours' } });
      scene.fixture.world.flowFaults.raceOnce(/^\/process-groups\//, group);
      assert.equal((await write(revision)).status, 409);
      const { revision: newer } = await scene.done('GET', `/process-groups/${group}`);
      assert.equal((await write(newer)).status, 200);
    }));
});

describe('A registry in trouble', () => {
  test('that answers with a page, or sends its callers to one, is no registry', () =>
    withFlows(1, async (scene) => {
      const client = await scene.client();
      const buckets = () => scene.ask('GET', `/flow/registries/${client}/buckets`);
      const page = scene.registry.answerHtml();
      const answer = await buckets();
      assert.deepEqual(
        [answer.status, answer.text],
        [409, 'Unable to obtain listing of buckets: Error retrieving all buckets'],
      );
      page();
      assert.equal((await buckets()).status, 200);
    }));

  test('is followed where it sends its callers, as the real client does', () =>
    withFlows(1, async (scene) => {
      const client = await scene.client();
      const back = await scene.registry.goDown();
      assert.match((await scene.ask('GET', `/flow/registries/${client}/buckets`)).text, /Connection refused$/);
      await back();
      const loop = scene.registry.redirectTo(scene.registry.url);
      const before = scene.registry.requests.length;
      assert.equal((await scene.ask('GET', `/flow/registries/${client}/buckets`)).status, 409);
      assert.equal(scene.registry.requests.length - before, 21);
      loop();
    }));

  test('makes a synchronization failure of every group that follows it, until it is back', () =>
    withFlows(1, async (scene) => {
      const group = String((await scene.versioned('2'))['id']);
      const state = async () => {
        const entity = await scene.done('GET', `/process-groups/${group}`);
        return entity['versionedFlowState'];
      };
      assert.equal(await state(), 'STALE');
      const back = await scene.registry.goDown();
      await scene.fixture.world.lookAtRegistries(clusterKey);
      assert.equal(await state(), 'SYNC_FAILURE');
      await back();
      await scene.fixture.world.lookAtRegistries(clusterKey);
      assert.equal(await state(), 'STALE');
    }));

  test('is believed over TLS only under the name in its certificate', () =>
    withFlows(1, async (scene) => {
      const { authority: ca } = scene.fixture;
      const names = { commonName: 'registry', dnsNames: ['localhost'] };
      const tls = await issueCertificate({ ca, ...names, usages: ['server'], now: new Date(), validForDays: 1 });
      const registry = await PlayedRegistry.start({ tls });
      try {
        const statuses: number[] = [];
        for (const url of [registry.url.replace('127.0.0.1', 'localhost'), registry.url]) {
          const type = 'org.apache.nifi.registry.flow.NifiRegistryFlowRegistryClient';
          const component = { name: url, type, properties: { url } };
          const made = await scene.done('POST', '/controller/registry-clients', {
            revision: { version: 0 },
            component,
          });
          statuses.push((await scene.ask('GET', `/flow/registries/${String(made['id'])}/buckets`)).status);
        }
        assert.deepEqual(statuses, [200, 409]);
      } finally {
        await registry.stop();
      }
    }));

  test('that does not answer in time is given up', () =>
    withFlows(1, async (scene) => {
      const client = await scene.client();
      const quick = scene.registry.slow(3_000);
      const answer = await scene.ask('GET', `/flow/registries/${client}/buckets`);
      assert.deepEqual([answer.status, answer.text], [409, 'Unable to obtain listing of buckets: Read timed out']);
      quick();
    }));
});
