// A property changes while data flows. Every node is restarted once, and never two at a time.

import assert from 'node:assert/strict';
import { aCluster, replaced } from './lib/cluster.ts';
import { nifiFile } from './lib/pod.ts';
import { fullQueue } from './lib/real-flow.ts';
import { scenario } from './lib/stage.ts';

export const configRoll = scenario(
  'a changed property reaches every node, one restart at a time',
  'beside',
  async (stage) => {
    const cluster = await aCluster(stage, 'roll', { replicas: 3 });
    cluster.work();
    const queue = await fullQueue(stage, cluster);
    const before = await cluster.podUids();
    cluster.watchDowntime();

    stage.expectStarts(3);
    await cluster.change({ spec: { node: { config: { nifiProperties: { 'nifi.queue.swap.threshold': '41000' } } } } });
    await cluster.settled();

    await replaced(cluster, before);
    await queue?.isWhole();
    assert.equal(cluster.mostDown(), 1);
    for (const id of await cluster.nodes()) {
      assert.match(
        await nifiFile(stage, `roll-${id}`, 'conf/nifi.properties'),
        /^nifi\.queue\.swap\.threshold=41000$/mu,
      );
    }
  },
);
