// `kubectl scale`, up and down. Nobody who stays is restarted, and what the leaving nodes held is kept.

import assert from 'node:assert/strict';
import { aCluster } from './lib/cluster.ts';
import { fullQueue } from './lib/real-flow.ts';
import { scenario } from './lib/stage.ts';

export const scale = scenario(
  'kubectl scale adds nodes and takes them away, and nobody else is restarted',
  'beside',
  async (stage) => {
    const cluster = await aCluster(stage, 'prod', { replicas: 2 });
    cluster.work({ producePerSecond: 60, consumePerSecond: 20 });
    const before = await cluster.podUids();

    stage.expectStarts(2);
    await stage.kubectl('scale', 'nifi/prod', '--replicas=4');
    await cluster.settled();
    assert.deepEqual(await cluster.nodes(), [0, 1, 2, 3]);
    const queue = await fullQueue(stage, cluster);

    await stage.kubectl('scale', 'nifi/prod', '--replicas=2');
    await cluster.settled();
    assert.deepEqual(await cluster.nodes(), [0, 1]);
    assert.deepEqual(await cluster.podUids(), before);
    await queue?.isWhole();
  },
);
