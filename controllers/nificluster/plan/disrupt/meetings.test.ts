// What happens when one change meets another: a rollout and a smaller cluster, a restart and a node that is just being made,
// a person's approval and a node that still runs.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { annotations } from '../../../../api/v1/labels.ts';
import type { NodeRecord } from '../../build/record.ts';
import { aCluster } from '../../testing.ts';
import { planProvision } from '../provision.ts';
import { aPod, claim, now, ready } from '../testing.objects.ts';
import { aWorld, type WorldBuilder } from '../testing.ts';
import { isReadable } from '../world.ts';
import { planDisrupt } from './disrupt.ts';
import { markText } from './mark.ts';

const cluster = aCluster();
const connected = { 0: 'CONNECTED', 1: 'CONNECTED', 2: 'CONNECTED' } as const;
const well = aWorld(cluster).provisioned().withView(connected);

interface Outcome {
  readonly provision: readonly string[];
  readonly disrupt: readonly string[];
  readonly told: readonly string[];
}

function plans(world: WorldBuilder): Outcome {
  const input = world.input();
  const provision = planProvision(input);
  const { steps, nifi, findings } = planDisrupt(input, provision);
  const named = (step: { readonly kind: string }) => `${step.kind} ${'id' in step ? String(step.id) : ''}`;
  return {
    provision: provision.steps.filter((step) => 'id' in step).map(named),
    disrupt: [...steps.filter(({ kind }) => kind !== 'Announce'), ...nifi].map(named),
    told: [...provision.findings, ...findings].map(({ reason, message }) => `${reason}: ${message}`),
  };
}

describe('A rollout and a smaller cluster at once', () => {
  const both = well.when(
    aCluster()
      .withNodes(2)
      .withNode({ jvm: { heap: '2g' } }),
  );
  const emptying = both.withPod(2, { disconnectedBy: markText('Offloading', now.getTime() - 1_000) });

  test('begin with the node that leaves, which is not restarted for the new configuration', () => {
    assert.deepEqual(plans(both).disrupt, ['MarkPod 2']);
    assert.match(plans(both).told.join('\n'), /RestartPending: Waiting to restart node 1/);
  });

  for (const state of ['DISCONNECTED', 'OFFLOADING', 'OFFLOADED'] as const) {
    test(`leave a node alone that is ${state} on its way out, and restart nobody meanwhile`, () => {
      const { provision, disrupt } = plans(emptying.withView({ ...connected, 2: state }));
      assert.deepEqual(provision, []);
      assert.deepEqual(
        disrupt.filter((step) => step !== 'Offload 2'),
        [],
      );
    });
  }

  test('go on with the restarts once that node has left', () => {
    const left = both
      .withoutPod(2)
      .withoutRecord(2)
      .withoutClaim(claim(2))
      .withView({ 0: 'CONNECTED', 1: 'CONNECTED' });
    assert.deepEqual(plans(left).disrupt, ['DeleteRevision 2', 'MarkPod 1']);
  });
});

describe('Two nodes that are to leave, of which one was just to be restarted and NiFi has forgotten the other', () => {
  const four = aWorld(aCluster().withNodes(4)).provisioned();
  const leave = four.withView({ 0: 'CONNECTED', 1: 'CONNECTED', 3: 'CONNECTED' }).when(aCluster().withNodes(2));
  const begun = leave.withPod(3, { disconnectedBy: markText('Restart', now.getTime() - 60_000) });

  test('do not wait for each other: the restart is taken back, and who is down already goes first', () => {
    assert.deepEqual(plans(begun).disrupt, ['MarkPod 3']);
    assert.match(plans(begun).told.join('\n'), /Waiting to offload node 3: node 2 is leaving/);
    assert.match(plans(leave).told.join('\n'), /Removing node 2: it has not joined yet/);
  });

  test('keep what has begun of the restart as long as too little is known', () => {
    assert.deepEqual(plans(begun.askedOf(0, 60_000)).disrupt, []);
  });
});

describe('A Pod that was created and of which nothing is known yet', () => {
  const created = well.withPod(2, { ...aPod(2), revision: well.world.pods.get(2)?.revision });
  const two = { 0: 'CONNECTED', 1: 'CONNECTED', 2: 'DISCONNECTED' } as const;

  test('is waited for by a restart of another node, which then goes on', () => {
    const changed = created.withView(two).when(cluster.withEntry({ id: 1, node: { jvm: { heap: '2g' } } }));
    assert.deepEqual(plans(changed).disrupt, []);
    assert.match(plans(changed).told.join('\n'), /Waiting to restart node 1: node 2/);
    assert.deepEqual(plans(changed.withPod(2, ready(2)).withView(connected)).disrupt, ['MarkPod 1']);
  });

  test('leaves with its node all the same: at once when NiFi never started on its volumes', () => {
    const fresh = created.withRecord(2, { established: undefined }).withView({ 0: 'CONNECTED', 1: 'CONNECTED' });
    const smaller = fresh.when(aCluster().withNodes(2));
    assert.deepEqual(plans(smaller).disrupt, ['DeletePod 2', 'UpdateRecord 2']);
  });
});

describe('The approval of a lost volume', () => {
  const approved = (uid: string) => cluster.annotated({ [annotations.rebuild]: `1/${uid}` });
  const lost = `uid-claim-${claim(1)}`;
  const going = well.withClaim(claim(1), { deleting: true });
  const gone = well
    .withoutPod(1)
    .withoutClaim(claim(1))
    .withView({ ...connected, 1: 'DISCONNECTED' });

  test('has a node that still runs emptied first, so nothing is lost', () => {
    assert.deepEqual(plans(going).disrupt, []);
    assert.deepEqual(plans(going.when(approved(lost))).disrupt, ['MarkPod 1']);
  });

  test('is needed before anything takes the Pod away that still holds the volume: a restart would lose it', () => {
    const changed = cluster.withNode({ jvm: { heap: '2g' } }).withEntry({ id: 1 });
    const disrupt = plans(going.when(changed)).disrupt;
    assert.ok(disrupt.every((step) => !step.endsWith(' 1')));
    const asked = { restartRequestedAt: now.toISOString() };
    assert.deepEqual(plans(going.withPod(1, asked)).disrupt, []);
    const leaving = going.withPod(1, asked).when(aCluster().withNodeIds(0, 2));
    assert.ok(!plans(leaving).disrupt.includes('DeletePod 1'));
  });

  test('lets a node without a Pod start on an empty volume', () => {
    assert.deepEqual(plans(gone).provision, []);
    const settled = gone.when(approved(lost)).created();
    assert.ok(settled.world.pods.has(1));
    assert.ok(settled.world.claims.has(claim(1)));
  });

  test('takes away a Pod that waits for the volume: nothing runs in it, and it would wait for ever', () => {
    const pending = gone.withPod(1, { ...aPod(1), revision: well.world.pods.get(1)?.revision }).when(approved(lost));
    assert.deepEqual(plans(pending).disrupt, ['DeletePod 1']);
  });

  test('holds for that very volume and for no later one', () => {
    assert.deepEqual(plans(going.when(approved('uid-of-another'))).disrupt, []);
    assert.deepEqual(plans(gone.when(approved('uid-of-another'))).provision, []);
  });
});

describe('A node that is being emptied', () => {
  const storage = [
    { name: 'data', size: '10Gi' },
    { name: 'flowfile', size: '5Gi' },
  ];
  const marked = well
    .when(cluster.withNode({ storage }))
    .withPod(0, { disconnectedBy: markText('Emptying', now.getTime() - 1_000) });

  test('holds its place while what is known of it is too old to go on', () => {
    const input = marked.askedOf(0).input();
    const old = marked.askedOf(1, 6_000).world.view;
    assert.ok(old);
    const world = { ...input.world, opinions: new Map([[1, old]]) };
    const { steps, findings } = planDisrupt({ ...input, world }, planProvision({ ...input, world }));
    assert.deepEqual(steps, []);
    assert.match(findings.map(({ message }) => message).join('\n'), /Waiting to rebuild node 1: node 0/);
  });
});

describe('A configuration that was made for a node which is no member any more', () => {
  test('goes away, although the node never had a record', () => {
    const left = well.after({ kind: 'DeleteRecord', id: 2, record: recordOf(2), note: '' });
    const alone = left.withoutPod(2).withoutClaim(claim(2)).when(aCluster().withNodes(2));
    assert.deepEqual(plans(alone.withView({ 0: 'CONNECTED', 1: 'CONNECTED' })).disrupt, ['DeleteRevision 2']);
  });
});

function recordOf(id: number): NodeRecord {
  const record = well.world.records.get(id);
  assert.ok(isReadable(record));
  return record;
}
