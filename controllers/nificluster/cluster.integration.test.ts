// A cluster's life on a real API server: it comes up with the fewest writes, is quiet when it is up, and nothing that
// held data is ever replaced by something empty.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { nifiClusterType } from '../../api/v1/nificluster.ts';
import type { DefaultedNiFiCluster, NiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import { aNamespace, type ClusterHandle } from '../../e2e/lab/cluster.ts';
import { countRequests, writesFloor } from '../../e2e/lab/counting.ts';
import { type Lab, startLab } from '../../e2e/lab/lab.ts';
import { runOperator } from '../../e2e/lab/operator.ts';
import { until } from '../../e2e/lab/until.ts';
import { configMaps, type Pod, persistentVolumeClaims, pods, secrets } from '../../pkg/kube/resources.ts';
import type { Operator } from '../../pkg/operator/operator.ts';

/** The garbage collector learns of a new kind within 30 seconds. */
const patient = { timeoutMs: 180_000 };

const base: NiFiClusterSpec = { version: '2.6.0', replicas: 3 };

describe('a cluster on a real API server', () => {
  let lab: Lab;
  let operator: Operator;
  const log: unknown[] = [];

  before(async () => {
    lab = await startLab({ kubelet: { serviceAccountTokens: true } });
    operator = await runOperator(lab.controlPlane.kubeconfig, [], log);
  });
  after(async () => {
    await operator?.stop();
    await lab?.stop();
  });

  const create = async (namespace: string, spec: NiFiClusterSpec): Promise<ClusterHandle> =>
    (await aNamespace(lab, namespace)).create('prod', spec);

  for (const nodes of [3, 10]) {
    test(`${nodes} nodes with two volumes come up with the fewest writes, no read and no conflict, and then nothing is written`, async () => {
      const since = new Date();
      const node = {
        storage: [
          { name: 'data', size: '1Gi' },
          { name: 'content', size: '1Gi' },
        ],
      };
      const cluster = await create(`writes-${nodes}`, { ...base, replicas: nodes, node });
      await cluster.ready();
      await sleep(1500);
      const { writes, statusWrites, reads, conflicts, byKind } = await countRequests(lab, {
        since,
        namespace: cluster.namespace,
      });
      const floor = writesFloor({ nodes, volumes: 2, shared: 11 });
      assert.ok(
        writes + 2 <= 1.15 * (floor + 2),
        `${writes} writes for a floor of ${floor}: ${JSON.stringify(byKind)}`,
      );
      assert.deepEqual({ reads, conflicts }, { reads: 0, conflicts: 0 });
      assert.ok(statusWrites <= 8, `${statusWrites} status writes`);

      // What is learned of NiFi afterwards is told once, however long a busy machine takes to learn it.
      await cluster.until('all is told', isToldWhole);
      const quiet = new Date();
      await sleep(5000);
      const idle = await countRequests(lab, { since: quiet, namespace: cluster.namespace });
      assert.deepEqual(idle.byKind, {});
    });
  }

  test('every node is connected, and one that has a heap and a property of its own has them alone', async () => {
    const own = {
      jvm: { heap: '768m' },
      config: { nifiProperties: { 'nifi.content.claim.max.appendable.size': '5 MB' } },
    };
    const cluster = await create('overrides', { ...base, nodes: [{ id: 2, node: own }] });
    await cluster.ready();
    const { status } = await cluster.until('NiFi has a coordinator', (now) => now.status?.coordinator !== undefined);
    assert.deepEqual(
      status?.nodes?.map(({ state, ready }) => [state, ready]),
      [0, 1, 2].map(() => ['CONNECTED', true]),
    );
    assert.match(status?.coordinator ?? '', /^prod-[012]$/);

    const files = await Promise.all([0, 1, 2].map((id) => cluster.revision(id)));
    assert.deepEqual(
      files.map((data) => data['bootstrap.conf']?.includes('-Xmx768m')),
      [false, false, true],
    );
    assert.deepEqual(
      files.map((data) => data['nifi.properties']?.includes('nifi.content.claim.max.appendable.size=5 MB')),
      [false, false, true],
    );
  });

  test('a deleted Pod is back at once, with the same volumes and from its record, also after the spec changed', async () => {
    const cluster = await create('pods', base);
    await cluster.ready();
    const before = await cluster.pod(1);
    const claim = await lab.client.get(persistentVolumeClaims, cluster.key('data-prod-1'));

    const config = { nifiProperties: { 'nifi.queue.swap.threshold': '40000' } };
    await cluster.patch({ spec: { node: { config }, rollout: { paused: true } } });
    await cluster.until('the change waits', ({ status }) => status?.nodes?.[1]?.reason === 'Paused');
    const deleted = performance.now();
    await lab.client.delete(pods, cluster.key('prod-1'));
    await until('the Pod is gone or new', async () => (await cluster.pod(1))?.metadata.uid !== before?.metadata.uid);
    const gone = performance.now();
    const again = await until('it is back', async () => await cluster.pod(1));
    const back = performance.now();

    // Far less than until anything is looked at again without an event.
    assert.ok(back - gone < 5000, `back ${back - gone} ms after it was gone, ${back - deleted} ms after the delete`);
    assert.deepEqual(again.metadata.annotations, before?.metadata.annotations);
    assert.deepEqual(volumesOf(again), volumesOf(before));
    const same = await lab.client.get(persistentVolumeClaims, cluster.key('data-prod-1'));
    assert.equal(same?.metadata.uid, claim?.metadata.uid);
    const { status } = await cluster.until('node 1 is connected again', ({ status: now }) => now?.readyNodes === 3);
    assert.equal(status?.conditions?.find(({ type }) => type === 'Stalled')?.reason, 'Paused');
  });

  test('a deleted claim stops its node with VolumeLost and is not replaced by an empty one', async () => {
    const cluster = await create('volumes', base);
    await cluster.ready();
    await lab.client.delete(persistentVolumeClaims, cluster.key('data-prod-2'));
    await cluster.until('it is told', ({ status }) => status?.nodes?.[2]?.reason === 'VolumeLost');
    assert.ok(await cluster.pod(2), 'the Pod that still runs on it is left alone');
    await lab.client.delete(pods, cluster.key('prod-2'));
    await until(
      'the claim is gone',
      async () => (await lab.client.get(persistentVolumeClaims, cluster.key('data-prod-2'))) === undefined,
    );
    await sleep(1500);
    assert.equal(await cluster.pod(2), undefined);
    assert.equal(await lab.client.get(persistentVolumeClaims, cluster.key('data-prod-2')), undefined);
    const { status } = await cluster.get();
    assert.match(status?.conditions?.find(({ type }) => type === 'Ready')?.message ?? '', /data-prod-2.*is gone/);
  });

  test('a deleted sensitive key is told and not made anew, and a killed Pod waits for it', async () => {
    const cluster = await create('keys', base);
    await cluster.ready();
    const key = await lab.client.get(secrets, cluster.key('prod-sensitive-key'));
    await lab.client.delete(secrets, cluster.key('prod-sensitive-key'));
    await cluster.until(
      'it is told',
      ({ status }) =>
        status?.conditions?.some(({ type, reason }) => type === 'Ready' && reason === 'SensitiveKeyMissing') ?? false,
    );
    await lab.client.delete(pods, cluster.key('prod-0'));
    await until('the Pod is gone', async () => (await cluster.pod(0)) === undefined);
    await sleep(1000);
    assert.equal(await cluster.pod(0), undefined);
    assert.equal(await lab.client.get(secrets, cluster.key('prod-sensitive-key')), undefined);

    const { resourceVersion: _, uid: __, creationTimestamp: ___, ...metadata } = key?.metadata ?? { name: '' };
    await lab.client.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata, data: key?.data ?? {} });
    await cluster.ready();
  });

  test('scaling up adds nodes and restarts none', async () => {
    const cluster = await create('scale', base);
    await cluster.ready();
    const before = await Promise.all([0, 1, 2].map((id) => cluster.pod(id)));
    await lab.client.raw('PATCH', `/apis/datadynamics.io/v1/namespaces/${cluster.namespace}/nificlusters/prod/scale`, {
      body: { spec: { replicas: 5 } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    await cluster.until('five nodes are ready', ({ status }) => status?.readyNodes === 5 && status.phase === 'Running');
    const now = await Promise.all([0, 1, 2].map((id) => cluster.pod(id)));
    assert.deepEqual(
      now.map((pod) => pod?.metadata.uid),
      before.map((pod) => pod?.metadata.uid),
    );
    assert.equal((await lab.client.get(configMaps, cluster.key('prod-start')))?.['data']?.['candidates'], '5');
  });

  test('a node that NiFi disconnected is taken back, and one that a person disconnected is left', async () => {
    const cluster = await create('heal', { ...base, autoHeal: { reconnectAfter: '1s' } });
    await cluster.ready();
    const play = lab.nifi.nodeOfPod(cluster.namespace, 'prod-1');
    play.disconnectBy('CN=somebody');
    await cluster.until('it is seen', ({ status }) => status?.nodes?.[1]?.state === 'DISCONNECTED');
    await sleep(3000);
    assert.equal((await cluster.get()).status?.nodes?.[1]?.state, 'DISCONNECTED');
  });

  test('a deleted cluster leaves its volumes and its key, and takes everything else', async () => {
    const cluster = await create('delete', base);
    await cluster.ready();
    await lab.client.delete(nifiClusterType, cluster.key('prod'));
    await until('its Pods are gone', async () => (await cluster.list(pods)).length === 0, patient);
    await until('its Secrets but the key are gone', async () => (await cluster.list(secrets)).length === 1, patient);
    assert.deepEqual((await cluster.list(persistentVolumeClaims)).map(({ metadata }) => metadata.name).toSorted(), [
      'data-prod-0',
      'data-prod-1',
      'data-prod-2',
    ]);
    for (const claim of await cluster.list(persistentVolumeClaims))
      await lab.client.delete(persistentVolumeClaims, { namespace: cluster.namespace, name: claim.metadata.name });
    await until('the key follows the last volume', async () => (await cluster.list(secrets)).length === 0, {
      describe: () => log.slice(-5),
    });
  });

  test('an operator that starts anew writes nothing about a cluster that is well', async () => {
    const cluster = await create('restart', base);
    await cluster.ready();
    await cluster.until('all is told', isToldWhole);
    await operator.stop();
    const since = new Date();
    operator = await runOperator(lab.controlPlane.kubeconfig, [], log);
    await sleep(6000);
    const { byKind } = await countRequests(lab, { since, namespace: cluster.namespace });
    assert.deepEqual(byKind, {});
  });

  test('volumes that an earlier cluster left are taken back only when the spec says so', async () => {
    const cluster = await create('adopt', base);
    await cluster.ready();
    const key = await lab.client.get(secrets, cluster.key('prod-sensitive-key'));
    await lab.client.delete(nifiClusterType, cluster.key('prod'));
    await until('its Pods are gone', async () => (await cluster.list(pods)).length === 0, patient);
    const again = await cluster.again(base);
    await again.until(
      'it is told',
      ({ status }) => status?.conditions?.some(({ reason }) => reason === 'VolumesLeftBehind') ?? false,
    );
    assert.equal((await cluster.list(pods)).length, 0);
    await again.patch({ spec: { adoptVolumes: true } });
    await again.ready();
    assert.deepEqual((await lab.client.get(secrets, cluster.key('prod-sensitive-key')))?.data, key?.data);
  });
});

/** NiFi's version on every node, and who its coordinator is. */
function isToldWhole({ status }: DefaultedNiFiCluster): boolean {
  return status?.coordinator !== undefined && (status.nodes ?? []).every(({ version }) => version === base.version);
}

/** Without the token's volume, whose name the API server draws. */
function volumesOf(pod: Pod | undefined): readonly unknown[] {
  return (pod?.spec?.volumes ?? []).filter(({ name }) => !name.startsWith('kube-api-access-'));
}
