// A namespace's worth of clusters that make the operator use every right it has: one that lives a whole life, one whose
// image is mended, two whose names are taken by strangers, one with an issuer.
// What the operator is allowed is not this file's business: it acts as an administrator and waits for what must come.

import assert from 'node:assert/strict';
import { sensitiveKeySecretName, serviceAccountName } from '../../api/v1/labels.ts';
import { nifiClusterType } from '../../api/v1/nificluster.ts';
import { nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import { nifiParameterContextType } from '../../api/v1/nifiparametercontext.ts';
import { nifiRegistryClientType } from '../../api/v1/nifiregistryclient.ts';
import type { NiFiClusterSpec, NiFiClusterStatus } from '../../api/v1/zz_generated.nificluster.ts';
import {
  configMaps,
  networkPolicies,
  persistentVolumeClaims,
  podDisruptionBudgets,
  pods,
  resource,
  roleBindings,
  roles,
  secrets,
  serviceAccounts,
  services,
} from '../../pkg/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../pkg/kube/types.ts';
import { certificateType } from '../../pkg/pki/certmanager.ts';
import type { ClusterHandle, NamespaceHandle } from '../lab/cluster.ts';
import type { Lab } from '../lab/lab.ts';
import { until } from '../lab/until.ts';

/** The garbage collector learns of a new kind within 30 seconds. */
const patient = { timeoutMs: 180_000 };
const state = 'prod-nifi-component-11111111-2222-3333-4444-555555555555';

const base: NiFiClusterSpec = {
  version: '2.6.0',
  replicas: 2,
  node: {
    storage: [{ name: 'data', size: '1Gi' }],
    configFrom: [{ file: 'nifi.properties', secretRef: { name: 'tuning' } }],
  },
};

/** Resolves when all has come to pass that should; `space` is of that namespace, in which nothing is yet. */
export async function liveAndDie(lab: Lab, namespace: string, space: NamespaceHandle): Promise<void> {
  await stranger(lab, secrets, namespace, 'tuning', {
    stringData: { 'nifi.properties': 'nifi.bored.yield.duration=20 millis' },
  });
  await Promise.all([
    wholeLife(lab, space),
    mendedImage(lab, space),
    takenNames(lab, namespace, space),
    takenBinding(lab, namespace, space),
    withIssuer(lab, namespace, space),
  ]);
}

async function wholeLife(lab: Lab, space: NamespaceHandle): Promise<void> {
  const cluster = await space.create('prod', { ...base, listeners: [{ name: 'syslog', port: 5140, service: {} }] });
  await cluster.ready(patient);
  await registryClient(lab, cluster);
  await parameterContext(lab, cluster);
  await dataflow(lab, cluster);
  await cluster.patch({ spec: { replicas: 3, serviceAccount: { annotations: { 'example.com/team': 'data' } } } });
  await cluster.until('three nodes are ready', ({ status }) => status?.readyNodes === 3, patient);

  // One name more needs a new certificate and a restart; in a paused cluster a killed Pod comes back as it was.
  await cluster.patch({
    spec: {
      paused: true,
      proxyHosts: ['nifi.example.com'],
      node: { storage: [{ name: 'data', size: '2Gi' }] },
      listeners: null,
      networkPolicy: { enabled: false },
    },
  });
  await cluster.until('the restart waits', ({ status }) => status?.nodes?.[1]?.reason === 'Paused');
  const absent = async (type: ResourceType, name: string): Promise<boolean> =>
    (await lab.client.get(type, cluster.key(name))) === undefined;
  await until('the Service is gone that is asked for no more', async () => absent(services, 'prod-syslog'));
  await until('the policy is gone that is asked for no more', async () => absent(networkPolicies, 'prod'));
  await killed(lab, cluster, 1);
  await killed(lab, cluster, 1);
  await lab.kubelet.failPod(cluster.namespace, 'prod-0');
  await cluster.until('node 0 is back', ({ status }) => status?.readyNodes === 3, patient);

  // Going on, every node is restarted, one after another; then the highest leaves with its volume.
  await cluster.patch({ spec: { paused: false } });
  await cluster.until('all are restarted', ({ status }) => isUpdated(status), patient);
  await cluster.patch({ spec: { replicas: 2 } });
  await until('the record of node 2 is gone', async () => absent(configMaps, 'prod-2'), patient);
  assert.equal(await absent(persistentVolumeClaims, 'data-prod-2'), true);

  await stranger(lab, configMaps, cluster.namespace, state, {});
  await lab.client.delete(nifiClusterType, cluster.key('prod'));
  await until('its Pods are gone', async () => (await cluster.list(pods)).length === 0, patient);
  for (const { metadata } of await cluster.list(persistentVolumeClaims))
    await lab.client.delete(persistentVolumeClaims, cluster.key(metadata.name));
  await until('its key is gone', async () => absent(secrets, sensitiveKeySecretName('prod')), patient);
  await until('the state that NiFi kept is gone', async () => absent(configMaps, state), patient);
}

/** Made with a value out of a Secret, and deleted again: the finalizer, the status and the digests are written. */
async function registryClient(lab: Lab, cluster: ClusterHandle): Promise<void> {
  const { namespace } = cluster;
  await stranger(lab, secrets, namespace, 'git', { stringData: { token: 'x' } });
  await lab.client.create(nifiRegistryClientType, {
    apiVersion: 'datadynamics.io/v1',
    kind: 'NiFiRegistryClient',
    metadata: { name: 'git', namespace },
    spec: {
      clusterRef: { name: cluster.name },
      type: 'GitLab',
      properties: { 'Repository Namespace': 'example', 'Repository Name': 'flows' },
      secretProperties: { 'Access Token': { name: 'git', key: 'token' } },
    },
  });
  const get = () => lab.client.get(nifiRegistryClientType, cluster.key('git'));
  const isReady = async () => (await get())?.status?.conditions?.some(({ reason }) => reason === 'Ready');
  await until('the registry client is ready', isReady, { describe: get });
  await lab.client.delete(nifiRegistryClientType, cluster.key('git'));
  await until('the registry client is gone', async () => (await get()) === undefined, { describe: get });
}

/** The same for a parameter context, with every key of that Secret. */
async function parameterContext(lab: Lab, cluster: ClusterHandle): Promise<void> {
  const { namespace } = cluster;
  await lab.client.create(nifiParameterContextType, {
    apiVersion: 'datadynamics.io/v1',
    kind: 'NiFiParameterContext',
    metadata: { name: 'jobs', namespace },
    spec: { clusterRef: { name: cluster.name }, secretRefs: [{ name: 'git' }], adopt: false, deletionPolicy: 'Delete' },
  });
  const get = () => lab.client.get(nifiParameterContextType, cluster.key('jobs'));
  const isReady = async () => (await get())?.status?.conditions?.some(({ reason }) => reason === 'Ready');
  await until('the parameter context is ready', isReady, { describe: get });
  await lab.client.delete(nifiParameterContextType, cluster.key('jobs'));
  await until('the parameter context is gone', async () => (await get()) === undefined, { describe: get });
}

/** The same for a dataflow out of a definition, with where it is in an annotation. */
async function dataflow(lab: Lab, cluster: ClusterHandle): Promise<void> {
  const { namespace } = cluster;
  const inline = JSON.stringify({ flowContents: { identifier: 'empty', name: 'empty', comments: '' } });
  await lab.client.create(nifiDataflowType, {
    apiVersion: 'datadynamics.io/v1',
    kind: 'NiFiDataflow',
    metadata: { name: 'empty', namespace },
    spec: {
      clusterRef: { name: cluster.name },
      source: { definition: { inline } },
      state: 'Running',
      sync: 'Always',
      updateStrategy: 'InPlace',
      skipInvalidComponents: false,
      deletionPolicy: 'DrainThenDelete',
    },
  });
  const get = () => lab.client.get(nifiDataflowType, cluster.key('empty'));
  const isReady = async () => (await get())?.status?.conditions?.some(({ reason }) => reason === 'Ready');
  await until('the dataflow is ready', isReady, { describe: get });
  await lab.client.delete(nifiDataflowType, cluster.key('empty'));
  await until('the dataflow is gone', async () => (await get()) === undefined, { describe: get });
}

function isUpdated(status: NiFiClusterStatus | undefined): boolean {
  const nodes = status?.nodes ?? [];
  return status?.readyNodes === nodes.length && nodes.every(({ updated }) => updated === true);
}

async function killed(lab: Lab, cluster: ClusterHandle, id: number): Promise<void> {
  const before = (await cluster.pod(id))?.metadata.uid;
  await lab.client.delete(pods, cluster.key(`${cluster.name}-${id}`));
  await until(`node ${id} has another Pod`, async () => {
    const uid = (await cluster.pod(id))?.metadata.uid;
    return uid !== undefined && uid !== before;
  });
}

async function mendedImage(lab: Lab, space: NamespaceHandle): Promise<void> {
  const release = lab.kubelet.failImage((image) => image.includes('broken'));
  const cluster = await space.create('mended', { ...base, replicas: 1, image: 'registry.example.com/broken' });
  await cluster.until('the image fails', ({ status }) => status?.nodes?.[0]?.reason === 'ImagePullFailed');
  await cluster.patch({ spec: { image: 'apache/nifi' } });
  await cluster.ready(patient);
  release();
}

async function takenNames(lab: Lab, namespace: string, space: NamespaceHandle): Promise<void> {
  const container = { name: 'stranger', image: 'example.com/stranger' };
  const account = { automountServiceAccountToken: false };
  await stranger(lab, serviceAccounts, namespace, serviceAccountName('taken'), account);
  await stranger(lab, secrets, namespace, 'taken-ca', {});
  await strangersOfSharedKinds(lab, namespace);
  await stranger(lab, pods, namespace, 'taken-1', { spec: { schedulerName: 'nobody', containers: [container] } });
  await stranger(lab, persistentVolumeClaims, namespace, 'data-taken-0', {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
  const cluster = await space.create('taken', base);
  await cluster.until('every conflict is told', ({ status }) =>
    (status?.nodes ?? []).every(({ reason }) => reason === 'NameConflict'),
  );
}

/** Each of a kind that the operator applies, under the name that the cluster `taken` needs. */
async function strangersOfSharedKinds(lab: Lab, namespace: string): Promise<void> {
  const nobody = { matchLabels: { nobody: 'yes' } };
  await stranger(lab, services, namespace, 'taken', { spec: { ports: [{ port: 80 }] } });
  await stranger(lab, networkPolicies, namespace, 'taken', { spec: { podSelector: nobody } });
  await stranger(lab, podDisruptionBudgets, namespace, 'taken', { spec: { maxUnavailable: 1, selector: nobody } });
  await stranger(lab, roles, namespace, 'taken-nodes', { rules: [] });
}

/** A Role is bound only once it is there: a cluster of its own shows who has the name of the binding. */
async function takenBinding(lab: Lab, namespace: string, space: NamespaceHandle): Promise<void> {
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'unbound-nodes' };
  await stranger(lab, roleBindings, namespace, 'unbound-nodes', { roleRef });
  const cluster = await space.create('unbound', { ...base, replicas: 1 });
  await cluster.until('the conflict is told', ({ status }) =>
    (status?.conditions ?? []).some(({ reason }) => reason === 'NameConflict'),
  );
}

async function withIssuer(lab: Lab, namespace: string, space: NamespaceHandle): Promise<void> {
  const issuerRef = { name: 'somebody' };
  await stranger(lab, certificateType, namespace, 'issued-1-tls', { spec: { secretName: 'theirs', issuerRef } });
  const tls = { issuerRef: { name: 'ca', kind: 'Issuer' } } as const;
  const cluster = await space.create('issued', { ...base, replicas: 3, tls });
  const certificates = async (): Promise<number> => (await cluster.list(certificateType)).length;
  await until(
    'certificates are asked for, but for the one whose name is taken',
    async () => (await certificates()) === 3,
    patient,
  );
  await cluster.patch({ spec: { replicas: 2 } });
  await until('that of the node that left is gone', async () => (await certificates()) === 2, patient);
}

/** Creates an object that no cluster owns. */
async function stranger(
  lab: Lab,
  { apiVersion, kind, plural, namespaced }: ResourceType,
  namespace: string,
  name: string,
  fields: object,
): Promise<void> {
  const object = { apiVersion, kind, metadata: { name, namespace }, ...fields } as KubeObject;
  await lab.client.create(resource(apiVersion, kind, plural, namespaced), object);
}
