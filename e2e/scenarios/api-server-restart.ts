// The API server goes away in the middle of a rollout, and comes back. NiFi does not notice, and the rollout goes on.

import assert from 'node:assert/strict';
import { replaced } from './lib/cluster.ts';
import { scenario } from './lib/stage.ts';
import { standingCluster } from './lib/standing.ts';

export const apiServerRestart = scenario(
  'a rollout goes on when the API server was away',
  'alone',
  async (stage) => {
    const { restartApiServer } = stage;
    if (restartApiServer === undefined) throw new Error('this API server is not ours to restart');
    const cluster = standingCluster(stage);
    cluster.work();
    const before = await cluster.podUids();
    cluster.watchDowntime();

    stage.expectStarts(3);
    await cluster.change({ spec: { node: { config: { nifiProperties: { 'nifi.queue.swap.threshold': '32000' } } } } });
    await cluster.until('a node is being restarted', ({ status }) => status?.readyNodes === 2);
    await restartApiServer();
    await cluster.settled();

    await replaced(cluster, before);
    assert.equal(cluster.mostDown(), 1);
  },
  ['restartApiServer'],
);
