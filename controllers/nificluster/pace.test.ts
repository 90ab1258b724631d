// NiFi is not called without end: what lasts is asked for less and less, what has just changed soon.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Paces } from './pace.ts';
import { aView, ready } from './plan/testing.objects.ts';
import { aWorld } from './plan/testing.ts';
import { aCluster } from './testing.ts';

const key = { namespace: 'data', name: 'prod' };
const { world } = aWorld(aCluster().withNodes(1)).provisioned();
const offloading = aView({ 0: 'OFFLOADING' });

describe('The pace', () => {
  test('slows with the age of what is seen, between 0.3 and 10 seconds', () => {
    const paces = new Paces();
    const at = (ms: number) => paces.intervalMs(key, world, offloading, ms);
    assert.deepEqual([at(0), at(1_000), at(10_000), at(3_600_000)], [300, 300, 2_000, 10_000]);
  });

  test('is quick again when NiFi or a Pod shows something else', () => {
    const paces = new Paces();
    const slow = () =>
      paces.intervalMs(key, world, offloading, 0) + paces.intervalMs(key, world, offloading, 3_600_000);
    slow();
    assert.equal(paces.intervalMs(key, world, aView({ 0: 'OFFLOADED' }), 3_600_000), 300);
    slow();
    const restarted = aWorld(aCluster().withNodes(1))
      .provisioned()
      .withPod(0, { ...ready(0), uid: 'next' });
    assert.equal(paces.intervalMs(key, restarted.world, offloading, 3_600_000), 300);
  });

  test('is quick again when NiFi was asked for something', () => {
    const paces = new Paces();
    paces.intervalMs(key, world, offloading, 0);
    assert.equal(paces.quicken(key), 300);
    assert.equal(paces.intervalMs(key, world, offloading, 3_600_000), 300);
  });

  test('is each cluster’s own, and an hour of nothing costs hundreds of calls, not thousands', () => {
    const paces = new Paces();
    let calls = 0;
    for (let ms = 0; ms < 3_600_000; ms += paces.intervalMs(key, world, offloading, ms)) calls += 1;
    assert.ok(calls < 400, `${calls} calls in an hour in which nothing moves`);
    assert.equal(paces.intervalMs({ ...key, name: 'other' }, world, offloading, 3_600_000), 300);
  });
});
