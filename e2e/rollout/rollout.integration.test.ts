// Rollouts on a real API server, with flows that go on all the time: what restarts nothing, what a change of all nodes costs,
// and a machine that is drained. Counts are held to the design's limits; times are only told, since machines differ.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { podName } from '../../api/v1/labels.ts';
import type { NiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import type { Operator } from '../../pkg/operator/operator.ts';
import { drain, uncordon } from '../kubelet/drain.ts';
import { nodeType } from '../kubelet/nodes.ts';
import { aNamespace, type ClusterHandle } from '../lab/cluster.ts';
import { countRequests } from '../lab/counting.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { runOperator } from '../lab/operator.ts';
import { rolloutCost } from './measure.ts';
import { containers, coordinatorLast, isRolledOut, patient, stateOf } from './scene.ts';

const aChange = { node: { config: { nifiProperties: { 'nifi.queue.swap.threshold': '40000' } } } };

describe('a rollout', () => {
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

  async function create(namespace: string, spec: Partial<NiFiClusterSpec> = {}): Promise<ClusterHandle> {
    const whole = { version: '2.6.0', replicas: 3, ...spec };
    const cluster = await (await aNamespace(lab, namespace)).create('prod', whole);
    await cluster.ready(patient);
    return cluster;
  }

  test('does not begin with a new cluster, a larger one, or another operator', async () => {
    const since = new Date();
    const cluster = await create('quiet', { replicas: 2 });
    await sleep(1_000);
    const first = containers(lab, cluster);
    await cluster.patch({ spec: { replicas: 3 } });
    await cluster.until(
      'the third node is there',
      (now) => isRolledOut(now) && now.status?.nodes?.length === 3,
      patient,
    );
    await operator.stop();
    operator = await runOperator(lab.controlPlane.kubeconfig);
    await sleep(3_000);
    const { 'prod-2': third, ...rest } = containers(lab, cluster);
    assert.ok(third);
    assert.deepEqual(rest, first);
    const { byKind } = await countRequests(lab, { since, namespace: cluster.namespace });
    assert.equal(byKind['delete pods'], undefined);
  });

  for (const nodes of [3, 5]) {
    test(`of ${nodes} nodes costs no more than six writes a node and two, goes one at a time, and loses nothing`, async (t) => {
      const cluster = await create(`writes-${nodes}`, { replicas: nodes });
      const ids = Array.from({ length: nodes }, (_, id) => id);
      const flow = lab.nifi.play(`${cluster.namespace}/${cluster.name}`, {
        producePerSecond: 200,
        consumePerSecond: 100,
      });
      await sleep(1_500);
      const last = podName(cluster.name, coordinatorLast(lab, cluster, ids).at(-1) ?? 0);
      const since = new Date();
      const begun = performance.now();
      await cluster.patch({ spec: aChange });
      let most = 0;
      await cluster.until(
        'all are rolled out',
        (now) => {
          most = Math.max(most, ids.filter((id) => stateOf(lab, cluster, id) !== 'CONNECTED').length);
          return isRolledOut(now);
        },
        patient,
      );
      const seconds = (performance.now() - begun) / 1_000;
      await sleep(2_000);
      const cost = await rolloutCost(lab, cluster, ids, since);
      const { writes, statusWrites, events, conflicts, byKind } = cost.requests;
      t.diagnostic(
        `${writes} writes, ${conflicts} refused, ${statusWrites} of status, ${events} events, ${seconds.toFixed(1)} s`,
      );
      t.diagnostic(JSON.stringify(byKind));
      t.diagnostic(JSON.stringify(cost.nifiCalls));
      for (const { pod, gaps, totalMs } of cost.nodes)
        t.diagnostic(`${pod} ${totalMs.toFixed(0)} ms ${JSON.stringify(gaps)}`);
      // The kubelet may write a Pod's status between our look at it and our delete, which is refused then and changes nothing.
      assert.ok(conflicts <= nodes, `${conflicts} conflicts`);
      assert.ok(writes - conflicts <= 6 * nodes + 2, `${writes} writes: ${JSON.stringify(byKind)}`);
      assert.equal(most, 1, 'one node at a time');
      assert.equal(cost.nodes.length, nodes);
      assert.equal(cost.nodes.at(-1)?.pod, last, 'the coordinator is the last');
      flow.stop();
      const { produced, consumed, queued, lost } = flow.counts();
      assert.deepEqual([produced, lost], [consumed + queued, 0]);
    });
  }

  test('leaves a drain to the budget: one node at a time leaves the machine and comes back elsewhere, with its data', async () => {
    const machine = 'node-3';
    const near = { spec: { nodeSelector: { 'played/near': 'yes' } } };
    const labelled = (value: string | null) => ({ metadata: { labels: { 'played/near': value } } });
    await lab.client.patch(nodeType, { namespace: '', name: machine }, labelled('yes'));
    const cluster = await create('drained', { node: { podTemplate: near } });
    for (const id of [0, 1, 2]) assert.equal((await cluster.pod(id))?.spec?.nodeName, machine);
    const flow = lab.nifi.play(`${cluster.namespace}/${cluster.name}`, { producePerSecond: 200 });
    await lab.client.patch(nodeType, { namespace: '', name: 'node-1' }, labelled('yes'));
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, [0, 1, 2].filter((id) => stateOf(lab, cluster, id) !== 'CONNECTED').length);
    }, 10);
    const { evicted, refusals } = await drain(lab.client, machine, { timeoutMs: 180_000 });
    clearInterval(watch);
    assert.ok(evicted.length >= 3 && refusals > 0, `${evicted.join(' ')}, refused ${refusals} times`);
    assert.equal(most, 1, 'one node at a time');
    await cluster.ready(patient);
    for (const id of [0, 1, 2]) assert.equal((await cluster.pod(id))?.spec?.nodeName, 'node-1');
    await uncordon(lab.client, machine);
    flow.stop();
    const { produced, queued, lost } = flow.counts();
    assert.deepEqual([queued, lost], [produced, 0]);
  });
});
