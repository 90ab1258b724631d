// A planned restart as somebody sees it who uses NiFi meanwhile; and that the same measure shows what it is that our order of
// steps is good for: a Pod that is deleted without the disconnect before makes it fail.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { podName } from '../../api/v1/labels.ts';
import { pods } from '../../pkg/kube/resources.ts';
import type { Operator } from '../../pkg/operator/operator.ts';
import { aNamespace, type ClusterHandle } from '../lab/cluster.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { runOperator } from '../lab/operator.ts';
import { complaints, refusedWrites, type Sample, startClient } from './client.ts';
import { containers, coordinatorLast, isReturning, isRolledOut, patient } from './scene.ts';

describe('a client of NiFi', () => {
  let lab: Lab;
  let operator: Operator;

  before(async () => {
    // Long enough moments for a client to be hit by each.
    lab = await startLab({ timing: { shutdownNoticeMs: 150, joinMs: 300, stopMs: 250 } });
    operator = await runOperator(lab.controlPlane.kubeconfig);
  });
  after(async () => {
    await operator?.stop();
    await lab?.stop();
  });

  async function threeNodes(namespace: string): Promise<ClusterHandle> {
    const cluster = await (await aNamespace(lab, namespace)).create('prod', { version: '2.6.0', replicas: 3 });
    await cluster.ready(patient);
    return cluster;
  }

  /** Lets `restart` happen to a node while a client asks another one, until the node is back. */
  async function duringRestart(
    cluster: ClusterHandle,
    restart: (id: number) => Promise<unknown>,
  ): Promise<readonly Sample[]> {
    const [id = 0, asks = 0] = coordinatorLast(lab, cluster, [0, 1, 2]);
    const pod = podName(cluster.name, id);
    const { [pod]: before } = containers(lab, cluster);
    const client = await startClient(lab, cluster, { asks, returning: () => isReturning(lab, cluster, id) });
    await restart(id);
    await cluster.until(
      `node ${id} is restarted`,
      (now) => containers(lab, cluster)[pod] !== before && isRolledOut(now),
      patient,
    );
    return client.stop();
  }

  test('sees no failed read in a planned restart, and writes refused only while the node comes back', async (t) => {
    const cluster = await threeNodes('planned');
    const samples = await duringRestart(cluster, (id) =>
      cluster.patch({
        spec: { nodes: [{ id, node: { config: { nifiProperties: { 'nifi.queue.swap.threshold': '40000' } } } }] },
      }),
    );
    t.diagnostic(`${samples.length} requests, ${refusedWrites(samples)} writes refused`);
    assert.deepEqual(complaints(samples), []);
    assert.ok(refusedWrites(samples) > 0, 'the client was quick enough to see the node come back');
  });

  test('sees reads fail, and writes refused all the time, when the disconnect is left out', async (t) => {
    const cluster = await threeNodes('unplanned');
    const samples = await duringRestart(cluster, (id) =>
      lab.client.delete(pods, cluster.key(podName(cluster.name, id))),
    );
    t.diagnostic(`${samples.length} requests, ${refusedWrites(samples)} writes refused`);
    const bad = complaints(samples);
    assert.ok(
      bad.some((line) => line.startsWith('a read failed')),
      bad.join('\n'),
    );
    assert.ok(bad.includes('a write was refused while no node was returning'), bad.join('\n'));
  });
});
