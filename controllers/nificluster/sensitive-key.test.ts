// Every state of the key that encrypts the flow's sensitive values: made once, found again, never made a second time.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { planProvision } from './plan/provision.ts';
import { aWorld, type WorldBuilder } from './plan/testing.ts';
import { sensitiveKey } from './sensitive-key.ts';
import { aCluster, base64, type ClusterBuilder, noReferences, references } from './testing.ts';

const drawn = 'drawn-for-this-reconcile';
const name = 'prod-sensitive-key';
const one = aCluster().withNodes(1);
const referring = one.withSpec({ sensitivePropsKey: { secretKeyRef: { name: 'mine', key: 'secret' } } });

function keyOf(cluster: ClusterBuilder, world: WorldBuilder = aWorld(cluster), found = noReferences) {
  return sensitiveKey(cluster.validated().cluster, world.world, found, drawn);
}

function findingOf(key: ReturnType<typeof keyOf>) {
  assert.equal(key.state.state, 'missing');
  return key.state.state === 'missing' ? key.state.finding : undefined;
}

describe('A generated key', () => {
  test('is made while there is no Secret and no volume', () => {
    assert.deepEqual(keyOf(one), { state: { state: 'toCreate', value: drawn }, value: drawn, waiting: false });
  });

  test('is the one of the spec when that gives one in place', () => {
    const given = one.withSpec({ sensitivePropsKey: { value: 'written-in-the-spec' } });
    assert.equal(keyOf(given).value, 'written-in-the-spec');
  });

  test('is taken from its Secret ever after, whatever is drawn', () => {
    const world = aWorld(one).withSecret(name, { clusterUid: 'cluster-uid', data: base64({ key: 'the-first-one' }) });
    assert.deepEqual(keyOf(one, world), { state: { state: 'present' }, value: 'the-first-one', waiting: false });
  });

  test('of an earlier cluster is taken over under the lock of what was seen', () => {
    const world = aWorld(one).withSecret(name, {
      clusterUid: 'earlier',
      resourceVersion: '7',
      data: base64({ key: 'old-one' }),
    });
    assert.deepEqual(keyOf(one, world), {
      state: { state: 'toAdopt', resourceVersion: '7' },
      value: 'old-one',
      waiting: false,
    });
  });

  test('is never made again while a volume exists, whosever it is: a person must restore it', () => {
    for (const clusterUid of ['cluster-uid', 'earlier', undefined]) {
      const finding = findingOf(keyOf(one, aWorld(one).withClaim('data-prod-0', { clusterUid })));
      assert.deepEqual([finding?.reason, finding?.effect], ['SensitiveKeyMissing', 'blocks']);
      assert.match(finding?.message ?? '', /Secret prod-sensitive-key.*restore it from a backup/);
    }
  });

  test('whose Secret was emptied is missing, not made again', () => {
    const finding = findingOf(keyOf(one, aWorld(one).withSecret(name, { clusterUid: 'cluster-uid', data: {} })));
    assert.equal(finding?.reason, 'SensitiveKeyMissing');
  });

  test('that is gone stops everything: nothing is created and nothing restarted', () => {
    const world = aWorld(one).provisioned().withoutSecret(name).withoutPod(0);
    const { steps, findings } = planProvision(world.input());
    assert.deepEqual(steps, []);
    assert.deepEqual(
      findings.map(({ reason }) => reason),
      ['SensitiveKeyMissing'],
    );
  });
});

describe('A key that the spec refers to', () => {
  test('is read from its Secret, and no Secret of ours is made', () => {
    const found = references({ 'Secret/mine': { secret: 'twelve-letters' } });
    assert.deepEqual(keyOf(referring, aWorld(referring), found), {
      state: { state: 'present' },
      value: 'twelve-letters',
      waiting: false,
    });
  });

  test('that is not known yet is waited for', () => {
    const key = keyOf(referring, aWorld(referring), () => ({ state: 'unknown' }));
    assert.equal(key.waiting, true);
    assert.equal(key.value, undefined);
  });

  const bad = [
    {
      what: 'whose Secret does not exist',
      found: noReferences,
      reason: 'ReferenceMissing',
      mend: /create it with the key secret/,
    },
    {
      what: 'whose Secret lacks it',
      found: references({ 'Secret/mine': { other: 'x' } }),
      reason: 'ReferenceKeyMissing',
      mend: /has no key secret: add it/,
    },
    {
      what: 'that is too short',
      found: references({ 'Secret/mine': { secret: 'sesame-open' } }),
      reason: 'ReferenceInvalid',
      mend: /fewer than 12 characters/,
    },
  ];
  for (const { what, found, reason, mend } of bad) {
    test(`${what} is told with field and mend, and never with the key itself`, () => {
      const finding = findingOf(keyOf(referring, aWorld(referring), found));
      assert.equal(finding?.reason, reason);
      assert.match(finding?.message ?? '', mend);
      assert.match(finding?.message ?? '', /spec\.sensitivePropsKey\.secretKeyRef/);
      assert.doesNotMatch(finding?.message ?? '', /sesame/);
    });
  }
});
