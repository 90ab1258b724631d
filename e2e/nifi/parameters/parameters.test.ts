import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventually } from '../contract/fixture.ts';
import { type Body, type FlowScene, withFlows } from '../flow/flow-scene.ts';

/** Asks for another value of `host` and waits for the end; the request as it is then. */
async function changeHost(scene: FlowScene, value: string): Promise<Body> {
  const { id } = scene.handle().context('settings');
  const path = `/parameter-contexts/${id}`;
  const { revision } = await scene.done('GET', path);
  const component = { id, parameters: [{ parameter: { name: 'host', value, sensitive: false } }] };
  const begun = await scene.done('POST', `${path}/update-requests`, { revision, id, component });
  const { requestId } = begun['request'] as { readonly requestId: string };
  let request: Body = {};
  await eventually(async () => {
    request = (await scene.done('GET', `${path}/update-requests/${requestId}`))['request'] as Body;
    return request['complete'] === true;
  }, 'the request is complete');
  await scene.done('DELETE', `${path}/update-requests/${requestId}`);
  return request;
}

async function running(scene: FlowScene): Promise<void> {
  const group = String((await scene.versioned('1'))['id']);
  await scene.done('PUT', `/flow/process-groups/${group}`, { id: group, state: 'RUNNING' });
}

describe('A change of a parameter', () => {
  test('stops and starts what uses it, and nothing else', () =>
    withFlows(2, async (scene) => {
      await running(scene);
      const flow = scene.handle();
      const revision = (name: string) => flow.state.revisions.get(flow.processor(name).id)?.version ?? 0;
      const [make, take] = [revision('make'), revision('take')];
      const request = await changeHost(scene, 'h2');
      assert.equal((request['referencingComponents'] as readonly unknown[]).length, 1);
      assert.deepEqual([revision('make'), revision('take')], [make, take + 2]);
      assert.equal(flow.processor('take').scheduled, 'RUNNING');
      assert.equal(flow.context('settings').parameters[0]?.value, 'h2');
    }));

  test('to the value that it has stops nothing', () =>
    withFlows(1, async (scene) => {
      await running(scene);
      assert.deepEqual((await changeHost(scene, 'h1'))['referencingComponents'], []);
    }));

  test('that fails leaves the old value, and starts again what it stopped', () =>
    withFlows(1, async (scene) => {
      await running(scene);
      scene.fixture.world.flowFaults.failNextUpdate('parameters', 'no');
      const request = await changeHost(scene, 'h2');
      assert.match(String(request['failureReason']), /^Failed to update Parameter Context due to .+: no$/);
      assert.equal(scene.handle().context('settings').parameters[0]?.value, 'h1');
      assert.equal(scene.handle().processor('take').scheduled, 'RUNNING');
    }));

  test('by a person moves the revision on', () =>
    withFlows(1, async (scene) => {
      await running(scene);
      const flow = scene.handle();
      const before = flow.state.revisions.get(flow.context('settings').id)?.version ?? 0;
      flow.setParameter(flow.context('settings'), 'host', 'by hand');
      const shown = await scene.done('GET', `/parameter-contexts/${flow.context('settings').id}`);
      assert.equal((shown['revision'] as Body)['version'], before + 1);
    }));
});

describe('A parameter context', () => {
  test('may not go while something that runs uses it, and takes itself off its groups when it goes', () =>
    withFlows(1, async (scene) => {
      await running(scene);
      const flow = scene.handle();
      const { id } = flow.context('settings');
      const path = `/parameter-contexts/${id}?version=0`;
      assert.match((await scene.ask('DELETE', path)).text, /in use by at least one Processor that is running$/);
      flow.schedule(flow.processor('take'), 'STOPPED');
      await scene.done('DELETE', path);
      assert.equal(flow.group('versioned').parameterContextId, undefined);
      const processor = await scene.done('GET', `/processors/${flow.processor('take').id}`);
      assert.match(
        String((processor['component'] as Body)['validationErrors']),
        /no Parameter Context is currently set/,
      );
    }));

  test('that is there keeps its values when a flow brings one of the same name, unless it is to bring its own', () =>
    withFlows(1, async (scene) => {
      await scene.versioned('1');
      const flow = scene.handle();
      flow.setParameter(flow.context('settings'), 'host', 'kept');
      await scene.versioned('2');
      assert.equal(flow.context('settings').parameters[0]?.value, 'kept');
      const versionControlInformation = {
        registryId: await scene.client(),
        bucketId: scene.bucket,
        flowId: scene.flow,
        version: '1',
      };
      const path = '/process-groups/root/process-groups?parameterContextHandlingStrategy=REPLACE';
      await scene.done('POST', path, { revision: { version: 0 }, component: { versionControlInformation } });
      assert.equal(flow.context('settings (1)').parameters[0]?.value, 'h1');
    }));
});
