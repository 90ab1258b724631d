// Nodes that leave while flows go on, on a real API server: what they held is on those that stay, and none of it is lost. It is
// counted by the disks: a claim that is deleted while flow files are on its disk loses them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { podName } from '../../api/v1/labels.ts';
import { persistentVolumeClaims } from '../../pkg/kube/resources.ts';
import type { Operator } from '../../pkg/operator/operator.ts';
import { aNamespace, type ClusterHandle } from '../lab/cluster.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { runOperator } from '../lab/operator.ts';
import { until } from '../lab/until.ts';
import type { PlayedFlow } from '../nifi/flow/played-flow.ts';
import { containers, patient, stateOf } from './scene.ts';

describe('nodes that leave', () => {
  let lab: Lab;
  let operator: Operator;

  before(async () => {
    lab = await startLab();
    operator = await runOperator(lab.controlPlane.kubeconfig);
  });
  after(async () => {
    await operator?.stop();
    await lab?.stop();
  });

  /** Three nodes, 500 flow files queued on each. */
  async function threeNodes(namespace: string): Promise<{ cluster: ClusterHandle; flow: PlayedFlow }> {
    const cluster = await (await aNamespace(lab, namespace)).create('prod', { version: '2.6.0', replicas: 3 });
    await cluster.ready(patient);
    const flow = lab.nifi.play(`${namespace}/prod`, { backPressure: 100_000 });
    for (const id of [0, 1, 2]) lab.nifi.nodeOfPod(namespace, podName('prod', id)).produce(500, flow.connectionId);
    return { cluster, flow };
  }

  async function isGone(cluster: ClusterHandle, id: number): Promise<void> {
    const gone = async (): Promise<boolean> => {
      const claim = await lab.client.get(persistentVolumeClaims, cluster.key(`data-prod-${id}`));
      return claim === undefined && (await cluster.pod(id)) === undefined;
    };
    await until(`node ${id} is gone`, gone, { ...patient, describe: async () => (await cluster.get()).status });
  }

  function nothingIsLost(flow: PlayedFlow): void {
    flow.stop();
    const { produced, consumed, queued, lost } = flow.counts();
    assert.deepEqual([lost, produced], [0, consumed + queued]);
  }

  test('two at once, with 1,500 flow files queued and more being made, leave all of them to the one that stays', async () => {
    const { cluster, flow } = await threeNodes('scaled');
    flow.setRates({ producePerSecond: 200 });
    const { 'prod-0': stays } = containers(lab, cluster);
    await cluster.patch({ spec: { replicas: 1 } });
    for (const id of [1, 2]) await isGone(cluster, id);
    await cluster.ready(patient);
    assert.deepEqual(containers(lab, cluster), { 'prod-0': stays });
    nothingIsLost(flow);
    assert.ok(flow.counts().queued >= 1_500);
  });

  test('come back with all they have when they are wanted again before their offload could end', async () => {
    const { cluster, flow } = await threeNodes('wanted');
    const leaving = lab.nifi.nodeOfPod('wanted', 'prod-2');
    const { 'prod-0': first, 'prod-1': second } = containers(lab, cluster);
    leaving.blockOffload();
    await cluster.patch({ spec: { replicas: 2 } });
    await until('the offload hangs', () => stateOf(lab, cluster, 2) === 'OFFLOADING', patient);
    await cluster.patch({ spec: { replicas: 3 } });
    await until('node 2 is connected', () => stateOf(lab, cluster, 2) === 'CONNECTED', {
      ...patient,
      describe: async () => (await cluster.get()).status,
    });
    await cluster.ready(patient);
    const now = containers(lab, cluster);
    assert.deepEqual([now['prod-0'], now['prod-1']], [first, second]);
    assert.equal(lab.nifi.nodeOfPod('wanted', 'prod-2').queued, 500);
    nothingIsLost(flow);
  });
});
