// Bad input for a whole cluster: what admission refuses while the cluster runs, fields that have no part yet, things that
// the Kubernetes cluster lacks, and settings that go there and back. The nodes that run notice nothing of any of it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { annotations } from '../../api/v1/labels.ts';
import { nifiClusterType } from '../../api/v1/nificluster.ts';
import type { DefaultedNiFiCluster, NiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import { aNamespace } from '../../e2e/lab/cluster.ts';
import { persistentVolumeClaims, pods, storageClasses } from '../../pkg/kube/resources.ts';
import { patient, refused, type Stage, specOf, startStage, told, undisturbed } from './bad-input.fixture.ts';

/** Patches of a cluster with `replicas` and a volume `data` of 10Gi, and the words of their refusal. */
const refusals: readonly (readonly [what: string, spec: object, says: RegExp])[] = [
  ['an id twice', { nodes: [{ id: 1 }, { id: 1 }] }, /spec\.nodes\[1\]: Duplicate value/],
  ['a negative id', { nodes: [{ id: -1 }] }, /spec\.nodes\[0\]\.id.*greater than or equal to 0/],
  ['an unknown group', { nodes: [{ id: 0, group: 'light' }] }, /a group that nodeGroups does not have/],
  [
    'an unknown file',
    { node: { config: { files: { 'x.properties': 'a=b' } } } },
    /logback\.xml and zookeeper\.properties only/,
  ],
  [
    'an unknown source file',
    { node: { configFrom: [{ file: 'x.properties', secretRef: { name: 'x' } }] } },
    /configFrom\[0\]\.file: Unsupported value/,
  ],
  ['a version that is none', { version: 'latest' }, /version must be/],
  ['an image that is none', { image: 'Not An Image' }, /image must be/],
  [
    'a heap above the limit',
    { node: { jvm: { heap: '3g' }, resources: { limits: { memory: '2Gi' } } } },
    /jvm\.heap must be below resources\.limits\.memory/,
  ],
  ['a smaller volume', { node: { storage: [{ name: 'data', size: '1Gi' }] } }, /size may not shrink/],
  [
    'a property of the operator',
    { node: { config: { nifiProperties: { 'nifi.web.https.port': '1' } } } },
    /nifiProperties may not set nifi\.web\.https\.port/,
  ],
];

/** Settings that go to another value and back; what a node runs must not depend on the way. */
const leaves: readonly (readonly [field: string, there: object])[] = [
  ['jvm.heap', { node: { jvm: { heap: '768m' } } }],
  ['jvm.args', { node: { jvm: { args: ['-Dx=y'] } } }],
  ['resources', { node: { resources: { requests: { cpu: '2' }, limits: { memory: '3Gi' } } } }],
  ['nifiProperties', { node: { config: { nifiProperties: { 'nifi.queue.swap.threshold': '1' } } } }],
  ['bootstrapConf', { node: { config: { bootstrapConf: { 'java.arg.tz': '-Duser.timezone=UTC' } } } }],
  ['files', { node: { config: { files: { 'logback.xml': '<configuration/>' } } } }],
  ['env', { node: { env: [{ name: 'TZ', value: 'UTC' }] } }],
  ['podTemplate', { node: { podTemplate: { spec: { nodeSelector: { disk: 'fast' } } } } }],
  ['nodes', { nodes: [{ id: 0, node: { jvm: { heap: '600m' } } }] }],
  ['image', { image: 'example.com/nifi' }],
  ['version', { version: '2.7.0' }],
  ['imagePullSecrets', { imagePullSecrets: [{ name: 'pull' }] }],
  ['listeners', { listeners: [{ name: 'http', port: 9090, service: {} }] }],
  ['proxyHosts', { proxyHosts: ['nifi.example.com'] }],
  ['service', { service: { annotations: { a: 'b' } } }],
  ['networkPolicy', { networkPolicy: { enabled: false } }],
  ['maxTimerDrivenThreadCount', { maxTimerDrivenThreadCount: 20 }],
  ['volumeRetention', { volumeRetention: { whenDeleted: 'Delete' } }],
  ['paused', { paused: true }],
  ['monitoring', { monitoring: { enabled: true } }],
];

describe('bad input for a whole cluster', { concurrency: 5 }, () => {
  let stage: Stage;

  before(async () => {
    stage = await startStage();
  });
  after(() => stage.stop());

  test('what admission refuses names the field, and the cluster stays Ready', async () => {
    const cluster = await stage.cluster('refused');
    await cluster.ready(patient);
    await undisturbed(stage.lab, cluster, [0], async () => {
      for (const [what, spec, says] of refusals) assert.match(await refused(cluster.patch({ spec })), says, what);
      await cluster.ready();
    });
  });

  test('settings that go there and back in a paused rollout end where they began, with nothing restarted', async () => {
    const cluster = await stage.cluster('there-and-back', { rollout: { paused: true } });
    const { spec } = await cluster.ready(patient);
    await undisturbed(stage.lab, cluster, [0], async () => {
      for (const [field, there] of leaves) {
        await cluster.patch({ spec: there });
        await cluster.until(`${field} was seen`, isObserved, patient);
        // PUT: what the patch added must go, and a merge patch would have to name it.
        const now = await cluster.get();
        const path = `/apis/datadynamics.io/v1/namespaces/${cluster.namespace}/nificlusters/prod`;
        await stage.lab.client.raw('PUT', path, { body: { ...now, spec } });
        await cluster.ready({ ...patient, describe: () => field });
      }
    });
    assert.equal((await cluster.get()).status?.nodes?.[0]?.updated, true);
  });

  test('there and back before anybody looked restarts nothing', async () => {
    const cluster = await stage.cluster('at-once');
    await cluster.ready(patient);
    await undisturbed(stage.lab, cluster, [0], async () => {
      await Promise.all([
        cluster.patch({ spec: { node: { jvm: { heap: '768m' } } } }),
        cluster.patch({ spec: { node: { jvm: { heap: '900m' } } } }),
      ]);
      await cluster.patch({ spec: { node: { jvm: null } } });
      await cluster.ready();
    });
  });

  test('annotations are read although the generation stays: a misunderstood one is told, and forgotten when it is gone', async () => {
    const cluster = await stage.cluster('annotated');
    const { metadata } = await cluster.ready(patient);
    const annotate = (text: string | null) =>
      cluster.patch({ metadata: { annotations: { [annotations.rebuild]: text } } });
    const is = (object: DefaultedNiFiCluster, type: string) =>
      object.status?.conditions?.find((condition) => condition.type === type);
    await undisturbed(stage.lab, cluster, [0], async () => {
      await annotate('zero');
      const now = await cluster.until(
        'it is told',
        (object) => is(object, 'SpecAccepted')?.reason === 'InvalidAnnotation',
        patient,
      );
      assert.match(is(now, 'SpecAccepted')?.message ?? '', /rebuild cannot be understood: "zero": give <id>/);
      assert.deepEqual([now.metadata.generation, is(now, 'Ready')?.status], [metadata.generation, 'True']);
      await annotate(null);
      await cluster.until('it is forgotten', (object) => is(object, 'SpecAccepted')?.status === 'True', patient);
    });
  });

  test('an issuer without cert-manager is told', async () => {
    const cluster = await stage.cluster('issuer', { tls: { issuerRef: { name: 'ca', kind: 'ClusterIssuer' } } });
    const message = await told(cluster, 'IssuerUnavailable');
    assert.match(message, /cert-manager/);
    const { status } = await cluster.get();
    assert.equal(status?.conditions?.find(({ type }) => type === 'CertificatesValid')?.reason, 'IssuerUnavailable');
  });

  test('a volume that its class does not let grow is told, and grows as soon as the class lets it', async () => {
    const storage = (size: string): NiFiClusterSpec['node'] => ({
      storage: [{ name: 'data', size, storageClassName: 'fixed' }],
    });
    const cluster = await stage.cluster('fixed', { node: storage('1Gi') as NonNullable<NiFiClusterSpec['node']> });
    await cluster.ready(patient);
    await undisturbed(stage.lab, cluster, [0], async () => {
      await cluster.patch({ spec: { node: storage('2Gi') } });
      assert.match(
        await told(cluster, 'VolumeClassRefused', 0),
        /PersistentVolumeClaim data-prod-0 cannot grow.*set allowVolumeExpansion on its StorageClass/s,
      );
      await stage.lab.client.patch(storageClasses, { namespace: '', name: 'fixed' }, { allowVolumeExpansion: true });
      await cluster.ready(patient);
      const claim = await stage.lab.client.get(persistentVolumeClaims, cluster.key('data-prod-0'));
      assert.equal(claim?.spec?.resources?.requests?.['storage'], '2Gi');
    });
  });

  test('the longest names and the highest id come up, and longer ones are refused', async () => {
    const inNamespace = await aNamespace(stage.lab, 'n'.repeat(63));
    assert.match(await refused(inNamespace.create('c'.repeat(53), specOf({}))), /metadata\.name must be at most 52/);
    const cluster = await inNamespace.create('c'.repeat(52), specOf({ nodeIds: [999] }));
    const { status } = await cluster.ready(patient);
    assert.deepEqual(
      status?.nodes?.map(({ id, state }) => [id, state]),
      [[999, 'CONNECTED']],
    );
  });

  test('members by their ids come up as those ids, and another one may join between them', async () => {
    const cluster = await stage.cluster('ids', { nodeIds: [2, 7] });
    const { status } = await cluster.ready(patient);
    assert.deepEqual(
      status?.nodes?.map(({ pod, state }) => [pod, state]),
      [
        ['prod-2', 'CONNECTED'],
        ['prod-7', 'CONNECTED'],
      ],
    );
    await undisturbed(stage.lab, cluster, [2, 7], async () => {
      await cluster.patch({ spec: { nodeIds: [2, 5, 7] } });
      await cluster.ready(patient);
    });
  });

  for (const [what, spec] of [
    ['zookeeper', { clusterManager: 'ZooKeeper', zookeeper: { connectString: 'zk-0.zk:2181' }, replicas: 2 }],
    ['http', { transport: 'InsecureHTTP', replicas: 2 }],
  ] as const satisfies readonly (readonly [string, Partial<NiFiClusterSpec>])[]) {
    test(`a cluster with ${what} comes up`, async () => {
      const cluster = await stage.cluster(`with-${what}`, spec);
      const { status } = await cluster.ready(patient);
      assert.deepEqual(
        status?.nodes?.map(({ state }) => state),
        ['CONNECTED', 'CONNECTED'],
      );
      assert.match(status?.url ?? '', what === 'http' ? /^http:/ : /^https:/);
      assert.ok((await cluster.list(pods)).every(({ metadata }) => metadata.annotations?.[annotations.revision]));
      assert.equal((await stage.lab.client.get(nifiClusterType, cluster.key('prod')))?.status?.readyNodes, 2);
    });
  }
});

function isObserved({ metadata, status }: DefaultedNiFiCluster): boolean {
  return status?.observedGeneration === metadata.generation;
}
