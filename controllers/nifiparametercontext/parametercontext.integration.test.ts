// Parameter contexts of a running cluster, on a real API server with the stand-in NiFi: made once, kept as the spec says, told when
// something is in the way, mended by itself when it no longer is, and gone when the objects are, in whatever order they go.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { digestSecretName } from '../../api/v1/labels.ts';
import { nifiParameterContextType } from '../../api/v1/nifiparametercontext.ts';
import type { NiFiParameterContextSpec } from '../../api/v1/zz_generated.nifiparametercontext.ts';
import { aNamespace } from '../../e2e/lab/cluster.ts';
import { type Lab, startLab } from '../../e2e/lab/lab.ts';
import { runOperator } from '../../e2e/lab/operator.ts';
import { until } from '../../e2e/lab/until.ts';
import { events, secrets } from '../../pkg/kube/resources.ts';
import type { Operator } from '../../pkg/operator/operator.ts';

const namespace = 'contexts';
const canary = 'Kanarienvogel-4713';
const clusterRef = { name: 'prod' };

describe('parameter contexts', () => {
  let lab: Lab;
  let operator: Operator;
  const log: unknown[] = [];

  before(async () => {
    lab = await startLab();
    operator = await runOperator(lab.controlPlane.kubeconfig, ['--drift-period', '1s'], log);
    const space = await aNamespace(lab, namespace);
    const cluster = await space.create('prod', { version: '2.6.0', replicas: 1 });
    await cluster.ready();
  });
  after(async () => {
    await operator.stop();
    await lab.stop();
  });

  const key = (name: string) => ({ namespace, name });
  const get = (name: string) => lab.client.get(nifiParameterContextType, key(name));
  const inNiFi = () => [...(lab.nifi.cluster(`${namespace}/prod`).state?.parameterContexts.values() ?? [])];
  const named = (name: string) => inNiFi().filter((context) => context.name === name);
  const valueOf = (name: string, parameter: string) =>
    named(name)[0]?.parameters.find((each) => each.name === parameter)?.value;
  const create = (name: string, spec: Omit<NiFiParameterContextSpec, 'clusterRef'>) =>
    lab.client.create(nifiParameterContextType, {
      apiVersion: 'datadynamics.io/v1',
      kind: 'NiFiParameterContext',
      metadata: { name, namespace },
      spec: { clusterRef, adopt: false, deletionPolicy: 'Delete', ...spec },
    });
  const readyCondition = async (name: string) => {
    const object = await get(name);
    const isTold = object?.status?.observedGeneration === object?.metadata.generation;
    return isTold ? object?.status?.conditions?.find(({ type }) => type === 'Ready') : undefined;
  };
  const told = async (name: string, reason: string): Promise<string> => {
    const condition = await until(
      `${name} says ${reason}`,
      async () => {
        const ready = await readyCondition(name);
        return ready?.reason === reason && ready;
      },
      { describe: async () => [(await get(name))?.status, inNiFi()] },
    );
    return condition.message;
  };
  const gone = (name: string) =>
    until(`${name} is gone`, async () => (await get(name)) === undefined, { describe: () => get(name) });
  const putToken = (data: Readonly<Record<string, string>>) =>
    lab.client.apply(
      secrets,
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'api', namespace }, stringData: data },
      { fieldManager: 'lab', force: true },
    );

  test('a context is made once, says where it is, and is found again by an operator that lost its status', async () => {
    await create('base', { parameters: { url: { value: 'https://one' }, empty: { value: '' }, none: {} } });
    await told('base', 'Ready');
    const [made] = named('base');
    assert.deepEqual([(await get('base'))?.status?.id, (await get('base'))?.status?.parameters], [made?.id, 3]);
    await lab.client.patch(nifiParameterContextType, key('base'), { status: null }, { subresource: 'status' });
    await told('base', 'Ready');
    assert.deepEqual(
      named('base').map(({ id }) => id),
      [made?.id],
    );
  });

  test('what is changed by hand is changed back, and a new value of the spec is written by a request that ends', async () => {
    const [context] = named('base');
    assert.ok(context);
    context.parameters = context.parameters.map((each) => (each.name === 'url' ? { ...each, value: 'x' } : each));
    await until('it is changed back', () => valueOf('base', 'url') === 'https://one');
    const parameters = { url: { value: 'https://two' } };
    await lab.client.patch(nifiParameterContextType, key('base'), { spec: { parameters } });
    await until('it has the new value', () => valueOf('base', 'url') === 'https://two');
    await told('base', 'Ready');
    assert.equal((await get('base'))?.status?.lastRequest?.state, 'Succeeded');
  });

  test('a Secret that is missing, then lacks the key, then is good, then changes', async () => {
    await create('heir', {
      sensitiveParameters: { token: { name: 'api', key: 'token' } },
      inheritedParameterContexts: [{ name: 'base' }],
    });
    assert.match(await told('heir', 'ReferenceMissing'), /sensitiveParameters\[token\].*Secret api/u);
    await putToken({ other: 'x' });
    assert.match(await told('heir', 'ReferenceKeyMissing'), /key token/u);
    await putToken({ token: canary });
    await told('heir', 'Ready');
    assert.equal(valueOf('heir', 'token'), canary);
    assert.deepEqual(named('heir')[0]?.inherited, [named('base')[0]?.id]);
    await putToken({ token: `${canary}-2` });
    await until('the changed token is written', () => valueOf('heir', 'token') === `${canary}-2`);
    await told('heir', 'Ready');
  });

  test('the value of a Secret is nowhere but in NiFi', async () => {
    const object = await get('heir');
    const kept = await lab.client.get(secrets, key(digestSecretName(object?.metadata.uid ?? '')));
    assert.ok(kept?.data?.['digests.json']);
    const { items } = await lab.client.list(events, { namespace });
    const decoded = Object.values(kept.data).map((text) => Buffer.from(text, 'base64').toString());
    assert.ok(!JSON.stringify([object, decoded, items, log, named('heir')[0]?.description]).includes(canary));
  });

  test('nothing is written while nothing changes, also after a restart of the operator', async () => {
    const since = new Date();
    await operator.stop();
    operator = await runOperator(lab.controlPlane.kubeconfig, ['--drift-period', '1s'], log);
    const versions = async () =>
      Promise.all(['base', 'heir'].map(async (name) => (await get(name))?.metadata.resourceVersion));
    const before = await versions();
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    assert.deepEqual(await versions(), before);
    const writes = lab.nifi.log.list(
      (call) => call.at >= since && call.method !== 'GET' && call.path.includes('parameter-contexts'),
    );
    assert.deepEqual(writes, []);
  });

  test('what is inherited is deleted after its heir, whichever is asked for first', async () => {
    await lab.client.delete(nifiParameterContextType, key('base'));
    assert.match(await told('base', 'InUse'), /NiFiParameterContext heir/u);
    await lab.client.delete(nifiParameterContextType, key('heir'));
    await gone('heir');
    await gone('base');
    assert.deepEqual(inNiFi(), []);
  });
});
