// The operator that acts dies in the middle of a rollout. The one that stands by goes on where it was.

import assert from 'node:assert/strict';
import { replaced } from './lib/cluster.ts';
import { leader } from './lib/leader.ts';
import { OPERATOR_NAMESPACE } from './lib/oracles.ts';
import { scenario } from './lib/stage.ts';
import { standingCluster } from './lib/standing.ts';

export const leaderFailover = scenario(
  'a standby goes on with a rollout when the leader dies',
  'alone',
  async (stage) => {
    const cluster = standingCluster(stage);
    cluster.work();
    const [before, first] = [await cluster.podUids(), await leader(stage)];
    cluster.watchDowntime();

    stage.expectStarts(3);
    await cluster.change({ spec: { node: { config: { nifiProperties: { 'nifi.queue.swap.threshold': '31000' } } } } });
    await cluster.until('a node is being restarted', ({ status }) => status?.readyNodes === 2);
    await stage.shell(`kubectl delete pod --namespace ${OPERATOR_NAMESPACE} ${first} --grace-period=0 --force`);
    await cluster.settled();

    await replaced(cluster, before);
    assert.equal(cluster.mostDown(), 1);
    assert.notEqual(await leader(stage), first);
  },
);
