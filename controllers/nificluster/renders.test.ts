// Rendering is done once for each version of what it is made from, and never mixes two of them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RevisionCache } from './renders.ts';
import { aCluster, references } from './testing.ts';

const key = 'a-sensitive-key-of-the-cluster';
const cluster = aCluster().resolved();

describe('The cache of revisions', () => {
  test('has one for each node', () => {
    const { desired } = new RevisionCache().get(cluster, '1', key);
    assert.deepEqual([...desired.keys()], [0, 1, 2]);
  });

  test('renders again to the same digest what it did not keep', () => {
    const cache = new RevisionCache();
    cache.get(cluster, '1', key);
    const { desired, render } = cache.get(cluster, '1', key);
    assert.equal(render(1)?.digest, desired.get(1)?.digest);
    assert.equal(render(1)?.inputs, desired.get(1)?.inputs);
    assert.equal(render(7), undefined);
  });

  test('keeps no files: only what decides', () => {
    const cache = new RevisionCache();
    const { desired } = cache.get(cluster, '1', key);
    assert.deepEqual(Object.keys(desired.get(0) ?? {}).toSorted(), [
      'digest',
      'hasSecretPart',
      'id',
      'image',
      'inputs',
      'version',
      'volumes',
    ]);
  });

  test('renders anew for another version, and for another key under the same version', () => {
    const secret = references({ 'Secret/extra': { 'nifi.properties': 'nifi.queue.swap.threshold=1' } });
    const withSecret = aCluster()
      .withNodes(1)
      .withNode({ configFrom: [{ file: 'nifi.properties', secretRef: { name: 'extra' } }] })
      .resolved(secret);
    const cache = new RevisionCache();
    const first = cache.get(withSecret, '1', key);
    const second = cache.get(withSecret, '1', 'another-key-drawn-later');
    assert.notEqual(second.desired.get(0)?.inputs, first.desired.get(0)?.inputs);
    assert.equal(second.render(0)?.digest, second.desired.get(0)?.digest);
    const third = cache.get(aCluster().withNodes(1).resolved(), '2', key);
    assert.notEqual(third.desired.get(0)?.digest, second.desired.get(0)?.digest);
  });

  test('tells clusters of one name in two namespaces apart', () => {
    const cache = new RevisionCache();
    cache.get(cluster, '1', key);
    const other = cache.get(aCluster().named('prod', 'elsewhere').resolved(), '1', key);
    assert.notEqual(other.desired.get(0)?.inputs, cache.get(cluster, '1', key).desired.get(0)?.inputs);
  });

  test('forgets a cluster that is gone', () => {
    const cache = new RevisionCache();
    const before = cache.get(cluster, '1', key).desired;
    assert.equal(cache.get(cluster, '1', key).desired, before);
    cache.forget({ namespace: 'data', name: 'prod' });
    assert.notEqual(cache.get(cluster, '1', key).desired, before);
  });
});
