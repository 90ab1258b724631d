// Machines that are drained or lost, on a real API server with its disruption controller: one node of a cluster goes at a
// time, comes back elsewhere with its volumes, and never is there a second Pod of a node whose first is not gone.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterHandle } from '../../e2e/lab/cluster.ts';
import { until } from '../../e2e/lab/until.ts';
import { KubeApiError } from '../../pkg/kube/errors.ts';
import { persistentVolumeClaims, pods, resource } from '../../pkg/kube/resources.ts';
import { patient, type Stage, startStage, told, undisturbed } from './bad-input.fixture.ts';

const machines = resource('v1', 'Node', 'nodes', false);

describe('machines of a cluster', { concurrency: false }, () => {
  let stage: Stage;

  before(async () => {
    stage = await startStage();
  });
  after(() => stage.stop());

  const machineOf = async (cluster: ClusterHandle, id: number): Promise<string> =>
    (await cluster.pod(id))?.spec?.nodeName ?? '';

  const cordon = (name: string, unschedulable: boolean) =>
    stage.lab.client.patch(machines, { namespace: '', name }, { spec: { unschedulable } });

  /** As `kubectl drain` does it. */
  const evict = async ({ namespace }: ClusterHandle, name: string): Promise<'evicted' | 'refused'> => {
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { namespace, name } };
    try {
      await stage.lab.client.raw('POST', `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, { body });
      return 'evicted';
    } catch (error) {
      if (error instanceof KubeApiError && error.status === 429) return 'refused';
      throw error;
    }
  };

  const claimUid = async (cluster: ClusterHandle, id: number) =>
    (await stage.lab.client.get(persistentVolumeClaims, cluster.key(`data-prod-${id}`)))?.metadata.uid;

  test('that are drained let one node go at a time, which comes back elsewhere with its volumes', async () => {
    const cluster = await stage.cluster('drained', { replicas: 3 });
    await cluster.ready(patient);
    const [former, claim] = [await machineOf(cluster, 0), await claimUid(cluster, 0)];
    await cordon(former, true);
    await undisturbed(stage.lab, cluster, [1, 2], async () => {
      await until('the first eviction is allowed', async () => (await evict(cluster, 'prod-0')) === 'evicted', patient);
      assert.equal(await evict(cluster, 'prod-1'), 'refused');
      const isBack = async () => ![former, ''].includes(await machineOf(cluster, 0));
      await until('the node is elsewhere', isBack, patient);
      await cluster.ready(patient);
    });
    assert.equal(await claimUid(cluster, 0), claim);
    await until('the next one may go', async () => (await evict(cluster, 'prod-1')) === 'evicted', patient);
    await cordon(former, false);
  });

  test('that are lost keep the identity of their node: no second Pod is made, and nothing is deleted by force', async () => {
    const cluster = await stage.cluster('lost', { replicas: 2 });
    await cluster.ready(patient);
    const [machine, first, claim] = [await machineOf(cluster, 1), await cluster.pod(1), await claimUid(cluster, 1)];
    await stage.lab.kubelet.nodeLost(machine);
    // What Kubernetes does after five minutes.
    await stage.lab.client.delete(pods, cluster.key('prod-1'));
    assert.match(await told(cluster, 'PodTerminating', 1), /prod-1/u);
    await sleep(3_000);
    assert.equal((await cluster.pod(1))?.metadata.uid, first?.metadata.uid);
    await stage.lab.kubelet.nodeBack(machine);
    await cluster.ready(patient);
    assert.notEqual((await cluster.pod(1))?.metadata.uid, first?.metadata.uid);
    assert.equal(await claimUid(cluster, 1), claim);
  });
});
