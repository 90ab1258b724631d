// Evictions and disruption budgets on a real API server with the real disruption controller.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { kubeconfigAccess } from '../../pkg/kube/access.ts';
import { KubeClient } from '../../pkg/kube/client.ts';
import { podDisruptionBudgets, pods } from '../../pkg/kube/resources.ts';
import { type ControlPlane, startControlPlane } from '../controlplane/controlplane.ts';
import { drain, uncordon } from './drain.ts';
import { createIpAllocator } from './ips.ts';
import { startKubelet } from './kubelet.ts';
import { aPod, createFakeRuntime, eventually, isReady, podWhere } from './testing.ts';
import type { PlayedKubelet } from './types.ts';

const key = (name: string) => ({ namespace: 'default', name });

describe('a drain', () => {
  let controlPlane: ControlPlane;
  let client: KubeClient;
  let kubelet: PlayedKubelet;

  before(async () => {
    controlPlane = await startControlPlane();
    client = new KubeClient({ access: await kubeconfigAccess(controlPlane.kubeconfig) });
    kubelet = await startKubelet({
      kubeconfig: controlPlane.kubeconfig,
      runtime: createFakeRuntime(),
      dir: join(controlPlane.dir, 'kubelet'),
      ips: createIpAllocator(),
      speed: 20,
    });
  });
  after(async () => {
    await kubelet?.stop();
    await client?.close();
    await controlPlane?.stop();
  });

  async function budgetAllows(count: number): Promise<void> {
    await eventually(`the budget allows ${count}`, async () => {
      const budget = await client.get(podDisruptionBudgets, key('demo'));
      const status = (budget as { status?: { disruptionsAllowed?: number; expectedPods?: number } } | undefined)
        ?.status;
      return (status?.expectedPods === 2 && status.disruptionsAllowed === count) || undefined;
    });
  }

  test('waits for the budget, takes the Pods one after another, and leaves the machine to nobody until it is let back', async () => {
    const pod = (name: string) => aPod(name, { nodeName: 'node-1' });
    for (const name of ['a', 'b']) await client.create(pods, pod(name));
    for (const name of ['a', 'b']) await podWhere(client, name, isReady);
    await client.create(podDisruptionBudgets, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'demo', namespace: 'default' },
      spec: {
        minAvailable: 1,
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
        selector: { matchLabels: { 'app.kubernetes.io/instance': 'demo' } },
      },
    });
    await budgetAllows(1);
    const draining = drain(client, 'node-1', { everyMs: 50 });
    const first = await eventually('one Pod is gone', async () => {
      const left = (await client.list(pods, { namespace: 'default' })).items;
      return left.length === 1 ? left[0] : undefined;
    });
    assert.equal(first.metadata.deletionTimestamp, undefined, 'the other one stays as long as it is needed');

    const gone = first.metadata.name === 'a' ? 'b' : 'a';
    await client.create(pods, aPod(gone));
    const again = await podWhere(client, gone, isReady);
    assert.notEqual(again.spec?.nodeName, 'node-1');
    const { evicted, refusals } = await draining;
    assert.deepEqual(evicted, [`default/${gone}`, `default/${first.metadata.name}`]);
    assert.ok(refusals > 0);

    await client.create(pods, aPod('picky', { nodeSelector: { 'kubernetes.io/hostname': 'node-1' } }));
    await podWhere(client, 'picky', ({ status }) => status?.conditions?.[0]?.reason === 'Unschedulable');
    await uncordon(client, 'node-1');
    await podWhere(client, 'picky', isReady);
  });
});
