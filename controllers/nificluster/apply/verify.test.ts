// How often the cluster itself is read before something is destroyed, and what is made of the answer.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nifiClusterType } from '../../../api/v1/nificluster.ts';
import type { DefaultedNiFiCluster } from '../../../api/v1/zz_generated.nificluster.ts';
import { ModelApi } from '../../../pkg/kube/testing/model-api.ts';
import { aCluster } from '../testing.ts';
import { VerifiedClusters } from './verify.ts';

async function aScene() {
  const api = new ModelApi();
  const planned = await api.create(nifiClusterType, aCluster().build());
  const verified = new VerifiedClusters(api);
  const reads = (): number => api.calls.filter(({ verb }) => verb === 'get').length;
  const change = (metadata: object): Promise<unknown> =>
    api.update(nifiClusterType, {
      ...planned,
      metadata: { ...planned.metadata, ...metadata, resourceVersion: api.resourceVersion },
    });
  return { api, planned, verified, reads, change };
}

describe('Verifying a cluster', () => {
  test('costs one read in a term, however many nodes and plans ask', async () => {
    const { planned, verified, reads } = await aScene();
    const verify = verified.of(planned);
    assert.deepEqual(await Promise.all([verify('OnceATerm'), verify('OnceATerm')]), [true, true]);
    assert.equal(await verified.of(planned)('OnceATerm'), true);
    assert.equal(reads(), 1);
  });

  test('reads every time for what deletes data', async () => {
    const { planned, verified, reads } = await aScene();
    for (let round = 1; round <= 3; round += 1) {
      assert.equal(await verified.of(planned)('Always'), true);
      assert.equal(reads(), round);
    }
  });

  const changes: Readonly<Record<string, Partial<DefaultedNiFiCluster['metadata']>>> = {
    'has another spec': { generation: 2 },
    'is being deleted': { deletionTimestamp: '2026-11-21T12:00:00Z' },
  };
  for (const [what, metadata] of Object.entries(changes)) {
    test(`says no to a cluster that ${what}, and asks again the next time`, async () => {
      const { planned, verified, change, reads } = await aScene();
      await change(metadata);
      assert.equal(await verified.of(planned)('OnceATerm'), false);
      assert.equal(
        await verified.of({ ...planned, metadata: { ...planned.metadata, ...metadata } })('OnceATerm'),
        true,
      );
      assert.equal(reads(), 2);
    });
  }

  test('says no to a cluster that is gone, or is another one of the same name', async () => {
    const { api, planned, verified } = await aScene();
    await verified.of(planned)('OnceATerm');
    await api.delete(nifiClusterType, { namespace: 'data', name: 'prod' });
    assert.equal(await verified.of(planned)('Always'), false);
    const another = await api.create(nifiClusterType, aCluster().withUid('another').build());
    assert.equal(await verified.of(planned)('Always'), false);
    assert.equal(await verified.of(another)('OnceATerm'), true);
  });
});
