// NiFi's version goes up while data flows. Nodes of two versions are in the cluster meanwhile, and never is more than one down.

import assert from 'node:assert/strict';
import { pods } from '../../pkg/kube/resources.ts';
import { aCluster } from './lib/cluster.ts';
import { scenario } from './lib/stage.ts';

export const versionUpgrade = scenario(
  'an upgrade goes through the nodes one by one',
  'beside',
  async (stage) => {
    const { version, newer } = stage.nifi;
    if (newer === undefined) throw new Error(`there is no other version than ${version}`);
    const cluster = await aCluster(stage, 'prod', { replicas: 3 });
    cluster.work();
    cluster.watchDowntime();

    stage.expectStarts(3);
    await cluster.change({ spec: { version: newer } });
    await cluster.settled();
    await cluster.until('the status tells the version', ({ status }) => status?.version === newer);

    assert.equal(cluster.mostDown(), 1);
    for (const { spec } of await cluster.handle.list(pods)) {
      assert.equal(spec?.containers.find(({ name }) => name === 'nifi')?.image, `apache/nifi:${newer}`);
    }
  },
  ['newer NiFi'],
);
