// Secrets and ConfigMaps that a cluster refers to and that go, come or change while it runs: nothing is taken down for what
// is missing, a killed Pod comes back from its record, and a Secret's content is seen by nobody but the node.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { revisionName } from '../../api/v1/labels.ts';
import type { NiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import type { ClusterHandle } from '../../e2e/lab/cluster.ts';
import { until } from '../../e2e/lab/until.ts';
import { configMaps, events, pods, resource, secrets } from '../../pkg/kube/resources.ts';
import type { ResourceType } from '../../pkg/kube/types.ts';
import {
  aWhile,
  patient,
  putConfigMap,
  putSecret,
  type Stage,
  startStage,
  told,
  undisturbed,
} from './bad-input.fixture.ts';

const keyRef: Partial<NiFiClusterSpec> = { sensitivePropsKey: { secretKeyRef: { name: 'our-key', key: 'key' } } };
const key = { key: 'correct horse battery staple' };
const canary = 'Kanarienvogel-4711';

describe('what a cluster refers to', { concurrency: 5 }, () => {
  let stage: Stage;

  before(async () => {
    stage = await startStage({ auditLevel: 'Metadata' });
  });
  after(() => stage.stop());

  /** Deletes the Pod and waits for another one. */
  const kill = async (cluster: ClusterHandle, id: number): Promise<void> => {
    const before = await cluster.pod(id);
    await stage.lab.client.delete(pods, cluster.key(`prod-${id}`));
    await until('another Pod is there', async () => {
      const uid = (await cluster.pod(id))?.metadata.uid;
      return uid !== undefined && uid !== before?.metadata.uid;
    });
  };

  test('a key that is not there, lacks its key or is too short is told, and a good one is enough', async () => {
    const cluster = await stage.cluster('key-late', keyRef);
    assert.match(
      await told(cluster, 'ReferenceMissing'),
      /Secret our-key \(spec\.sensitivePropsKey\.secretKeyRef\).*create it with the key key/,
    );
    await putSecret(stage.lab, cluster, 'our-key', { other: 'x' });
    assert.match(await told(cluster, 'ReferenceKeyMissing'), /Secret our-key .*has no key key: add it/);
    await putSecret(stage.lab, cluster, 'our-key', { other: 'x', key: 'short' });
    assert.match(await told(cluster, 'ReferenceInvalid'), /Secret our-key .*fewer than 12 characters/);
    assert.equal((await cluster.list(pods)).length, 0);
    await putSecret(stage.lab, cluster, 'our-key', { other: 'x', ...key });
    await cluster.ready(patient);
  });

  test('a key that is deleted while the cluster runs stops nothing, and a killed Pod waits as a Pod for its return', async () => {
    const cluster = await stage.cluster('key-gone', { ...keyRef, replicas: 2 });
    await putSecret(stage.lab, cluster, 'our-key', key);
    await cluster.ready(patient);
    await undisturbed(stage.lab, cluster, [0], async () => {
      await stage.lab.client.delete(secrets, cluster.key('our-key'));
      assert.match(await told(cluster, 'ReferenceMissing'), /Secret our-key/);
      await kill(cluster, 1);
      await cluster.patch({ spec: { replicas: 3 } });
      await aWhile();
      assert.equal(await cluster.pod(2), undefined, 'a new node cannot be rendered without the key');
      await putSecret(stage.lab, cluster, 'our-key', key);
      await cluster.ready(patient);
    });
    assert.equal((await cluster.get()).status?.readyNodes, 3);
  });

  for (const kind of ['Secret', 'ConfigMap'] as const) {
    test(`a ${kind} of configFrom that is deleted or loses its key freezes the cluster, and its Pods still come back`, async () => {
      const put = kind === 'Secret' ? putSecret : putConfigMap;
      const data = { 'nifi.properties': 'nifi.queue.swap.threshold=12345' };
      const source = { file: 'nifi.properties', [kind === 'Secret' ? 'secretRef' : 'configMapRef']: { name: 'extra' } };
      const cluster = await stage.cluster(`gone-${kind.toLowerCase()}`, {
        replicas: 2,
        node: { configFrom: [source] } as NonNullable<NiFiClusterSpec['node']>,
      });
      await put(stage.lab, cluster, 'extra', data);
      await cluster.ready(patient);
      await undisturbed(stage.lab, cluster, [0], async () => {
        const revision = (await cluster.pod(1))?.metadata.annotations;
        await put(stage.lab, cluster, 'extra', { other: 'x' });
        assert.match(await told(cluster, 'ReferenceKeyMissing', 1), new RegExp(`${kind} extra`));
        await stage.lab.client.delete(kind === 'Secret' ? secrets : configMaps, cluster.key('extra'));
        assert.match(
          await told(cluster, 'ReferenceMissing', 1),
          new RegExp(`${kind} extra.*does not exist: create it`),
        );
        await kill(cluster, 1);
        await until(
          'it is ready without what is missing',
          async () => stage.lab.kubelet.pods.get(`${cluster.namespace}/prod-1`)?.ready,
        );
        assert.deepEqual((await cluster.pod(1))?.metadata.annotations, revision);
        await put(stage.lab, cluster, 'extra', data);
        await cluster.ready(patient);
      });
    });
  }

  test('a Secret that changes while rollouts are paused restarts nothing, and the former content puts everything back', async () => {
    const cluster = await stage.cluster('changed', {
      node: { configFrom: [{ file: 'nifi.properties', secretRef: { name: 'extra' } }] },
      rollout: { paused: true },
    });
    await putSecret(stage.lab, cluster, 'extra', { 'nifi.properties': 'nifi.queue.swap.threshold=1' });
    await cluster.ready(patient);
    await undisturbed(stage.lab, cluster, [0], async () => {
      await putSecret(stage.lab, cluster, 'extra', { 'nifi.properties': 'nifi.queue.swap.threshold=2' });
      assert.match(await told(cluster, 'Paused', 0), /node 0/);
      await putSecret(stage.lab, cluster, 'extra', { 'nifi.properties': 'nifi.queue.swap.threshold=1' });
      await cluster.ready(patient);
    });
  });

  test('a Secret that changes restarts the nodes that it concerns, and the event names nothing of it', async () => {
    const cluster = await stage.cluster('rolled', {
      node: { configFrom: [{ file: 'nifi.properties', secretRef: { name: 'extra' } }] },
    });
    await putSecret(stage.lab, cluster, 'extra', { 'nifi.properties': 'nifi.queue.swap.threshold=1' });
    await cluster.ready(patient);
    const before = await cluster.pod(0);
    await putSecret(stage.lab, cluster, 'extra', { 'nifi.properties': 'nifi.queue.swap.threshold=2' });
    await until('node 0 has another Pod', async () => {
      const uid = (await cluster.pod(0))?.metadata.uid;
      return uid !== undefined && uid !== before?.metadata.uid;
    });
    await cluster.ready(patient);
    const { items } = await stage.lab.client.list(events, { namespace: cluster.namespace });
    const notes = items.filter(({ reason }) => reason === 'NodeRestarting').map(({ note }) => note);
    assert.deepEqual(notes, ['Restarting node 0: ConfigChanged (values from Secrets)']);
  });

  test('a value out of a Secret is in the node’s Secret and in nothing else that anybody may read', async () => {
    const cluster = await stage.cluster('canary', {
      ...keyRef,
      node: { configFrom: [{ file: 'nifi.properties', secretRef: { name: 'extra' } }] },
    });
    await putSecret(stage.lab, cluster, 'our-key', { key: `${canary}-key` });
    await putSecret(stage.lab, cluster, 'extra', { 'nifi.properties': `nifi.secret.thing=${canary}` });
    await cluster.ready(patient);
    const digest = (await cluster.pod(0))?.metadata.annotations?.['nifi.datadynamics.io/revision'] ?? '';
    const part = await stage.lab.client.get(secrets, cluster.key(revisionName('prod', 0, digest)));
    assert.match(Buffer.from(part?.data?.['nifi.properties'] ?? '', 'base64').toString(), new RegExp(canary));

    // As broken as a Secret can be: what is said about it must not quote it.
    for (const text of [`\\u00zz ${canary}`, canary, `nifi.web.https.port=${canary}`, `${canary} = a\n= ${canary}`]) {
      await putSecret(stage.lab, cluster, 'extra', { 'nifi.properties': text });
      await cluster.until('something is told', ({ status }) => status?.nodes?.[0]?.reason !== undefined, patient);
      await aWhile();
    }
    for (const [kind, text] of await everythingIn(cluster.namespace)) assert.doesNotMatch(text, /Kanarienvogel/, kind);
    assert.doesNotMatch(JSON.stringify(stage.log), /Kanarienvogel/, 'the log');
    assert.doesNotMatch(await readFile(stage.lab.controlPlane.auditLog, 'utf8'), /Kanarienvogel/, 'the audit log');
  });

  /** Everything namespaced but Secrets, as JSON. */
  const everythingIn = async (namespace: string): Promise<readonly (readonly [string, string])[]> => {
    const served = [
      ...['configmaps', 'pods', 'services', 'persistentvolumeclaims', 'serviceaccounts'].map((plural) => [
        'v1',
        plural,
      ]),
      ...['roles', 'rolebindings'].map((plural) => ['rbac.authorization.k8s.io/v1', plural]),
      ['policy/v1', 'poddisruptionbudgets'],
      ['networking.k8s.io/v1', 'networkpolicies'],
      ['coordination.k8s.io/v1', 'leases'],
      ['datadynamics.io/v1', 'nificlusters'],
    ] as const;
    const types: readonly ResourceType[] = [
      events,
      ...served.map(([apiVersion = '', plural = '']) => resource(apiVersion, plural, plural)),
    ];
    return Promise.all(
      types.map(async (type) => {
        const { items } = await stage.lab.client.list(type, { namespace });
        return [type.plural, JSON.stringify(items)] as const;
      }),
    );
  };
});
