// A NiFiFlow over a model API server: what it makes, once; what it follows; what it leaves alone; what it says.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import { nifiRegistryClientType } from '../../api/v1/nifiregistryclient.ts';
import { nifiFlowType } from '../../api/v1alpha1/nififlow.ts';
import type { DefaultedNiFiFlow } from '../../api/v1alpha1/zz_generated.nififlow.ts';
import { WriteTracker } from '../../pkg/kube/consistency.ts';
import { ModelApi } from '../../pkg/kube/testing/model-api.ts';
import type { KubeObject, ResourceType } from '../../pkg/kube/types.ts';
import { NiFiFlowReconciler } from './reconcile.ts';

const key = { namespace: 'data', name: 'orders' };
const spec: DefaultedNiFiFlow['spec'] = {
  clusterRef: { name: 'prod' },
  registryUrl: 'http://registry:18080',
  bucketId: 'sales',
  flowId: 'orders',
  flowVersion: 3,
  processGroupId: 'root',
  autoStart: true,
};

async function aFlow(more: Partial<DefaultedNiFiFlow['spec']> = {}) {
  const api = new ModelApi();
  const object: DefaultedNiFiFlow = {
    apiVersion: 'datadynamics.io/v1alpha1',
    kind: 'NiFiFlow',
    metadata: { ...key, generation: 1 },
    spec: { ...spec, ...more },
  };
  await api.create(nifiFlowType, object);
  const read = <T extends KubeObject>(type: ResourceType<T>): T | undefined => api.peek(type, key);
  const told: string[] = [];
  const reconciler = new NiFiFlowReconciler({
    client: api,
    flows: { get: () => read(nifiFlowType) },
    clients: { get: () => read(nifiRegistryClientType) },
    dataflows: { get: () => read(nifiDataflowType) },
    tracker: new WriteTracker(() => undefined),
    recorder: { event: ({ reason }) => told.push(reason) },
  });
  let monotonicMs = 0;
  const writes = (): number =>
    api.calls.filter(({ verb }) => ['create', 'apply', 'patch', 'delete'].includes(verb)).length;
  return {
    api,
    told,
    read,
    writes,
    reconcile: () => reconciler.reconcile(key, { now: new Date(1_000), monotonicMs: (monotonicMs += 5_000) }),
    say: (type: ResourceType, status: 'True' | 'False', reason: string, more: object = {}) => {
      const condition = {
        type: 'Ready',
        status,
        reason,
        message: 'so it is',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      };
      const stall = { ...condition, type: 'Stalled', status: 'True' };
      const conditions = status === 'True' || reason === 'Applying' ? [condition] : [condition, stall];
      const { generation } = read(type)?.metadata ?? {};
      const observed = generation === undefined ? {} : { observedGeneration: generation };
      api.play(type, key, { status: { ...observed, conditions, ...more } });
    },
  };
}

describe('A NiFiFlow', () => {
  test('is made of a registry client and a dataflow that belong to it, and then nothing is written any more', async () => {
    const flow = await aFlow();
    await flow.reconcile();
    const [client, dataflow] = [flow.read(nifiRegistryClientType), flow.read(nifiDataflowType)];
    const properties = { url: 'http://registry:18080' };
    assert.deepEqual(client?.spec, { clusterRef: { name: 'prod' }, type: 'NiFiRegistry', properties });
    const registry = { clientRef: { name: 'orders' }, bucket: 'sales', flow: 'orders', version: '3' };
    assert.deepEqual(dataflow?.spec, { clusterRef: { name: 'prod' }, source: { registry }, state: 'Running' });
    const owner = { apiVersion: 'datadynamics.io/v1alpha1', kind: 'NiFiFlow', name: 'orders', controller: true };
    const { uid } = flow.read(nifiFlowType)?.metadata ?? {};
    for (const child of [client, dataflow]) assert.deepEqual(child?.metadata.ownerReferences, [{ ...owner, uid }]);
    await flow.reconcile();
    const before = flow.writes();
    await flow.reconcile();
    await flow.reconcile();
    assert.equal(flow.writes(), before);
  });

  test('takes the newest version, another group and no start as its spec says', async () => {
    const { flowVersion: _, ...rest } = spec;
    const flow = await aFlow({ ...rest, processGroupId: '0a-1b', autoStart: false });
    flow.api.play(nifiFlowType, key, { spec: { flowVersion: null } });
    await flow.reconcile();
    const dataflow = flow.read(nifiDataflowType);
    assert.deepEqual(dataflow?.spec.source.registry?.latest, true);
    assert.equal(dataflow?.spec.source.registry?.version, undefined);
    assert.deepEqual([dataflow?.spec.parentProcessGroup, dataflow?.spec.state], [{ id: '0a-1b' }, 'Stopped']);
  });

  test('puts back what somebody changed of it, and leaves alone what it does not say', async () => {
    const flow = await aFlow();
    await flow.reconcile();
    flow.api.play(nifiDataflowType, key, { spec: { state: 'Stopped', sync: 'Once' } });
    await flow.reconcile();
    const dataflow = flow.read(nifiDataflowType);
    assert.deepEqual([dataflow?.spec.state, dataflow?.spec.sync], ['Running', 'Once']);
  });

  test('never writes an object of its name that belongs to somebody else, and says so', async () => {
    const flow = await aFlow();
    const theirs = { apiVersion: 'datadynamics.io/v1', kind: 'NiFiDataflow', metadata: key, spec: { mine: true } };
    await flow.api.create(nifiDataflowType, theirs as unknown as KubeObject as never);
    await flow.reconcile();
    assert.deepEqual(flow.read(nifiDataflowType)?.spec, { mine: true });
    const { conditions, phase } = flow.read(nifiFlowType)?.status ?? {};
    assert.deepEqual([conditions?.[0]?.reason, phase], ['NameConflict', 'Error']);
    assert.match(conditions?.[0]?.message ?? '', /NiFiDataflow orders does not belong to this NiFiFlow/);
  });

  test('that cannot be read is told as invalid', async () => {
    const flow = await aFlow({ flowId: 7 as unknown as string });
    await flow.reconcile();
    assert.match(
      flow.read(nifiFlowType)?.status?.conditions?.[0]?.message ?? '',
      /spec.flowId: Instance type "number" is invalid/,
    );
    assert.equal(flow.read(nifiDataflowType), undefined);
  });

  test('makes nothing while it is deleted', async () => {
    const flow = await aFlow();
    flow.api.lingers = () => true;
    flow.api.drop(nifiFlowType, key);
    await flow.reconcile();
    assert.equal(flow.read(nifiDataflowType), undefined);
    assert.equal(flow.read(nifiFlowType)?.status?.phase, 'Deleting');
  });
});

describe('What is told of a NiFiFlow', () => {
  test('is that its objects are being made, then what the registry client says, then what the dataflow says', async () => {
    const flow = await aFlow();
    const seen = (): readonly unknown[] => {
      const { phase, conditions, deployedProcessGroupId } = flow.read(nifiFlowType)?.status ?? {};
      const ready = conditions?.find(({ type }) => type === 'Ready');
      return [phase, ready?.status, ready?.reason, deployedProcessGroupId];
    };
    await flow.reconcile();
    await flow.reconcile();
    assert.deepEqual(seen(), ['Pending', 'False', 'Applying', undefined]);
    flow.say(nifiDataflowType, 'False', 'ReferenceNotReady');
    flow.say(nifiRegistryClientType, 'False', 'HostNotAllowed');
    await flow.reconcile();
    assert.deepEqual(seen(), ['Error', 'False', 'HostNotAllowed', undefined]);
    flow.say(nifiRegistryClientType, 'True', 'Ready');
    flow.say(nifiDataflowType, 'False', 'Applying', { id: 'g1' });
    await flow.reconcile();
    assert.deepEqual(seen(), ['Deploying', 'False', 'Applying', 'g1']);
    flow.say(nifiDataflowType, 'True', 'Ready', { id: 'g1', observedVersion: '3' });
    await flow.reconcile();
    assert.deepEqual(seen(), ['Running', 'True', 'Ready', 'g1']);
    assert.equal(flow.read(nifiFlowType)?.status?.deployedVersion, '3');
    assert.deepEqual(flow.told, ['HostNotAllowed', 'Ready']);
  });
});
