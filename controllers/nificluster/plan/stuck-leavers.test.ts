// A node that leaves and cannot start: it is given what starts, keeps its volumes, and is emptied then like any other.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { annotations } from '../../../api/v1/labels.ts';
import { aCluster } from '../testing.ts';
import { planDisrupt } from './disrupt/disrupt.ts';
import { planProvision } from './provision.ts';
import type { Step } from './steps.ts';
import { claim, crashed, ready, starting, waiting } from './testing.objects.ts';
import { aWorld, type WorldBuilder } from './testing.ts';
import { isReadable } from './world.ts';

const smaller = aCluster().withNodes(2);
const mended = smaller.withNode({ jvm: { heap: '2g' } });
const connected = { 0: 'CONNECTED', 1: 'CONNECTED' } as const;
const running = aWorld(aCluster())
  .provisioned()
  .withView({ ...connected, 2: 'CONNECTED' });
const broken = running.withPod(2, crashed('a heap too small')).withView({ ...connected, 2: 'DISCONNECTED' });

function stepsOf(world: WorldBuilder): readonly Step[] {
  const input = world.input();
  const provision = planProvision(input);
  return [...provision.steps, ...planDisrupt(input, provision).steps].filter((step) => 'id' in step && step.id === 2);
}

function kindsOf(world: WorldBuilder): readonly string[] {
  return stepsOf(world).map(({ kind }) => kind);
}

function volumesOf({ world }: WorldBuilder): readonly string[] {
  const record = world.records.get(2);
  return isReadable(record) ? record.volumes.map(({ name }) => name) : [];
}

describe('A node that leaves and cannot start', () => {
  const given = ['CreateRevision', 'UpdateRecord', 'DeletePod'];

  for (const [what, pod] of Object.entries({
    'crashes at start': crashed('a heap too small'),
    'has an image that cannot be pulled': waiting('ImagePullBackOff'),
    'has no place': { phase: 'Pending', ready: false, container: undefined, unschedulable: 'insufficient memory' },
  })) {
    test(`is given the mended configuration when it ${what}: nothing else could ever empty it`, () => {
      assert.deepEqual(kindsOf(broken.withPod(2, pod).when(mended)), given);
    });
  }

  const again = broken
    .when(mended)
    .after(...stepsOf(broken.when(mended)))
    .created();

  test('comes back on its volumes, and is emptied like any other once it runs', () => {
    assert.ok(again.world.pods.has(2));
    const up = again
      .withPod(2, ready(2))
      .created()
      .withView({ ...connected, 2: 'CONNECTED' });
    assert.deepEqual(kindsOf(up), ['Announce', 'MarkPod']);
  });

  test('is left alone when it crashes again with what the spec asks for', () => {
    assert.deepEqual(kindsOf(again.withPod(2, crashed('still too small'))), []);
    assert.deepEqual(kindsOf(broken.when(smaller)), []);
  });

  for (const done of [1, 2]) {
    test(`is given it after a crash behind ${done} of the three writes`, () => {
      const steps = stepsOf(broken.when(mended));
      assert.deepEqual(kindsOf(broken.when(mended).after(...steps.slice(0, done))), given.slice(done));
    });
  }

  test('keeps the volumes that it has, whatever else the spec asks for', () => {
    const storage = [
      { name: 'data', size: '10Gi' },
      { name: 'content', size: '1Gi' },
    ];
    const other = broken.when(mended.withNode({ jvm: { heap: '2g' }, storage }));
    const after = other.after(...stepsOf(other)).created();
    assert.deepEqual(volumesOf(after), ['data']);
    assert.equal(after.world.claims.has(claim(2, 'content')), false);
  });

  test('waits for two others that are as stuck as it is no more than they for it', () => {
    const four = aWorld(aCluster().withNodes(4))
      .provisioned()
      .withView({ ...connected, 2: 'DISCONNECTED', 3: 'DISCONNECTED' });
    const both = four.withPod(2, crashed('no')).withPod(3, crashed('no')).when(mended);
    const { steps } = planProvision(both.input());
    assert.deepEqual(
      steps.flatMap((step) => (step.kind === 'DeletePod' ? [step.id] : [])),
      [2, 3],
    );
  });

  const lost = `uid-claim-${claim(2)}`;
  for (const [what, world] of Object.entries({
    'it is on its way up': running.withPod(2, { ready: false, ...starting(2) }).when(mended),
    'it runs': running.when(mended),
    'its Pod is going': broken.withPod(2, { deleting: true }).when(mended),
    'everything is paused': broken.when(mended.withSpec({ paused: true })),
    'the rollout is paused': broken.when(mended.withSpec({ rollout: { paused: true } })),
    'the mended version is lower than the one that wrote its volumes': broken
      .withRecord(2, { wrote: '2.7.0' })
      .when(mended),
    'its settings are not in order': broken.when(mended.withEntry({ id: 2, group: 'nobody' })),
    'a volume of it is going, which its Pod may be the last to hold': broken
      .withClaim(claim(2), { deleting: true })
      .when(mended),
    'its data is given up': broken.when(mended.annotated({ [annotations.abandon]: `2/${lost}` })),
    'there are no members, and nobody leaves': broken.when(mended.withNodes(0)),
  })) {
    test(`is given nothing while ${what}`, () => {
      assert.ok(!kindsOf(world).includes('CreateRevision'));
    });
  }

  test('keeps what is on record of its emptiness', () => {
    const removal = { state: 'Proven', podUid: 'uid-Pod-prod-2', containerId: 'container-2', why: 'Emptied' } as const;
    const proven = broken.withRecord(2, { removal }).when(mended);
    assert.ok(stepsOf(proven).every(({ kind }) => kind !== 'CreateRevision'));
  });
});
