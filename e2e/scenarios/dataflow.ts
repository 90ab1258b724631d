// Flows of a team, from a registry into NiFi: a registry client, a parameter context with a value out of a Secret, and a dataflow that follows
// version 1 and then version 2, with a flow file in every queue. Then a person deletes them, and nothing of them is left in NiFi.

import assert from 'node:assert/strict';
import { flowContents } from '../nifi/flow/flow-scene.ts';
import { BRIDGE } from '../node/places.ts';
import { PlayedRegistry } from '../registry/server.ts';
import { aCluster } from './lib/cluster.ts';
import { wholeFlow } from './lib/flow-contents.ts';
import { type Stage, scenario } from './lib/stage.ts';

const clusterRef = { name: 'prod' };

export const dataflow = scenario(
  'a dataflow comes from a registry, changes its version in place, and leaves nothing behind',
  'beside',
  async (stage) => {
    await aCluster(stage, 'prod', { replicas: 2 });
    const registry = await PlayedRegistry.start({ host: BRIDGE.address });
    try {
      await followVersions(stage, registry);
    } finally {
      await registry.stop();
    }
  },
  // Pods reach the registry of the run on a node of the run's own only, as its API server is.
  ['restartApiServer'],
);

async function followVersions(stage: Stage, registry: PlayedRegistry): Promise<void> {
  const { store } = registry;
  const bucket = store.createBucket('team').identifier;
  const flow = store.createFlow(bucket, 'orders').identifier;
  for (const size of ['1B', '2B']) {
    const contents = stage.world === undefined ? wholeFlow(size, stage.nifi.version) : flowContents(size);
    store.createVersion(bucket, flow, { flowContents: contents, parameterContexts: {} });
  }
  await apply(stage, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'orders' },
    stringData: { password: 'a-word-that-nobody-may-log' },
  });
  await apply(stage, of('NiFiRegistryClient', 'team', { type: 'NiFiRegistry', properties: { url: registry.url } }));
  await apply(
    stage,
    of('NiFiParameterContext', 'orders', {
      parameters: { host: { value: 'orders.example.com' } },
      sensitiveParameters: { password: { name: 'orders', key: 'password' } },
    }),
  );
  await apply(stage, dataflowAt('1'));
  for (const object of ['nifiregistryclient/team', 'nifiparametercontext/orders', 'nifidataflow/orders'])
    await isReady(stage, object);

  const nifi = stage.world?.flow(`${stage.namespace}/prod`);
  const queue = nifi?.connection('between', 'orders');
  if (nifi !== undefined && queue !== undefined) nifi.fill(queue, 5);
  await apply(stage, dataflowAt('2'));
  await stage.kubectl('wait', '--timeout=180s', '--for=jsonpath={.status.observedVersion}=2', 'nifidataflow/orders');
  await isReady(stage, 'nifidataflow/orders');
  if (nifi !== undefined && queue !== undefined) assert.equal(nifi.queued(queue), 10);

  await stage.kubectl('annotate', 'nifidataflow/orders', 'nifi.datadynamics.io/drop-queues=true');
  await stage.kubectl(
    'delete',
    '--timeout=90s',
    'nifidataflow/orders',
    'nifiparametercontext/orders',
    'nifiregistryclient/team',
  );
  if (nifi !== undefined)
    assert.deepEqual([nifi.state.parameterContexts.size, nifi.state.registryClients.size], [0, 0]);
}

function dataflowAt(version: string): object {
  const source = { registry: { clientRef: { name: 'team' }, bucket: 'team', flow: 'orders', version } };
  return of('NiFiDataflow', 'orders', { source, parameterContextRef: { name: 'orders' } });
}

function of(kind: string, name: string, spec: object): object {
  return { apiVersion: 'datadynamics.io/v1', kind, metadata: { name }, spec: { clusterRef, ...spec } };
}

async function apply(stage: Stage, object: object): Promise<void> {
  await stage.shell(`kubectl apply --namespace ${stage.namespace} --filename -`, { input: JSON.stringify(object) });
}

async function isReady(stage: Stage, object: string): Promise<void> {
  await stage.kubectl('wait', '--timeout=180s', '--for=condition=Ready', object);
}
