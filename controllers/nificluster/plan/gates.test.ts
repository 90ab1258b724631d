// The reasons not to create anything: which comes first, and that none of them touches what runs.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aCluster } from '../testing.ts';
import { closedGate, listed } from './gates.ts';
import { planProvision } from './provision.ts';
import { aWorld } from './testing.ts';

const up = aWorld(aCluster()).provisioned();

describe('A gate', () => {
  test('is open for a cluster that lacks nothing', () => {
    assert.equal(closedGate(aWorld(aCluster()).input()), undefined);
    assert.equal(closedGate(up.input()), undefined);
  });

  test('is closed by one volume of an earlier cluster, also while ours run', () => {
    const world = up.withClaim('data-prod-7', { clusterUid: 'earlier' });
    assert.equal(closedGate(world.input())?.reason, 'VolumesLeftBehind');
  });

  test('is closed by a volume without a mark: whose it is, is unknown', () => {
    assert.equal(
      closedGate(up.withClaim('data-prod-0', { clusterUid: undefined }).input())?.reason,
      'VolumesLeftBehind',
    );
  });

  test('names what was left behind before what cannot be read: without the volumes the key is not missed', () => {
    const world = up.withClaim('data-prod-7', { clusterUid: 'earlier' }).withoutSecret('prod-sensitive-key');
    assert.equal(closedGate(world.input())?.reason, 'VolumesLeftBehind');
    assert.equal(closedGate(up.withoutSecret('prod-sensitive-key').input())?.reason, 'SensitiveKeyMissing');
  });

  test('that is closed deletes nothing and takes no Pod down', () => {
    const world = up.withPod(0, { phase: 'Failed' }).withoutPod(1).withoutSecret('prod-sensitive-key');
    assert.deepEqual(planProvision(world.input()).steps, []);
  });
});

describe('A list of names', () => {
  test('is sorted, and cut after three', () => {
    assert.equal(listed(['b', 'a']), 'a, b');
    assert.equal(listed(['d', 'c', 'b', 'a']), 'a, b, c …');
  });
});
