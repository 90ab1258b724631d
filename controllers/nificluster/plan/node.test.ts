// One node: the order in which it comes to be, what a crash in between leaves to do, and what never happens to it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aCluster } from '../testing.ts';
import { planDisrupt } from './disrupt/disrupt.ts';
import { planNode } from './node.ts';
import { planProvision } from './provision.ts';
import type { Plan, Step } from './steps.ts';
import { claim, crashed, ready, starting, waiting } from './testing.objects.ts';
import { aWorld, type WorldBuilder } from './testing.ts';
import { isReadable, type ObservedRecord } from './world.ts';

const one = aCluster().withNodes(1);
const changed = one.withNode({ jvm: { heap: '2g' } });
const running = aWorld(one).provisioned();

function plan(world: WorldBuilder): Plan {
  return planProvision(world.input());
}

/** The steps of the restart that is due. */
function restart(world: WorldBuilder): readonly Step[] {
  return planDisrupt(world.input(), plan(world)).steps;
}

function kinds(steps: readonly Step[]): readonly string[] {
  return steps.map(({ kind }) => kind);
}

function reasons({ findings }: Plan): readonly string[] {
  return findings.map(({ reason }) => reason);
}

function recordIn(record: ObservedRecord | undefined) {
  assert.ok(isReadable(record));
  return record;
}

describe('A new node', () => {
  const twoVolumes = one.withNode({
    storage: [
      { name: 'data', size: '1Gi' },
      { name: 'content', size: '1Gi' },
    ],
  });
  const { steps } = plan(aWorld(twoVolumes));
  const ofNode = steps.filter((step) => 'id' in step);

  test('is made in the order that is safe after a crash: what it is, that it is, its volumes, its Pod last', () => {
    assert.deepEqual(kinds(ofNode), [
      'CreateRevision',
      'CreateRecord',
      'CreateClaim',
      'CreateClaim',
      'IssueNodeCertificate',
      'CreatePod',
    ]);
  });

  test('needs nothing of the cluster that comes after it', () => {
    const firstOfNode = steps.findIndex((step) => 'id' in step);
    assert.ok(steps.slice(0, firstOfNode).every((step) => !('id' in step)));
    assert.ok(steps.slice(firstOfNode).every((step) => 'id' in step));
  });

  for (const done of steps.keys()) {
    test(`needs exactly the remaining steps after a crash behind step ${done + 1}, ${steps[done]?.kind}`, () => {
      const rest = plan(aWorld(twoVolumes).after(...steps.slice(0, done + 1)));
      assert.deepEqual(kinds(rest.steps), kinds(steps.slice(done + 1)));
      assert.deepEqual(rest.findings, []);
    });
  }

  test('is not made while its settings are not valid, and the others are', () => {
    const world = aWorld(aCluster().withNodes(2).withEntry({ id: 1, group: 'nobody' }));
    const ids = plan(world).steps.flatMap((step) =>
      'id' in step && step.kind !== 'IssueNodeCertificate' ? [step.id] : [],
    );
    assert.deepEqual([...new Set(ids)], [0]);
  });

  test('is made together with all others, and none waits for another', () => {
    const pods = plan(aWorld(aCluster().withNodes(20))).steps.filter(({ kind }) => kind === 'CreatePod');
    assert.equal(pods.length, 20);
  });
});

describe('Nothing at all is done', () => {
  test('when everything is as it should be', () => {
    assert.deepEqual(plan(aWorld(aCluster()).provisioned()), { steps: [], findings: [] });
  });

  test('while the cluster is being deleted', () => {
    assert.deepEqual(plan(running.withoutPod(0).terminating()), { steps: [], findings: [] });
  });
});

describe('A Pod that is gone', () => {
  test('is back at once, made from what it ran', () => {
    const { steps } = plan(running.withoutPod(0));
    assert.deepEqual(kinds(steps), ['CreatePod']);
  });

  test('comes back from its record after the spec has changed, not from the spec', () => {
    const { revision } = recordIn(running.world.records.get(0));
    const { steps } = plan(running.withoutPod(0).when(changed));
    assert.deepEqual(steps, [
      { kind: 'CreatePod', id: 0, source: { kind: 'Stored', configMap: `prod-0-${revision}` } },
    ]);
  });

  test('comes back from its record when the spec cannot be rendered any more', () => {
    const { steps } = plan(running.withoutPod(0).when(one.withEntry({ id: 0, group: 'nobody' })));
    assert.deepEqual(
      steps.map((step) => step.kind === 'CreatePod' && step.source.kind),
      ['Stored'],
    );
  });

  test('is not made while the old one is still being deleted', () => {
    assert.deepEqual(plan(running.withPod(0, { deleting: true })).steps, []);
  });

  for (const phase of ['Failed', 'Succeeded']) {
    test(`is made room for when it is ${phase}: nothing runs in it`, () => {
      const { steps } = plan(running.withPod(0, { phase }));
      assert.deepEqual(kinds(steps), ['DeletePod']);
      assert.deepEqual(
        steps.map((step) => step.kind === 'DeletePod' && [step.uid, step.resourceVersion]),
        [['uid-Pod-prod-0', '1']],
      );
    });
  }
});

describe('A node whose configuration changes', () => {
  for (const [what, pod] of Object.entries({
    runs: ready(0),
    starts: starting(0),
    'has just been made again': { phase: 'Pending', container: undefined, ready: false },
    'crashes at start': crashed('no such file'),
    'cannot pull its image': waiting('ImagePullBackOff'),
  })) {
    test(`keeps what NiFi once started with while it ${what}: only a restart moves its record`, () => {
      assert.deepEqual(plan(running.withPod(0, pod).when(changed)).steps, []);
    });
  }

  test('and changes back before its Pod was replaced has its record back, and no restart', () => {
    const moved = running.when(changed).after(...restart(running.when(changed)).slice(0, -1));
    assert.notEqual(recordIn(moved.world.records.get(0)).revision, moved.world.pods.get(0)?.revision);
    const { steps } = plan(moved.when(one));
    assert.deepEqual(kinds(steps), ['UpdateRecord', 'DeleteRevision']);
    assert.deepEqual(plan(moved.when(one).after(...steps)), { steps: [], findings: [] });
  });

  for (const [what, pod] of Object.entries({
    'cannot pull its image': waiting('ImagePullBackOff'),
    'waits for a place': { phase: 'Pending' },
  })) {
    test(`gets the new one at once when it ${what}: record first, then the Pod is replaced`, () => {
      const broken = aWorld(one).created().withPod(0, pod).created();
      const { steps, findings } = plan(broken.when(changed));
      assert.deepEqual(kinds(steps), ['CreateRevision', 'UpdateRecord', 'DeletePod']);
      assert.deepEqual(findings, []);
      const settled = broken.when(changed).created().withPod(0, ready(0)).created();
      assert.deepEqual(kinds(plan(settled).steps), []);
      assert.equal(settled.world.pods.get(0)?.revision, recordIn(settled.world.records.get(0)).revision);
      assert.deepEqual(
        settled.world.revisions.map(({ name }) => name),
        [`prod-0-${recordIn(settled.world.records.get(0)).revision}`],
      );
    });
  }

  test('is on record as having data when its Pod of the former configuration came up after all', () => {
    const mended = plan(aWorld(one).created().when(changed));
    assert.deepEqual(kinds(mended.steps), ['CreateRevision', 'UpdateRecord', 'DeletePod']);
    // The delete was refused: meanwhile the Pod had started.
    const raced = aWorld(one)
      .created()
      .when(changed)
      .after(...mended.steps.slice(0, 2))
      .withPod(0, ready(0))
      .created();
    assert.deepEqual(recordIn(raced.world.records.get(0)).established, { data: `uid-claim-${claim(0)}` });
    const outcome = plan(raced);
    assert.deepEqual(outcome.steps, []);
    assert.deepEqual(
      kinds(
        plan(raced.withoutPod(0).withoutClaim(claim(0))).steps.filter(
          (step) => 'id' in step && step.kind !== 'DeleteRevision',
        ),
      ),
      [],
    );
  });
});

describe('A record', () => {
  test('says that a node holds data as soon as its process is seen, and once', () => {
    const first = plan(aWorld(one).created().withPod(0, starting(0)));
    assert.deepEqual(kinds(first.steps), ['UpdateRecord']);
    assert.deepEqual(
      first.steps.map((step) => step.kind === 'UpdateRecord' && step.why),
      ['NodeStarted'],
    );
    assert.deepEqual(
      plan(
        aWorld(one)
          .created()
          .withPod(0, starting(0))
          .after(...first.steps),
      ).steps,
      [],
    );
  });

  test('says so also for a process that ended before anybody looked', () => {
    const { steps } = plan(aWorld(one).created().withPod(0, crashed('bad key')));
    assert.deepEqual(kinds(steps), ['UpdateRecord']);
  });

  test('says so before the Pod of a node that failed is taken away', () => {
    const { steps } = plan(
      aWorld(one)
        .created()
        .withPod(0, { ...crashed('evicted'), phase: 'Failed' }),
    );
    assert.deepEqual(kinds(steps), ['UpdateRecord', 'DeletePod']);
  });

  test('that nobody can read leaves its node alone and says what to do', () => {
    const world = running.withRecord(0, { unreadable: 'no JSON' }).withoutPod(0).withoutClaim(claim(0));
    const outcome = plan(world);
    assert.deepEqual(
      outcome.steps.filter((step) => 'id' in step),
      [],
    );
    assert.deepEqual(reasons(outcome), ['RecordUnreadable']);
    assert.match(outcome.findings[0]?.message ?? '', /ConfigMap prod-0.*no JSON.*restore it/);
  });

  test('deleted by hand is made again and takes nothing from the Pod that runs', () => {
    const world = running.withoutRecord(0);
    const made = recordIn(world.created().world.records.get(0));
    assert.deepEqual(kinds(plan(world).steps), ['CreateRecord']);
    assert.deepEqual(made.established, { data: `uid-claim-${claim(0)}` });
    assert.equal(made.revision, running.world.pods.get(0)?.revision);
    assert.deepEqual(plan(world.created()), { steps: [], findings: [] });
  });

  test('deleted by hand after the spec changed names what the Pod runs, and says that a restart is due', () => {
    const world = running.withoutRecord(0).when(changed).created();
    assert.equal(recordIn(world.world.records.get(0)).revision, running.world.pods.get(0)?.revision);
    assert.deepEqual(kinds(plan(world).steps), []);
    assert.deepEqual(
      plan(world.withoutPod(0)).steps.map((step) => step.kind === 'CreatePod' && step.source.kind),
      ['Stored'],
    );
  });

  test('deleted by hand together with the Pod starts the node from the spec, on the volumes it had', () => {
    const { steps, findings } = plan(running.withoutRecord(0).withoutPod(0).when(changed));
    assert.deepEqual(kinds(steps), ['CreateRevision', 'CreateRecord', 'CreatePod']);
    assert.deepEqual(findings, []);
    const record = steps.find((step) => step.kind === 'CreateRecord')?.record;
    assert.deepEqual(record?.established, { data: `uid-claim-${claim(0)}` });
  });

  test('deleted by hand does not hide that a volume with data is going', () => {
    const outcome = plan(running.withoutRecord(0).withoutPod(0).withClaim(claim(0), { deleting: true }));
    assert.deepEqual(reasons(outcome), ['VolumeLost']);
    assert.ok(!kinds(outcome.steps).includes('CreatePod'));
    const gone = running.withoutRecord(0).withoutPod(0).withClaim(claim(0), { deleting: true });
    const later = gone.after(...outcome.steps).withoutClaim(claim(0));
    assert.deepEqual(plan(later).steps, []);
  });
});

describe('A node that is no member any more', () => {
  const three = aWorld(aCluster()).provisioned();
  const smaller = three.when(aCluster().withNodes(2));

  test('is kept up like any other', () => {
    const outcome = plan(smaller);
    assert.deepEqual(
      outcome.steps.filter((step) => 'id' in step),
      [],
    );
    assert.deepEqual(reasons(outcome), []);
  });

  test('gets its Pod back from its record, because its data has not left it', () => {
    const { steps } = plan(smaller.withoutPod(2));
    assert.deepEqual(
      steps.filter((step) => 'id' in step).map(({ kind }) => kind),
      ['CreatePod'],
    );
  });

  test('gets no new volume for the one it lost', () => {
    const outcome = plan(smaller.withoutPod(2).withoutClaim(claim(2)));
    assert.deepEqual(
      outcome.steps.filter((step) => 'id' in step),
      [],
    );
    assert.deepEqual(reasons(outcome), ['VolumeLost']);
  });

  test('is left alone when only a volume is left of it', () => {
    const outcome = plan(smaller.withoutPod(2).withoutRecord(2));
    assert.deepEqual(
      outcome.steps.filter((step) => 'id' in step),
      [],
    );
    assert.deepEqual(reasons(outcome), []);
  });

  test('is not brought back once its Pod was deleted on a proof, also when the id is wanted again', () => {
    const removal = {
      state: 'PodDeleted',
      why: 'Emptied',
      podUid: 'uid-Pod-prod-2',
      containerId: 'container-2',
    } as const;
    const going = three.withRecord(2, { removal: { ...removal, afterwards: 'Leave' } }).withoutPod(2);
    for (const cluster of [aCluster().withNodes(2), aCluster()]) {
      assert.deepEqual(
        plan(going.when(cluster)).steps.filter((step) => 'id' in step),
        [],
      );
    }
  });
});

describe('Revisions that nobody uses', () => {
  test('are removed, and those of record, Pod and other nodes are not', () => {
    const world = aWorld(aCluster().withNodes(2)).provisioned();
    const old = { kind: 'ConfigMap', id: 0, name: 'prod-0-rold', uid: 'old' } as const;
    const input = world.input();
    const { steps } = planNode({ ...input, world: { ...input.world, revisions: [...input.world.revisions, old] } }, 0);
    assert.deepEqual(steps, [
      { kind: 'DeleteRevision', id: 0, object: { kind: 'ConfigMap', name: 'prod-0-rold', uid: 'old' } },
    ]);
  });

  test('stay while the Pod still runs them', () => {
    const names = running
      .when(changed)
      .created()
      .world.revisions.map(({ name }) => name);
    assert.deepEqual(names, [`prod-0-${running.world.pods.get(0)?.revision}`]);
  });

  test('that a record needs and that are missing are made again when the spec still gives them', () => {
    const bare = running.input();
    const { steps } = planNode({ ...bare, world: { ...bare.world, revisions: [] } }, 0);
    assert.deepEqual(kinds(steps), ['CreateRevision']);
  });
});
