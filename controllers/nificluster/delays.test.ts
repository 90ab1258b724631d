// When a cluster is looked at again although no event tells.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planDelay, renewalDelay, soonest, untoldDelay } from './delays.ts';
import { daysFromNow, facts, now } from './plan/testing.objects.ts';
import { aWorld } from './plan/testing.ts';
import { aCluster } from './testing.ts';

const dayMs = 86_400_000;
const up = aWorld(aCluster().withNodes(1)).provisioned();
const expiring = (days: number) =>
  up.withSecret('prod-0-tls', { certificate: facts('0.prod.data', [], { notAfter: daysFromNow(days) }) });

describe('A cluster is looked at again', () => {
  test('at the soonest of all times, and never when there is none', () => {
    assert.deepEqual(soonest(undefined, 500, 300), { requeueAfterMs: 300 });
    assert.equal(soonest(undefined, undefined), undefined);
  });

  test('once a day at the latest while it has certificates, and not at once for one that is past its time', () => {
    assert.equal(renewalDelay(up.world, now), dayMs);
    assert.equal(renewalDelay(expiring(-1).world, now), 30_000);
    assert.equal(renewalDelay(aWorld(aCluster()).world, now), undefined);
  });

  test('as often as its plan wants, but no oftener than NiFi is asked', () => {
    assert.deepEqual([planDelay(300, 300), planDelay(300, 10_000), planDelay(60_000, 300)], [300, 10_000, 60_000]);
    assert.equal(planDelay(undefined, 300), undefined);
  });

  test('after a while for what ends by itself and tells nobody', () => {
    const unschedulable = { reason: 'Unschedulable', message: '', node: 0, effect: 'blocks' } as const;
    assert.deepEqual([untoldDelay(false, [unschedulable]), untoldDelay(true, [])], [30_000, 30_000]);
    assert.equal(untoldDelay(false, [{ ...unschedulable, reason: 'PodRefused' }]), undefined);
  });
});
