// Objects in the way of a cluster: a name that somebody else has, a field that somebody else sets, a Pod that a policy
// refuses. What is not ours is left as it is, the words say which object it is, and the operator does not run in circles.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { aNamespace, type ClusterHandle, clusterHandle } from '../../e2e/lab/cluster.ts';
import { countRequests } from '../../e2e/lab/counting.ts';
import {
  configMaps,
  namespaces,
  networkPolicies,
  persistentVolumeClaims,
  podDisruptionBudgets,
  pods,
  roles,
  secrets,
  serviceAccounts,
  services,
} from '../../pkg/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../pkg/kube/types.ts';
import { patient, type Stage, specOf, startStage, told, undisturbed } from './bad-input.fixture.ts';

interface Foreign {
  readonly type: ResourceType;
  readonly name: string;
  readonly body: object;
  /** The node it is in the way of. */
  readonly node?: number;
}

const container = { name: 'web', image: 'example.com/web' };
const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };

/** For clusters that come up with the object in their way. */
const foreign: readonly Foreign[] = [
  { type: services, name: 'prod', body: { spec: { ports: [{ port: 80 }], selector: { app: 'web' } } } },
  { type: services, name: 'prod-nodes', body: { spec: { clusterIP: 'None', ports: [{ port: 80 }] } } },
  { type: serviceAccounts, name: 'prod-nodes', body: {} },
  { type: roles, name: 'prod-nodes', body: { rules: [] } },
  {
    type: podDisruptionBudgets,
    name: 'prod',
    body: { spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } } } },
  },
  { type: networkPolicies, name: 'prod', body: { spec: { podSelector: { matchLabels: { app: 'web' } } } } },
  { type: configMaps, name: 'prod-start', body: { data: { mine: 'x' } } },
  { type: secrets, name: 'prod-ca', body: { data: {} } },
  { type: secrets, name: 'prod-sensitive-key', body: { data: {} } },
  { type: secrets, name: 'prod-0-tls', body: { data: {} }, node: 0 },
  { type: configMaps, name: 'prod-0', body: { data: { mine: 'x' } }, node: 0 },
  { type: pods, name: 'prod-0', body: { spec: { containers: [container] } }, node: 0 },
  { type: persistentVolumeClaims, name: 'data-prod-0', body: { spec: claim }, node: 0 },
];

describe('objects in the way of a cluster', { concurrency: 6 }, () => {
  let stage: Stage;

  before(async () => {
    stage = await startStage();
  });
  after(() => stage.stop());

  for (const [index, { type, name, body, node }] of foreign.entries()) {
    test(`a ${type.kind} ${name} of somebody else is told and left alone, and when it goes the cluster comes up`, async () => {
      const { client } = stage.lab;
      const namespace = `foreign-${index}`;
      const inNamespace = await aNamespace(stage.lab, namespace);
      const object = { apiVersion: type.apiVersion, kind: type.kind, metadata: { name, namespace }, ...body };
      await client.create(type, object);
      const cluster = await inNamespace.create('prod', specOf({}));
      const message = await told(cluster, 'NameConflict', node);
      assert.match(message, new RegExp(`${type.kind} ${name} .*remove or rename it`));
      const live = await client.get(type, cluster.key(name));
      assert.deepEqual([live?.metadata.labels, live?.metadata.ownerReferences], [undefined, undefined]);
      await client.delete(type, cluster.key(name));
      await cluster.ready(patient);
    });
  }

  test('a field that somebody else sets is told with his name and not fought for, and given up it is ours again', async () => {
    const { client } = stage.lab;
    const cluster = await stage.cluster('field');
    await cluster.ready(patient);
    const header = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'prod', namespace: cluster.namespace } };
    const since = new Date();
    await undisturbed(stage.lab, cluster, [0], async () => {
      const theirs = { ...header, spec: { sessionAffinity: 'None', sessionAffinityConfig: null } };
      await client.apply<KubeObject>(services, theirs, { fieldManager: 'somebody', force: true });
      assert.match(await told(cluster, 'FieldConflict'), /Service prod .*somebody.*sessionAffinity/s);
      await sleep(10_000);
      const { entries } = await countRequests(stage.lab, { since, namespace: cluster.namespace });
      const tries = entries.filter(({ objectRef, verb }) => objectRef.resource === 'services' && verb === 'patch');
      assert.ok(tries.length <= 3, `${tries.length} tries in ten seconds`);
      await client.apply(services, header, { fieldManager: 'somebody', force: true });
      await cluster.ready(patient);
    });
  });

  /** A namespace that takes only Pods of the profile `restricted`. */
  const restricted = async (name: string): Promise<ClusterHandle> => {
    const metadata = { name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } };
    await stage.lab.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata });
    return clusterHandle(stage.lab, name, 'prod').again(specOf({}));
  };

  test('the Pods of the operator pass `restricted`; one with a template that breaks it is refused visibly and without a loop', async () => {
    const cluster = await restricted('restricted');
    await cluster.ready(patient);
    const since = new Date();
    const sidecar = { ...container, securityContext: { privileged: true } };
    await undisturbed(stage.lab, cluster, [0], async () => {
      const node = { podTemplate: { spec: { containers: [sidecar] } } };
      await cluster.patch({ spec: { replicas: 2, nodes: [{ id: 1, node }] } });
      const message = await told(cluster, 'PodRefused', 1);
      assert.match(message, /node 1.*violates PodSecurity "restricted:latest": privileged \(container "web"/);
      await sleep(12_000);
      const { entries } = await countRequests(stage.lab, { since, namespace: cluster.namespace });
      const tries = entries.filter(({ objectRef, verb }) => objectRef.resource === 'pods' && verb === 'create');
      assert.ok(tries.length <= 4, `${tries.length} tries in twelve seconds`);
      await cluster.patch({ spec: { nodes: null } });
      await cluster.ready(patient);
    });
    assert.equal((await cluster.get()).status?.readyNodes, 2);
  });
});
