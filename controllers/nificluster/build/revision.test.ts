// A revision is named by what it holds: the same for the same input, another for any other, and silent about secrets.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { ConfigMap, Secret } from '../../../pkg/kube/resources.ts';
import { aCluster, type ClusterBuilder, nodeOf, references } from '../testing.ts';
import { canonical } from './digest.ts';
import { buildRevision, inputsDigest, type Revision } from './revision.ts';

const key = 'the-sensitive-properties-key';
const one = aCluster().withNodes(1);

function revisionOf(cluster: ClusterBuilder = one, found = references({}), id = 0): Revision {
  const resolved = cluster.resolved(found);
  return buildRevision(resolved, nodeOf(resolved, id), key);
}

const plain = revisionOf();

describe('A revision', () => {
  test('is an immutable ConfigMap of its cluster with the files and the Pod, named by its digest', () => {
    const { metadata, immutable, data } = plain.configMap as ConfigMap;
    assert.equal(metadata.name, `prod-0-${plain.digest}`);
    assert.equal(metadata.ownerReferences?.[0]?.uid, 'cluster-uid');
    assert.equal(immutable, true);
    assert.deepEqual(JSON.parse(data?.['pod.json'] ?? ''), plain.pod);
    assert.ok(data?.['nifi.properties']?.includes('nifi.web.https.port=8443'));
    assert.equal(plain.secret, undefined);
  });

  test('has ten characters of digest, a letter first: no name is that of another node’s record', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 20 }), (value) => {
        const { inputs } = nodeOf(one.resolved(), 0);
        assert.match(inputsDigest({ ...inputs, pod: { ...inputs.pod, image: value } }, key), /^[a-z][0-9a-z]{9}$/);
      }),
    );
  });
});

describe('Its digests', () => {
  test('are the same for every size of the cluster: scaling restarts nobody', () => {
    const size = fc.integer({ min: 1, max: 60 });
    const out = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 5 });
    fc.assert(
      fc.property(size, out, (replicas, decommission) => {
        const { digest, inputs } = revisionOf(aCluster().withSpec({ replicas, decommission }));
        assert.deepEqual({ digest, inputs }, { digest: plain.digest, inputs: plain.inputs });
      }),
      { numRuns: 25 },
    );
  });

  const same: Readonly<Record<string, ClusterBuilder>> = {
    'another node’s settings': one.withEntry({ id: 4, node: { jvm: { heap: '8g' } } }),
    'the size of a volume': one.withNode({ storage: [{ name: 'data', size: '99Gi' }] }),
    'a pause of restarts': one.withSpec({ rollout: { paused: true } }),
    'threads, which are set through the API': one.withSpec({ maxTimerDrivenThreadCount: 20 }),
    'what becomes of volumes': one.withSpec({ volumeRetention: { whenDeleted: 'Delete' } }),
    'annotations of the Service': one.withSpec({ service: { annotations: { a: 'b' } } }),
  };
  for (const [what, cluster] of Object.entries(same)) {
    test(`do not change with ${what}`, () => {
      assert.equal(revisionOf(cluster).inputs, plain.inputs);
      assert.equal(revisionOf(cluster).digest, plain.digest);
    });
  }

  const others: Readonly<Record<string, ClusterBuilder>> = {
    version: one.withSpec({ version: '2.7.0' }),
    image: one.withSpec({ image: 'example/nifi:1' }),
    heap: one.withNode({ jvm: { heap: '2g' } }),
    resources: one.withNode({ resources: { limits: { memory: '4Gi' } } }),
    property: one.withNode({ config: { nifiProperties: { 'nifi.queue.swap.threshold': '1' } } }),
    file: one.withNode({ config: { files: { 'logback.xml': '<configuration/>' } } }),
    variable: one.withNode({ env: [{ name: 'A', value: 'b' }] }),
    volume: one.withNode({
      storage: [
        { name: 'data', size: '10Gi' },
        { name: 'content', size: '1Gi' },
      ],
    }),
    podTemplate: one.withNode({ podTemplate: { spec: { nodeSelector: { a: 'b' } } } }),
    'pull secret': one.withSpec({ imagePullSecrets: [{ name: 'p' }] }),
    listener: one.withSpec({ listeners: [{ name: 'syslog', port: 5140 }] }),
    'proxy host': one.withSpec({ proxyHosts: ['nifi.example.com'] }),
    extension: one.withSpec({ extensions: [{ name: 'nars', configMap: { name: 'n' } }] }),
  };
  test('change with every input, each to another one', () => {
    const revisions = [plain, ...Object.values(others).map((cluster) => revisionOf(cluster))];
    assert.equal(new Set(revisions.map(({ inputs }) => inputs)).size, revisions.length);
    assert.equal(new Set(revisions.map(({ digest }) => digest)).size, revisions.length);
  });

  test('differ between nodes, because each has an address of its own', () => {
    assert.notEqual(revisionOf(aCluster(), references({}), 1).digest, plain.digest);
  });

  test('do not depend on the order of keys', () => {
    const properties = fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.string({ maxLength: 5 }), { maxKeys: 8 });
    fc.assert(
      fc.property(properties, (value) => {
        const reversed = Object.fromEntries(Object.entries(value).toReversed());
        assert.equal(canonical({ a: value }), canonical({ a: reversed }));
      }),
    );
  });

  test('of the inputs does not depend on how they are rendered', () => {
    const resolved = one.resolved();
    const { inputs } = nodeOf(resolved, 0);
    assert.equal(inputsDigest(inputs, key), plain.inputs);
  });

  test('pass over what is absent or empty: a field of a later version changes nobody', () => {
    assert.equal(canonical({ a: 1, later: undefined, list: [], map: {}, none: null }), canonical({ a: 1 }));
    assert.notEqual(canonical({ a: 0 }), canonical({}));
    assert.notEqual(canonical({ a: false }), canonical({}));
    assert.notEqual(canonical({ a: '' }), canonical({}));
    assert.notEqual(canonical({ a: [1, 2] }), canonical({ a: [2, 1] }));
  });
});

describe('A value from a Secret', () => {
  const referring = one.withNode({ configFrom: [{ file: 'nifi.properties', secretRef: { name: 's' } }] });
  const withValue = (value: string): Revision =>
    revisionOf(referring, references({ 'Secret/s': { 'nifi.properties': `nifi.some.password=${value}` } }));
  const revision = withValue('hunter2-hunter2');

  test('is in the Secret part alone, which has the same name and is immutable too', () => {
    const secret = revision.secret as Secret;
    assert.equal(secret.metadata.name, revision.configMap.metadata.name);
    assert.equal(secret.immutable, true);
    assert.match(Buffer.from(secret.data?.['nifi.properties'] ?? '', 'base64').toString(), /hunter2-hunter2/);
    const told = JSON.stringify([revision.configMap, revision.pod, revision.digest, revision.inputs]);
    assert.doesNotMatch(told, /hunter2|aHVudGVyMi/);
  });

  test('makes another revision when it changes', () => {
    const other = withValue('hunter3-hunter3');
    assert.notEqual(other.digest, revision.digest);
    assert.notEqual(other.inputs, revision.inputs);
  });

  test('cannot be guessed from the name without the key', () => {
    const resolved = referring.resolved(
      references({ 'Secret/s': { 'nifi.properties': 'nifi.some.password=hunter2-hunter2' } }),
    );
    const guessed = buildRevision(resolved, nodeOf(resolved, 0), 'a-guess');
    assert.notEqual(guessed.digest, revision.digest);
    assert.notEqual(guessed.inputs, revision.inputs);
  });
});
