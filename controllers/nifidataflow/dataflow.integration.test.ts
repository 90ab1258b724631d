// Dataflows of a running cluster, on a real API server with the stand-in NiFi and a stand-in registry: made once, changed in place with
// every queued flow file kept, put right after a person changed them, and gone when the objects are, in whatever order they go.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import { nifiParameterContextType } from '../../api/v1/nifiparametercontext.ts';
import { nifiRegistryClientType } from '../../api/v1/nifiregistryclient.ts';
import type { DefaultedNiFiDataflow, NiFiDataflowSpec } from '../../api/v1/zz_generated.nifidataflow.ts';
import { aNamespace } from '../../e2e/lab/cluster.ts';
import { type Lab, startLab } from '../../e2e/lab/lab.ts';
import { runOperator } from '../../e2e/lab/operator.ts';
import { until } from '../../e2e/lab/until.ts';
import { flowContents } from '../../e2e/nifi/flow/flow-scene.ts';
import { PlayedRegistry } from '../../e2e/registry/server.ts';
import { configMaps } from '../../pkg/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../pkg/kube/types.ts';
import type { Operator } from '../../pkg/operator/operator.ts';

const namespace = 'flows';
const clusterRef = { name: 'prod' };

describe('dataflows', () => {
  let lab: Lab;
  let operator: Operator;
  let registry: PlayedRegistry;
  let flowId: string;
  let bucketId: string;

  const startOperator = () =>
    runOperator(lab.controlPlane.kubeconfig, ['--drift-period', '1s', '--allowed-registry-hosts', '127.0.0.1']);

  before(async () => {
    lab = await startLab();
    registry = await PlayedRegistry.start();
    bucketId = registry.store.createBucket('team').identifier;
    flowId = registry.store.createFlow(bucketId, 'orders').identifier;
    commit('1B');
    commit('2B');
    operator = await startOperator();
    const space = await aNamespace(lab, namespace);
    const cluster = await space.create('prod', { version: '2.6.0', replicas: 1 });
    await cluster.ready();
  });
  after(async () => {
    await operator.stop();
    await registry.stop();
    await lab.stop();
  });

  const commit = (size: string) =>
    registry.store.createVersion(bucketId, flowId, { flowContents: flowContents(size), parameterContexts: {} });
  const key = (name: string) => ({ namespace, name });
  const get = (name: string) => lab.client.get(nifiDataflowType, key(name));
  const nifi = () => lab.nifi.flow(`${namespace}/prod`);
  const groups = (name: string) => [...nifi().state.groups.values()].filter((group) => group.name === name);
  const create = async <T extends KubeObject>(type: ResourceType<T>, name: string, fields: object): Promise<void> => {
    const { apiVersion, kind } = type;
    await lab.client.create(type, { apiVersion, kind, metadata: { name, namespace }, ...fields } as unknown as T);
  };
  const flow = (name: string, spec: Omit<NiFiDataflowSpec, 'clusterRef'>) =>
    create(nifiDataflowType, name, { spec: { clusterRef, ...spec } });
  const patch = (name: string, spec: object) => lab.client.patch(nifiDataflowType, key(name), { spec });
  const ready = (object: DefaultedNiFiDataflow | undefined) =>
    object?.status?.observedGeneration === object?.metadata.generation
      ? object?.status?.conditions?.find(({ type }) => type === 'Ready')
      : undefined;
  const told = (name: string, reason: string, words = /(?:)/u) =>
    until(
      `${name} says ${reason}, ${words.source}`,
      async () => {
        const condition = ready(await get(name));
        return condition?.reason === reason && words.test(condition.message);
      },
      { describe: async () => [(await get(name))?.status, [...nifi().state.groups.values()]] },
    );
  const gone = <T extends KubeObject>(type: ResourceType<T>, name: string) =>
    until(`${name} is gone`, async () => (await lab.client.get(type, key(name))) === undefined, {
      describe: () => lab.client.get(type, key(name)),
    });
  const fromRegistry = (version: string): NiFiDataflowSpec['source'] => ({
    registry: { clientRef: { name: 'registry' }, bucket: 'team', flow: 'orders', version },
  });

  test('a flow of a registry waits for what it names, is made once and runs', async () => {
    await flow('orders', { source: fromRegistry('1'), parameterContextRef: { name: 'orders' } });
    await told('orders', 'ReferenceMissing', /clientRef names the NiFiRegistryClient registry/u);
    await create(nifiRegistryClientType, 'registry', {
      spec: { clusterRef, type: 'NiFiRegistry', properties: { url: registry.url } },
    });
    await told('orders', 'ReferenceMissing', /parameterContextRef names the NiFiParameterContext orders/u);
    await create(nifiParameterContextType, 'orders', { spec: { clusterRef, parameters: { host: { value: 'one' } } } });
    await told('orders', 'Ready');
    const [group, ...more] = groups('orders');
    assert.deepEqual([group?.versionControl?.version, more.length], ['1', 0]);
    assert.equal(group?.parameterContextId, nifi().context('orders').id);
    assert.equal(nifi().processor('make', 'orders').scheduled, 'RUNNING');
    const status = (await get('orders'))?.status;
    assert.deepEqual([status?.id, status?.observedVersion, status?.counts?.running], [group?.id, '1', 2]);
  });

  test('a flow out of a ConfigMap is made, and replaced when the ConfigMap changes', async () => {
    const put = (size: string) =>
      lab.client.apply(
        configMaps,
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'invoices', namespace },
          data: { 'flow.json': JSON.stringify({ flowContents: flowContents(size) }) },
        },
        { fieldManager: 'lab', force: true },
      );
    await flow('invoices', {
      source: { definition: { configMapKeyRef: { name: 'invoices', key: 'flow.json' } } },
      parameterContextRef: { name: 'orders' },
      position: { posX: 400, posY: 0 },
    });
    await told('invoices', 'ReferenceMissing');
    await put('1B');
    await told('invoices', 'Ready');
    const [group] = groups('invoices');
    await put('2B');
    await until('the contents are others', () => nifi().processor('make', 'invoices').properties['File Size'] === '2B');
    await told('invoices', 'Ready');
    assert.deepEqual(
      groups('invoices').map(({ id }) => id),
      [group?.id],
    );
  });

  test('another version comes in place, and every queued flow file stays', async () => {
    const between = nifi().connection('between', 'orders');
    nifi().fill(between, 5);
    const [group] = groups('orders');
    await patch('orders', { source: fromRegistry('2') });
    await until('it is at version 2', () => groups('orders')[0]?.versionControl?.version === '2');
    await told('orders', 'Ready');
    assert.deepEqual([groups('orders')[0]?.id, nifi().queued(nifi().connection('between', 'orders'))], [group?.id, 5]);
    const request = (await get('orders'))?.status?.lastRequest;
    assert.deepEqual([request?.type, request?.state, request?.version], ['Update', 'Succeeded', '2']);
  });

  test('what a person changes is taken back: a property, the run state, the name', async () => {
    nifi().setProperty(nifi().processor('make', 'orders'), 'File Size', '9B');
    await until('the property is as it was', () => nifi().processor('make', 'orders').properties['File Size'] === '2B');
    nifi().schedule(nifi().processor('take', 'orders'), 'STOPPED');
    await until('it runs again', () => nifi().processor('take', 'orders').scheduled === 'RUNNING');
    const [group] = groups('orders');
    assert.ok(group);
    nifi().changeGroup(group, { name: 'mine' });
    await until('it has its name', () => groups('orders').length === 1);
    await told('orders', 'Ready');
  });

  test('nothing is written while nothing changes, also after a restart of the operator', async () => {
    await operator.stop();
    operator = await startOperator();
    const versions = async () =>
      Promise.all(['orders', 'invoices'].map(async (name) => (await get(name))?.metadata.resourceVersion));
    const [before, since] = [await versions(), new Date()];
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    assert.deepEqual(await versions(), before);
    const writes = lab.nifi.log.list(
      (call) => call.at >= since && call.method !== 'GET' && /process-groups|versions|snippets/u.test(call.path),
    );
    assert.deepEqual(writes, []);
  });

  test('what is deleted in any order leaves nothing in NiFi', async () => {
    await lab.client.delete(nifiRegistryClientType, key('registry'));
    await lab.client.delete(nifiParameterContextType, key('orders'));
    await lab.client.delete(nifiDataflowType, key('orders'));
    await told('orders', 'Draining', /drop-queues/u);
    await lab.client.delete(nifiDataflowType, key('invoices'));
    await gone(nifiDataflowType, 'invoices');
    const annotations = { 'nifi.datadynamics.io/drop-queues': 'true' };
    await lab.client.patch(nifiDataflowType, key('orders'), { metadata: { annotations } });
    await gone(nifiDataflowType, 'orders');
    await gone(nifiRegistryClientType, 'registry');
    await gone(nifiParameterContextType, 'orders');
    const { groups: left, rootGroupId, parameterContexts, registryClients } = nifi().state;
    assert.deepEqual([...left.keys()], [rootGroupId]);
    assert.deepEqual([parameterContexts.size, registryClients.size], [0, 0]);
  });
});
