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

  test('is closed for a new cluster by one volume of an earlier one', () => {
    const world = aWorld(aCluster()).withClaim('data-prod-7', { clusterUid: 'earlier' });
    assert.equal(closedGate(world.input())?.reason, 'VolumesLeftBehind');
  });

  test('stays open for a cluster that runs: a volume of an earlier one holds back the node that it belongs to, alone', () => {
    const world = up.withoutRecord(2).withoutPod(1, 2).withClaim('data-prod-2', { clusterUid: 'earlier' });
    assert.equal(closedGate(world.input()), undefined);
    const { steps, findings } = planProvision(world.input());
    assert.deepEqual(
      steps.flatMap((step) => ('id' in step ? [`${step.kind} ${step.id}`] : [])),
      ['CreatePod 1'],
    );
    assert.deepEqual(
      findings.filter(({ node }) => node === 2).map(({ reason }) => reason),
      ['VolumesLeftBehind'],
    );
  });

  test('is closed by a key that is another than the one that a node was started with', () => {
    const world = up.withRecord(1, { keyCheck: 'former' });
    assert.equal(closedGate({ ...world.input(), keyCheck: 'former' }), undefined);
    const finding = closedGate({ ...world.input(), keyCheck: 'other' });
    assert.equal(finding?.reason, 'SensitiveKeyChanged');
    assert.match(finding?.message ?? '', /Secret prod-sensitive-key .* nodes 1 .*put the former key back/);
  });

  test('is open for another key while no node was ever started with the former', () => {
    const world = up.withRecord(1, { keyCheck: 'former', established: undefined });
    assert.equal(closedGate({ ...world.input(), keyCheck: 'other' }), undefined);
  });

  test('is closed by a volume without a mark: whose it is, is unknown', () => {
    const world = aWorld(aCluster()).withClaim('data-prod-0', { clusterUid: undefined });
    assert.equal(closedGate(world.input())?.reason, 'VolumesLeftBehind');
  });

  test('names what was left behind before what cannot be read: without the volumes the key is not missed', () => {
    const world = aWorld(aCluster())
      .withClaim('data-prod-7', { clusterUid: 'earlier' })
      .withoutSecret('prod-sensitive-key');
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
    assert.equal(listed(['10', '9', '2']), '2, 9, 10');
  });
});
