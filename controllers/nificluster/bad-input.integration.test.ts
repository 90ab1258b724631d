// Settings of one node that cannot be carried out, on a real API server. A cluster runs; its second node is asked for
// with something bad. The condition says what and where, the first node is not touched, and mending is all it takes.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ClusterHandle } from '../../e2e/lab/cluster.ts';
import type { Lab } from '../../e2e/lab/lab.ts';
import { resource, storageClasses } from '../../pkg/kube/resources.ts';
import { patient, putConfigMap, putSecret, type Stage, startStage, told, undisturbed } from './bad-input.fixture.ts';

const quotas = resource('v1', 'ResourceQuota', 'resourcequotas');

interface BadNode {
  readonly what: string;
  /** Before the second node is asked for. */
  readonly prepare?: (lab: Lab, cluster: ClusterHandle) => Promise<unknown>;
  /** The second node's own settings, or a patch of the spec. */
  readonly node?: object;
  readonly spec?: object;
  readonly reason: string;
  readonly says: readonly RegExp[];
  /** Default: the settings are taken out again. */
  readonly mend?: (lab: Lab, cluster: ClusterHandle) => Promise<unknown>;
}

const lastWords = 'Unable to start: a property is not a number';

const cases: readonly BadNode[] = [
  {
    what: 'a heap above the memory limit that only the merge shows',
    spec: {
      nodeGroups: [{ name: 'small', node: { resources: { limits: { memory: '2Gi' } } } }],
      nodes: [{ id: 1, group: 'small', node: { jvm: { heap: '4g' } } }],
    },
    reason: 'InvalidSpec',
    says: [/Node 1: jvm\.heap 4g is not below resources\.limits\.memory/, /lower the one or raise the other/],
  },
  {
    what: 'a field of the Pod that is the operator’s',
    node: { podTemplate: { spec: { hostname: 'mine' } } },
    reason: 'InvalidSpec',
    says: [/podTemplate\.spec\.hostname/, /take it out/],
  },
  {
    what: 'more than any machine has',
    node: { resources: { requests: { cpu: '100000' } } },
    reason: 'Unschedulable',
    says: [/Pod prod-1/, /Insufficient cpu/],
  },
  {
    what: 'a NiFi that exits at start',
    node: { env: [{ name: 'UNFIT', value: 'yes' }] },
    reason: 'NodeCrashLooping',
    says: [/Pod prod-1/, new RegExp(lastWords)],
  },
  {
    what: 'an image that cannot be pulled',
    spec: { image: 'registry.example.com/nowhere' },
    reason: 'ImagePullFailed',
    says: [/registry\.example\.com\/nowhere:2\.6\.0/, /spec\.image/],
    mend: (_, cluster) => cluster.patch({ spec: { image: null } }),
  },
  {
    what: 'a volume of a storage class that does not exist',
    node: { storage: [{ name: 'content', size: '1Gi', storageClassName: 'not-yet-there' }] },
    reason: 'Unschedulable',
    says: [/Pod prod-1/, /PersistentVolumeClaim/],
    mend: ({ client }) =>
      client.create(storageClasses, {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: 'not-yet-there' },
        provisioner: 'played.kubelet/disk',
        volumeBindingMode: 'WaitForFirstConsumer',
      }),
  },
  {
    what: 'a Pod above the quota',
    prepare: async ({ client }, cluster) =>
      client.create(quotas, {
        apiVersion: 'v1',
        kind: 'ResourceQuota',
        metadata: { name: 'few', namespace: cluster.namespace },
        spec: { hard: { pods: '1' } },
      } as never),
    reason: 'PodRefused',
    says: [/Pod/, /node 1/, /exceeded quota: few/],
    mend: ({ client }, cluster) => client.patch(quotas, cluster.key('few'), { spec: { hard: { pods: '5' } } }),
  },
  {
    what: 'a file that does not fit into a ConfigMap with the others',
    prepare: (lab, cluster) => putConfigMap(lab, cluster, 'big', { 'logback.xml': 'x'.repeat(1_045_000) }),
    node: { configFrom: [{ file: 'logback.xml', configMapRef: { name: 'big' } }] },
    reason: 'ConfigTooLarge',
    says: [/the configuration of node 1/, /1048576 bytes/, /shorten config\.files and what configFrom names/],
  },
  {
    what: 'a Secret that does not exist yet',
    node: { configFrom: [{ file: 'nifi.properties', secretRef: { name: 'extra' } }] },
    reason: 'ReferenceMissing',
    says: [/Secret extra/, /configFrom\[0\] of node 1/, /create it/],
    mend: (lab, cluster) => putSecret(lab, cluster, 'extra', { 'nifi.properties': 'nifi.queue.swap.threshold=1' }),
  },
  {
    what: 'a ConfigMap that does not exist yet',
    node: { configFrom: [{ file: 'bootstrap.conf', configMapRef: { name: 'extra' } }] },
    reason: 'ReferenceMissing',
    says: [/ConfigMap extra/, /configFrom\[0\] of node 1/, /create it/],
    mend: (lab, cluster) =>
      putConfigMap(lab, cluster, 'extra', { 'bootstrap.conf': 'java.arg.tz=-Duser.timezone=UTC' }),
  },
  {
    what: 'a Secret that lacks the key',
    prepare: (lab, cluster) => putSecret(lab, cluster, 'extra', { other: 'x' }),
    node: { configFrom: [{ file: 'nifi.properties', secretRef: { name: 'extra', key: 'mine' } }] },
    reason: 'ReferenceKeyMissing',
    says: [/Secret extra, key mine/, /configFrom\[0\] of node 1/, /add the key/],
    mend: (lab, cluster) => putSecret(lab, cluster, 'extra', { mine: 'nifi.queue.swap.threshold=1' }),
  },
  {
    what: 'a ConfigMap that lacks the key',
    prepare: (lab, cluster) => putConfigMap(lab, cluster, 'extra', { other: 'x' }),
    node: { configFrom: [{ file: 'logback.xml', configMapRef: { name: 'extra' } }] },
    reason: 'ReferenceKeyMissing',
    says: [/ConfigMap extra, key logback\.xml/, /add the key/],
    mend: (lab, cluster) => putConfigMap(lab, cluster, 'extra', { 'logback.xml': '<configuration/>' }),
  },
  ...(['Secret', 'ConfigMap'] as const).map((kind): BadNode => {
    const put = kind === 'Secret' ? putSecret : putConfigMap;
    return {
      what: `a property of the operator in a ${kind}`,
      prepare: (lab, cluster) => put(lab, cluster, 'extra', { 'nifi.properties': 'nifi.web.https.port=9443' }),
      node: {
        configFrom: [
          { file: 'nifi.properties', [kind === 'Secret' ? 'secretRef' : 'configMapRef']: { name: 'extra' } },
        ],
      },
      reason: 'ReferenceInvalid',
      says: [new RegExp(`${kind} extra`), /nifi\.web\.https\.port/, /configFrom\[0\] of node 1/, /take/],
      mend: (lab, cluster) => put(lab, cluster, 'extra', { 'nifi.properties': 'nifi.queue.swap.threshold=1' }),
    };
  }),
];

describe('Settings of one node that cannot be carried out', { concurrency: 6 }, () => {
  let stage: Stage;

  before(async () => {
    stage = await startStage();
    stage.lab.nifi.setStartFailure(({ env }) => env['UNFIT'] === 'yes', lastWords);
    stage.lab.kubelet.failImage((image) => image.includes('nowhere'));
  });
  after(() => stage.stop());

  for (const [index, { what, prepare, node, spec, reason, says, mend }] of cases.entries()) {
    test(`${what}: told, nothing else touched, and mending is enough`, async () => {
      const { lab } = stage;
      const cluster = await stage.cluster(`node-${index}`);
      await cluster.ready();
      await prepare?.(lab, cluster);
      await undisturbed(lab, cluster, [0], async () => {
        await cluster.patch({ spec: { replicas: 2, ...(node && { nodes: [{ id: 1, node }] }), ...spec } });
        const message = await told(cluster, reason, 1);
        for (const words of says) assert.match(message, words);
        const { status } = await cluster.get();
        assert.equal(status?.conditions?.find(({ type }) => type === 'Ready')?.status, 'False');
        await (mend === undefined ? cluster.patch({ spec: { nodes: null } }) : mend(lab, cluster));
        await cluster.until(
          'two nodes are ready',
          (now) => now.status?.readyNodes === 2 && now.status.phase === 'Running',
          patient,
        );
      });
    });
  }
});
