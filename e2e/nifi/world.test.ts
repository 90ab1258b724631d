import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterKey, eventually, Fixture } from './contract/fixture.ts';

test('three nodes with rendered files form one cluster that answers the operator', async () => {
  const fixture = await Fixture.open();
  try {
    await fixture.cluster(3);
    const answer = await fixture.ask(1, { path: '/nifi-api/controller/cluster', client: 'admin' });
    assert.equal(answer.status, 200, answer.text);
    assert.equal(fixture.world.cluster(clusterKey).table.inState('CONNECTED').length, 3);
    const summary = await fixture.ask(2, { path: '/nifi-api/flow/cluster/summary', client: 'admin' });
    assert.deepEqual(summary.json, {
      clusterSummary: {
        connectedNodes: '3 / 3',
        connectedNodeCount: 3,
        totalNodeCount: 3,
        connectedToCluster: true,
        clustered: true,
      },
    });
    await eventually(() => true, 'it');
  } finally {
    await fixture.close();
  }
});
