// Nodes are restarted and leave, on a real API server and with flow files in their queues: who is touched and who is not, in
// which order, and that nothing is lost.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { podName } from '../../api/v1/labels.ts';
import type { NiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import { aNamespace, type ClusterHandle } from '../../e2e/lab/cluster.ts';
import { type Lab, startLab } from '../../e2e/lab/lab.ts';
import { runOperator } from '../../e2e/lab/operator.ts';
import { until } from '../../e2e/lab/until.ts';
import { persistentVolumeClaims } from '../../pkg/kube/resources.ts';
import type { Operator } from '../../pkg/operator/operator.ts';

const patient = { timeoutMs: 180_000 };
const base: NiFiClusterSpec = { version: '2.6.0', replicas: 3 };
const ownHeap = (id: number) => ({ spec: { nodes: [{ id, node: { jvm: { heap: '768m' } } }] } });
const threshold = (value: string) => ({
  spec: { node: { config: { nifiProperties: { 'nifi.queue.swap.threshold': value } } } },
});

describe('Taking nodes of a running cluster down', { concurrency: 3 }, () => {
  let lab: Lab;
  let operator: Operator;

  before(async () => {
    lab = await startLab();
    operator = await runOperator(lab.controlPlane.kubeconfig, []);
  });
  after(async () => {
    await operator?.stop();
    await lab?.stop();
  });

  async function running(namespace: string, spec: Partial<NiFiClusterSpec> = {}): Promise<ClusterHandle> {
    const cluster = await (await aNamespace(lab, namespace)).create('prod', { ...base, ...spec });
    await cluster.ready(patient);
    return cluster;
  }

  const uids = (cluster: ClusterHandle, ...ids: readonly number[]): Promise<readonly (string | undefined)[]> =>
    Promise.all(ids.map(async (id) => (await cluster.pod(id))?.metadata.uid));

  const fill = (cluster: ClusterHandle, ids: readonly number[], count: number): void => {
    for (const id of ids) lab.nifi.nodeOfPod(cluster.namespace, podName(cluster.name, id)).produce(count);
  };

  const queued = (cluster: ClusterHandle, ...ids: readonly number[]): number =>
    ids.reduce((sum, id) => sum + lab.nifi.nodeOfPod(cluster.namespace, podName(cluster.name, id)).queued, 0);

  const claims = async (cluster: ClusterHandle): Promise<readonly string[]> =>
    (await cluster.list(persistentVolumeClaims)).map(({ metadata }) => metadata.name).toSorted();

  test('a change of one node restarts that node and no other', async () => {
    const cluster = await running('one');
    const before = await uids(cluster, 0, 1, 2);
    await cluster.patch(ownHeap(1));
    await cluster.ready(patient);
    const now = await uids(cluster, 0, 1, 2);
    assert.deepEqual(
      now.map((uid, id) => uid === before[id]),
      [true, false, true],
    );
    assert.match((await cluster.revision(1))['bootstrap.conf'] ?? '', /-Xmx768m/);
  });

  test('a change of all restarts one at a time, the coordinator last', async () => {
    const cluster = await running('all');
    const { status } = await cluster.until('there is a coordinator', (now) => now.status?.coordinator !== undefined);
    const coordinator = Number(/\d+$/.exec(status?.coordinator ?? '')?.[0]);
    const before = await uids(cluster, 0, 1, 2);
    const order: number[] = [];
    await cluster.patch(threshold('40000'));
    await until(
      'every node was restarted',
      async () => {
        const now = await uids(cluster, 0, 1, 2);
        const down = now.filter((uid) => uid === undefined).length;
        assert.ok(down <= 1, `${down} Pods are gone at once`);
        for (const [id, uid] of now.entries()) if (uid !== before[id] && !order.includes(id)) order.push(id);
        return order.length === 3;
      },
      { ...patient, describe: async () => (await cluster.get()).status },
    );
    assert.equal(order.at(-1), coordinator);
    await cluster.ready(patient);
  });

  test('ids that are decommissioned leave empty, one after another, and nobody else is touched', async () => {
    const cluster = await running('leave');
    fill(cluster, [0, 1, 2], 500);
    const before = await uids(cluster, 0, 2);
    await cluster.patch({ spec: { replicas: 2, decommission: [1] } });
    await cluster.until('node 1 has left', ({ status }) => status?.nodes?.length === 2, patient);
    await cluster.ready(patient);
    assert.deepEqual(await uids(cluster, 0, 2), before);
    assert.deepEqual(await claims(cluster), ['data-prod-0', 'data-prod-2']);
    assert.equal(queued(cluster, 0, 2), 1_500);
  });

  test('a decommissioned id is replaced by the next one', async () => {
    const cluster = await running('replace');
    fill(cluster, [0, 1, 2], 100);
    const before = await uids(cluster, 0, 2);
    await cluster.patch({ spec: { decommission: [1] } });
    await cluster.until(
      'nodes 0, 2 and 3 are left',
      ({ status }) => status?.nodes?.map(({ id }) => id).join() === '0,2,3',
      patient,
    );
    await cluster.ready(patient);
    assert.deepEqual(await uids(cluster, 0, 2), before);
    assert.equal(queued(cluster, 0, 2, 3), 300);
  });

  test('two ids at once, with 1,500 flow files queued: not one is lost', async () => {
    const cluster = await running('two');
    fill(cluster, [0, 1, 2], 500);
    await cluster.patch({ spec: { replicas: 1 } });
    await cluster.until('one node is left', ({ status }) => status?.nodes?.length === 1, patient);
    await cluster.ready(patient);
    assert.deepEqual(await claims(cluster), ['data-prod-0']);
    assert.equal(queued(cluster, 0), 1_500);
  });

  test('volumes stay when the policy says so', async () => {
    const cluster = await running('retain', { volumeRetention: { whenDecommissioned: 'Retain' } });
    await cluster.patch({ spec: { replicas: 2 } });
    await cluster.until('node 2 has left', ({ status }) => status?.nodes?.length === 2, patient);
    await cluster.ready(patient);
    assert.deepEqual(await claims(cluster), ['data-prod-0', 'data-prod-1', 'data-prod-2']);
  });

  test('an id put back while its offload hangs is back with its data, and no volume was touched', async () => {
    const cluster = await running('back');
    fill(cluster, [2], 400);
    const release = lab.nifi.nodeOfPod(cluster.namespace, 'prod-2').blockOffload();
    await cluster.patch({ spec: { replicas: 2 } });
    await cluster.until('node 2 is offloading', ({ status }) => status?.nodes?.[2]?.state === 'OFFLOADING', patient);
    await cluster.patch({ spec: { replicas: 3 } });
    await until('node 2 is connected again', async () => (await cluster.get()).status?.readyNodes === 3, patient);
    release();
    await cluster.ready(patient);
    assert.equal(queued(cluster, 0, 1, 2), 400);
    assert.equal((await claims(cluster)).length, 3);
  });

  test('a cluster sleeps without losing anything and wakes with it', async () => {
    const cluster = await running('sleep');
    fill(cluster, [0, 1, 2], 100);
    await cluster.patch({ spec: { replicas: 0 } });
    await cluster.until('it sleeps', ({ status }) => status?.phase === 'Hibernated', patient);
    assert.equal((await claims(cluster)).length, 3);
    await cluster.patch({ spec: { replicas: 3 } });
    await cluster.ready(patient);
    assert.equal(queued(cluster, 0, 1, 2), 300);
  });

  test('a volume more empties the node, rebuilds it and keeps what it had', async () => {
    const cluster = await running('volume');
    fill(cluster, [0, 1, 2], 100);
    const storage = [
      { name: 'data', size: '10Gi' },
      { name: 'content', size: '1Gi' },
    ];
    await cluster.patch({ spec: { nodes: [{ id: 1, node: { storage } }] } });
    await cluster.until('node 1 has both', ({ status }) => status?.nodes?.[1]?.updated === true, patient);
    await cluster.ready(patient);
    assert.deepEqual(await claims(cluster), ['content-prod-1', 'data-prod-0', 'data-prod-1', 'data-prod-2']);
    assert.equal(queued(cluster, 0, 1, 2), 300);
  });
});
