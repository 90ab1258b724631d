// How a node leaves: what must be seen before each step, what voids it, and the way back from everywhere.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { annotations } from '../../../../api/v1/labels.ts';
import { aCluster } from '../../testing.ts';
import { planProvision } from '../provision.ts';
import { aPod, claim, crashed, now } from '../testing.objects.ts';
import { aWorld, type WorldBuilder } from '../testing.ts';
import type { ObservedContainer } from '../world.ts';
import { acts, all, cluster, marked, plan, told, well } from './testing.ts';

describe('A node that is no member any more', () => {
  const smaller = well.when(aCluster().withNodes(2));
  const leaving = { 0: 'CONNECTED', 1: 'CONNECTED', 2: 'DISCONNECTED' } as const;
  const proof = { podUid: 'uid-Pod-prod-2', containerId: 'container-2', why: 'Emptied' } as const;

  test('is marked, disconnected, marked as offloading and offloaded', () => {
    assert.deepEqual(acts(plan(smaller)), ['MarkPod 2']);
    assert.deepEqual(acts(plan(marked(smaller, 2, 'Emptying'))), ['Disconnect 2']);
    assert.deepEqual(acts(plan(marked(smaller, 2, 'Emptying').withView(leaving))), ['MarkPod 2']);
    assert.deepEqual(acts(plan(marked(smaller, 2, 'Offloading').withView(leaving))), ['Offload 2']);
  });

  const offloaded = marked(smaller, 2, 'Offloading').withView({ ...leaving, 2: 'OFFLOADED' });

  test('is asked itself whether it is empty: OFFLOADED proves nothing', () => {
    const outcome = plan(offloaded);
    assert.deepEqual(acts(outcome), []);
    assert.deepEqual(outcome.asks.reports, [2]);
  });

  test('is connected to be offloaded again when it says that it is not', () => {
    assert.deepEqual(acts(plan(offloaded.withReport(2, 7))), ['Connect 2']);
  });

  test('is on record as offloaded before NiFi is told to forget it', () => {
    const { steps } = plan(offloaded.withReport(2, 0));
    assert.deepEqual(
      steps.map((step) => step.kind === 'UpdateRecord' && step.record.removal),
      [{ ...proof, state: 'Offloaded' }],
    );
    assert.deepEqual(acts(plan(offloaded.withReport(2, 0).after(...steps))), ['Remove 2']);
  });

  const forgotten = offloaded
    .withRecord(2, { removal: { ...proof, state: 'Offloaded' } })
    .withView({ 0: 'CONNECTED', 1: 'CONNECTED' });

  test('must say 0 once more after NiFi has forgotten it', () => {
    assert.deepEqual(acts(plan(forgotten.withReport(2, 0, 1))), []);
    const { steps } = plan(forgotten.withReport(2, 0));
    assert.deepEqual(
      steps.map((step) => step.kind === 'UpdateRecord' && step.record.removal?.state),
      ['Proven'],
    );
  });

  test('that has flow files after all loses what was on record', () => {
    const { steps } = plan(forgotten.withReport(2, 1));
    assert.deepEqual(
      steps.map((step) => step.kind === 'UpdateRecord' && step.record.removal),
      [undefined],
    );
  });

  const proven = forgotten.withRecord(2, { removal: { ...proof, state: 'Proven' } });

  test('loses its Pod on the proof, and the accepted delete goes on record', () => {
    const { steps } = plan(proven);
    assert.deepEqual(
      steps.map((step) => (step.kind === 'UpdateRecord' ? step.record.removal?.state : step.kind)),
      ['DeletePod', 'PodDeleted'],
    );
  });

  test('whose container restarted since has no proof any more', () => {
    const again = proven.withPod(2, {
      container: { ...(proven.world.pods.get(2)?.container as ObservedContainer), containerId: 'other' },
    });
    const { steps } = plan(again);
    assert.deepEqual(
      steps.map((step) => step.kind === 'UpdateRecord' && [step.record.removal, step.why]),
      [[undefined, 'ProofVoided']],
    );
  });

  test('that somebody connects in the UI has no proof any more, and is disconnected again', () => {
    const connected = offloaded.withRecord(2, { removal: { ...proof, state: 'Offloaded' } }).withView(all);
    assert.deepEqual(acts(plan(connected)), ['UpdateRecord 2']);
    const { steps } = plan(connected);
    assert.deepEqual(acts(plan(connected.after(...steps))), ['Disconnect 2']);
  });

  test('whose Pod vanished before our delete was on record is brought back, not taken for gone', () => {
    const { steps } = planProvision(proven.withoutPod(2).input());
    assert.deepEqual(
      steps.filter((step) => 'id' in step).map(({ kind }) => kind),
      ['CreatePod'],
    );
    assert.deepEqual(acts(plan(proven.withoutPod(2))), []);
  });

  test('whose Pod is going with the proven container needs no second delete', () => {
    const { steps } = plan(proven.withPod(2, { deleting: true }));
    assert.deepEqual(
      steps.map((step) => step.kind === 'UpdateRecord' && step.record.removal?.state),
      ['PodDeleted'],
    );
  });

  const going = proven.withRecord(2, { removal: { ...proof, state: 'PodDeleted', afterwards: 'Leave' } });

  test('waits for its Pod, then loses volumes, certificate, configuration, and its record last', () => {
    assert.deepEqual(acts(plan(going.withPod(2, { deleting: true }))), []);
    const gone = going.withoutPod(2);
    assert.deepEqual(acts(plan(gone)), ['DeleteClaim 2']);
    assert.deepEqual(acts(plan(gone.withoutClaim(claim(2)))), [
      'DeleteForNode 2',
      'DeleteRevision 2',
      'DeleteRecord 2',
    ]);
  });

  test('loses what cert-manager issued to it as well, after what would issue it again', () => {
    const metadata = { name: 'prod-2-tls', namespace: 'data', uid: 'uid-certificate' };
    const spec = { secretName: 'prod-2-tls-issued' };
    const certificate = { apiVersion: 'cert-manager.io/v1', kind: 'Certificate', metadata, spec };
    const gone = going.withoutPod(2).withoutClaim(claim(2)).withSecret('prod-2-tls-issued', {}).withShared(certificate);
    const deleted = plan(gone).steps.flatMap((step) =>
      step.kind === 'DeleteForNode' ? [`${step.object.kind} ${step.object.name}`] : [],
    );
    assert.deepEqual(deleted, ['Certificate prod-2-tls', 'Secret prod-2-tls', 'Secret prod-2-tls-issued']);
  });

  test('keeps its volumes, marked as released, when the policy says so', () => {
    const retain = aCluster()
      .withNodes(2)
      .withSpec({ volumeRetention: { whenDecommissioned: 'Retain' } });
    const { steps } = plan(going.withoutPod(2).when(retain));
    assert.deepEqual(
      steps.map((step) => step.kind === 'PatchClaim' && [step.name, step.why]),
      [[claim(2), 'VolumeReleased']],
    );
    const released = going.withoutPod(2).when(retain).withClaim(claim(2), { released: 'Emptied' });
    assert.deepEqual(acts(plan(released)), ['DeleteForNode 2', 'DeleteRevision 2', 'DeleteRecord 2']);
  });

  test('is spoken of at every step until nothing of it is left, or the cluster would be Ready too early', () => {
    const gone = smaller
      .withRecord(2, { removal: { ...proof, state: 'PodDeleted', afterwards: 'Leave' } })
      .withoutPod(2);
    const last = gone.withoutClaim(claim(2));
    for (const step of [offloaded.withReport(2, 0), proven, gone, last]) {
      assert.match(told(plan(step)).join('\n'), /^Removing: .*node 2/imu);
    }
    const paused = last.when(aCluster().withNodes(2).withSpec({ paused: true }));
    assert.deepEqual(acts(plan(paused)), []);
    assert.deepEqual(told(plan(paused)), ['Paused: Waiting to remove node 2: spec.paused is true']);
  });

  test('is not said to join when another one waits for it', () => {
    const both = forgotten.when(aCluster().withNodes(1));
    assert.match(told(plan(both)).join('\n'), /Waiting to offload node 1: node 2 is leaving/);
  });

  test('goes to its end once its Pod is deleted, also when the id is wanted again', () => {
    assert.deepEqual(acts(plan(going.withoutPod(2).when(cluster))), ['DeleteClaim 2']);
  });

  test('names the volume that it waits for, which somebody may have mounted', () => {
    const held = going.withoutPod(2).withClaim(claim(2), { deleting: true });
    assert.deepEqual(acts(plan(held)), []);
    assert.match(told(plan(held)).join('\n'), /being put away: data-prod-2 goes as soon as no Pod mounts it/);
  });

  test('goes to its end, too, when it was emptied to be rebuilt, and is wanted again while its volumes go', () => {
    const rebuilt = proven.withRecord(2, { removal: { ...proof, state: 'PodDeleted', afterwards: 'Rebuild' } });
    const gone = rebuilt.withoutPod(2);
    const decided = gone.after(...plan(gone).steps);
    const half = decided.after(...plan(decided).steps).withoutClaim(claim(2));
    assert.deepEqual(acts(plan(half.when(cluster))), ['DeleteForNode 2', 'DeleteRevision 2', 'DeleteRecord 2']);
  });

  for (const [what, world, expected] of [
    ['marked', marked(well, 2, 'Emptying', 20_000), ['MarkPod 2']],
    ['disconnected', marked(well, 2, 'Emptying').withView(leaving), ['Connect 2']],
    ['offloading', marked(well, 2, 'Offloading').withView({ ...leaving, 2: 'OFFLOADING' }), ['Disconnect 2']],
    ['stopped in its offload', marked(well, 2, 'Offloading').withView(leaving), ['DeletePod 2']],
    ['offloaded', offloaded.when(cluster), ['Connect 2']],
    [
      'on record as offloaded',
      offloaded.when(cluster).withRecord(2, { removal: { ...proof, state: 'Offloaded' } }),
      ['UpdateRecord 2'],
    ],
    ['proven', proven.when(cluster), ['UpdateRecord 2']],
    ['forgotten by NiFi', forgotten.when(cluster).withRecord(2, { removal: undefined }), []],
  ] as const) {
    test(`that is wanted again when it was ${what} is taken back`, () => {
      assert.deepEqual(acts(plan(world)), expected);
    });
  }

  test('that NiFi has forgotten and that is wanted again is restarted: CONNECTING would find nobody', () => {
    const container = {
      ...(forgotten.world.pods.get(2)?.container as object),
      startedAtMs: now.getTime() - 60_000,
    } as never;
    const back = forgotten.when(cluster).withRecord(2, { removal: undefined }).withPod(2, { container });
    assert.deepEqual(acts(plan(back)), ['DeletePod 2']);
  });

  test('waits while another node is down, and its place is kept', () => {
    const down = smaller.withPod(1, crashed('no')).withView({ ...all, 1: 'DISCONNECTED' });
    assert.deepEqual(acts(plan(down)), []);
    assert.match(
      told(plan(down)).join('\n'),
      /RemovalPending: Waiting to offload node 2: node 1 does not run \(CrashLoopBackOff\)/,
    );
    const half = marked(down, 2, 'Offloading').withView({ 0: 'CONNECTED', 1: 'DISCONNECTED', 2: 'OFFLOADED' });
    assert.deepEqual(acts(plan(half)), []);
  });

  test('that never started is empty by definition', () => {
    const fresh = aWorld(cluster).created().withView({ 0: 'CONNECTED', 1: 'CONNECTED' });
    assert.deepEqual(acts(plan(fresh.when(aCluster().withNodes(2)))), ['DeletePod 2', 'UpdateRecord 2']);
  });

  test('that started and went while nobody looked is not taken for one that never did: NiFi knows of it', () => {
    const made = { ...aPod(2), revision: well.world.pods.get(2)?.revision };
    const unseen = smaller.withRecord(2, { established: undefined }).withPod(2, made);
    const others = { 0: 'CONNECTED', 1: 'CONNECTED' } as const;
    assert.deepEqual(acts(plan(unseen.withView({ ...others, 2: 'DISCONNECTED' }))), []);
    const unasked = plan(unseen.withView(others).askedOf(0, 60_000));
    assert.deepEqual([acts(unasked), unasked.asks.view], [[], true]);
    assert.match(told(unasked).join('\n'), /RemovalPending: Waiting to offload node 2/);
    assert.deepEqual(acts(plan(unseen.withView(others))), ['DeletePod 2', 'UpdateRecord 2']);
  });

  test('whose first Pod was never made gets none now, which a quota may refuse for ever', () => {
    const refused = aWorld(cluster).created().withoutPod(2).when(aCluster().withNodes(2));
    const others = { 0: 'CONNECTED', 1: 'CONNECTED' } as const;
    const kinds = (world: WorldBuilder) => planProvision(world.input()).steps.map(({ kind }) => kind);
    const some = refused.withRecord(0, { established: { data: 'a claim' } });
    assert.ok(!kinds(some).includes('CreatePod'));
    assert.deepEqual(acts(plan(some)), []);
    assert.ok(!kinds(some.withView(others)).includes('CreatePod'));
    assert.deepEqual(acts(plan(some.withView(others))), ['UpdateRecord 2']);
    assert.ok(kinds(some.withView({ ...others, 2: 'DISCONNECTED' })).includes('CreatePod'));
  });

  test('that never started needs no view where nobody did who could give one', () => {
    const nobody = aWorld(cluster).created().when(aCluster().withNodes(2));
    assert.deepEqual(acts(plan(nobody)), ['DeletePod 2', 'UpdateRecord 2']);
  });

  test('whose disk is gone is given up only on a person’s word about that very disk', () => {
    const lost = smaller.withoutPod(2).withoutClaim(claim(2));
    assert.deepEqual(acts(plan(lost)), []);
    const said = (claimUid: string) =>
      lost.when(
        aCluster()
          .withNodes(2)
          .annotated({ [annotations.abandon]: `2/${claimUid}` }),
      );
    assert.deepEqual(acts(plan(said('another'))), []);
    assert.deepEqual(acts(plan(said(`uid-claim-${claim(2)}`))), ['UpdateRecord 2']);
  });

  test('is not the last one: somebody must take its data', () => {
    const alone = well.when(aCluster().withNodeIds(7));
    assert.deepEqual(acts(plan(alone)), []);
    assert.match(told(plan(alone)).join('\n'), /has no Pod|no other member is connected/);
  });

  test('gives way to restarts once it has been offloading for too long', () => {
    const late = marked(
      smaller.when(
        aCluster()
          .withNodes(2)
          .withNode({ jvm: { heap: '2g' } }),
      ),
      2,
      'Offloading',
      31 * 60_000,
    );
    const outcome = plan(late.withView({ ...leaving, 2: 'OFFLOADING' }).withReport(2, 12));
    assert.ok(acts(outcome).includes('MarkPod 1'));
    const message = told(outcome).join('\n');
    assert.match(message, /OffloadStalled: .*more than 30m, 12 flow files are left/);
  });

  test('goes first again once it is offloaded, however long that took', () => {
    const heap = aCluster()
      .withNodes(2)
      .withNode({ jvm: { heap: '2g' } });
    const late = marked(smaller.when(heap), 2, 'Offloading', 31 * 60_000).withView({ ...leaving, 2: 'OFFLOADED' });
    assert.ok(!acts(plan(late.withReport(2, 0))).includes('MarkPod 1'));
  });
});
