// The Pods of a cluster are evicted as `kubectl drain` does it: each is asked for until it is granted. The disruption budget holds the next
// one back until the one before is in NiFi's cluster again.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../node/command.ts';
import { aCluster, replaced } from './lib/cluster.ts';
import { fullQueue } from './lib/real-flow.ts';
import { type Stage, scenario } from './lib/stage.ts';

export const eviction = scenario(
  'evictions go through one at a time, and every node comes back with its data',
  'beside',
  async (stage) => {
    const cluster = await aCluster(stage, 'prod', { replicas: 3 });
    cluster.work();
    const queue = await fullQueue(stage, cluster);
    const before = await cluster.podUids();
    cluster.watchDowntime();

    stage.expectStarts(3);
    let refusals = 0;
    for (const pod of Object.keys(before)) refusals += await evict(stage, pod);
    await replaced(cluster, before);
    await cluster.settled();
    await queue?.isWhole();

    assert.equal(cluster.mostDown(), 1);
    assert.ok(refusals > 0, 'the budget never had to hold an eviction back');
  },
);

/** How often it was refused before it was granted. */
async function evict(stage: Stage, pod: string): Promise<number> {
  const { namespace } = stage;
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace } };
  const line = `kubectl create --raw /api/v1/namespaces/${namespace}/pods/${pod}/eviction --filename -`;
  for (let refusals = 0; ; refusals += 1) {
    try {
      await stage.shell(line, { input: JSON.stringify(body) });
      return refusals;
    } catch (error) {
      if (!(error instanceof CommandError) || !error.output.includes('disruption budget') || refusals > 120)
        throw error;
      await sleep(1000);
    }
  }
}
