// Who is restarted, in which order, and why others wait; one plan at a time. Whole rollouts are in the golden logs.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { annotations } from '../../../../api/v1/labels.ts';
import { timestampText } from '../../../../pkg/schema/timestamp.ts';
import { aCluster, type ClusterBuilder } from '../../testing.ts';
import { crashed, now, starting, waiting } from '../testing.objects.ts';
import { aWorld, type WorldBuilder } from '../testing.ts';
import { acts, all, changed, cluster, marked, plan, told, well } from './testing.ts';

describe('Nothing is taken down', () => {
  for (const [what, world] of Object.entries({
    'when everything is as it should be': well,
    'when NiFi’s view is old': well.askedOf(0, 60_000),
    'when the cluster is being deleted': well.when(changed).terminating(),
  })) {
    test(what, () => {
      const { steps, nifi } = plan(world);
      assert.deepEqual({ steps, nifi }, { steps: [], nifi: [] });
    });
  }
});

describe('A restart', () => {
  test('begins with a mark on one Pod, the coordinator’s not among the first', () => {
    const outcome = plan(well.when(changed));
    assert.deepEqual(acts(outcome), ['MarkPod 1']);
    assert.deepEqual(told(outcome), [
      'Restarting: Restarting node 1: ConfigChanged',
      'RestartPending: Waiting to restart node 2: node 1 goes first',
      'RestartPending: Waiting to restart node 0: node 1 goes first',
    ]);
  });

  test('begins also while the volumes are to grow, which their class may never let them', () => {
    const storage = [{ name: 'data', size: '20Gi' }];
    assert.deepEqual(acts(plan(well.when(changed.withNode({ jvm: { heap: '2g' }, storage })))), ['MarkPod 1']);
  });

  test('goes on by disconnecting the marked node, asked of the others', () => {
    assert.deepEqual(acts(plan(marked(well.when(changed), 1, 'Restart'))), ['Disconnect 1']);
  });

  test('replaces the Pod once NiFi has the node out: configuration, record, Pod', () => {
    const out = marked(well.when(changed), 1, 'Restart').withView({ ...all, 1: 'DISCONNECTED' });
    assert.deepEqual(acts(plan(out)), ['CreateRevision 1', 'UpdateRecord 1', 'DeletePod 1']);
  });

  for (const done of [1, 2]) {
    test(`goes on after a crash behind ${done} of the three writes`, () => {
      const out = marked(well.when(changed), 1, 'Restart').withView({ ...all, 1: 'DISCONNECTED' });
      const { steps } = plan(out);
      const rest = plan(out.after(...steps.slice(0, done)));
      assert.deepEqual(acts(rest), acts({ ...rest, steps: steps.slice(done) }));
    });
  }

  test('waits for the node that is on its way back', () => {
    const back = well
      .when(cluster.withEntry({ id: 1, node: { jvm: { heap: '2g' } } }))
      .withPod(2, starting(2))
      .withPod(2, { ready: false })
      .withView({ ...all, 2: 'CONNECTING' });
    assert.deepEqual(acts(plan(back)), []);
    assert.match(told(plan(back)).join('\n'), /Waiting to restart node 1: node 2 is CONNECTING/);
  });

  test('waits for a fresh view, and asks for it', () => {
    const outcome = plan(well.when(changed).askedOf(0, 6_000));
    assert.deepEqual(acts(outcome), []);
    assert.equal(outcome.asks.view, true);
    assert.match(told(outcome).join('\n'), /NiFi has not told its view of the cluster yet/);
  });

  test('of the node that told the view asks another one for its opinion', () => {
    const one = well.when(cluster.withEntry({ id: 0, node: { jvm: { heap: '2g' } } }));
    const outcome = plan(one.askedOf(0));
    assert.deepEqual(acts(outcome), []);
    assert.deepEqual(outcome.asks.opinions, [1]);
    assert.deepEqual(acts(plan(one)), ['MarkPod 0']);
  });

  test('takes as many at once as maxUnavailable says', () => {
    const two = changed.withSpec({ rollout: { maxUnavailable: 2 } });
    assert.deepEqual(acts(plan(well.when(two))), ['MarkPod 1', 'MarkPod 2']);
  });

  test('of the only member needs no disconnection', () => {
    const single = aWorld(aCluster().withNodes(1)).provisioned().withView({ 0: 'CONNECTED' });
    const outcome = plan(
      single.when(
        aCluster()
          .withNodes(1)
          .withNode({ jvm: { heap: '2g' } }),
      ),
    );
    assert.deepEqual(acts(outcome), ['CreateRevision 0', 'UpdateRecord 0', 'DeletePod 0']);
  });

  for (const spec of [{ paused: true }, { rollout: { paused: true } }]) {
    test(`is not begun while ${JSON.stringify(spec)}, also of a broken node`, () => {
      const outcome = plan(
        well
          .when(changed.withSpec(spec))
          .withPod(1, crashed('no'))
          .withView({ ...all, 1: 'DISCONNECTED' }),
      );
      assert.deepEqual(acts(outcome), []);
      assert.ok(told(outcome).every((finding) => finding.startsWith('Paused: ')));
    });

    test(`that was begun is taken back when ${JSON.stringify(spec)}`, () => {
      const out = marked(well.when(changed.withSpec(spec)), 1, 'Restart', 20_000);
      assert.deepEqual(acts(plan(out.withView({ ...all, 1: 'DISCONNECTED' }))), ['Connect 1']);
      assert.deepEqual(acts(plan(out)), ['MarkPod 1']);
    });
  }

  test('that was begun is not taken back by an operator that knows too little yet', () => {
    const outcome = plan(marked(well.when(changed), 1, 'Restart').askedOf(0));
    assert.deepEqual(acts(outcome), []);
    assert.deepEqual(outcome.asks.opinions, [1]);
    assert.match(told(outcome).join('\n'), /Waiting to restart node 1: nothing is known of node 0/);
  });

  test('that the spec asks for no more is taken back: connected first, then unmarked', () => {
    const out = marked(well, 1, 'Restart', 20_000);
    assert.deepEqual(acts(plan(out.withView({ ...all, 1: 'DISCONNECTED' }))), ['Connect 1']);
    assert.deepEqual(acts(plan(out.withView({ ...all, 1: 'CONNECTING' }))), []);
    const { steps } = plan(out);
    assert.deepEqual(
      steps.map((step) => step.kind === 'MarkPod' && step.mark),
      [undefined],
    );
  });

  test('that is taken back keeps its mark and its place while its disconnection may still be on its way', () => {
    const back = marked(well.when(cluster.withEntry({ id: 2, node: { jvm: { heap: '2g' } } })), 1, 'Restart');
    assert.deepEqual(acts(plan(back)), []);
    assert.match(told(plan(back)).join('\n'), /Waiting to restart node 2: node 1 goes first/);
    assert.equal(plan(back).asks.view, true);
    const later = marked(well.when(cluster.withEntry({ id: 2, node: { jvm: { heap: '2g' } } })), 1, 'Restart', 20_000);
    assert.deepEqual(acts(plan(later)), ['MarkPod 1']);
  });

  test('of a node whose Pod is going anyway is its new record alone, so that it is not started twice', () => {
    const drained = well.when(changed).withPod(0, { deleting: true });
    assert.deepEqual(acts(plan(drained)), ['CreateRevision 0', 'UpdateRecord 0']);
    const { steps } = plan(drained);
    assert.deepEqual(acts(plan(drained.after(...steps))), []);
    assert.deepEqual(acts(plan(drained.withPod(1, { deleting: true }))), []);
    assert.deepEqual(acts(plan(drained.when(changed.withSpec({ rollout: { paused: true } })))), []);
    const removal = { state: 'Offloaded', podUid: 'p', containerId: 'c', why: 'Emptied' } as const;
    assert.deepEqual(acts(plan(drained.withRecord(0, { removal }))), ['UpdateRecord 0'], 'a proof goes first');
  });

  test('on request is of Pods that are older than the request, and waits for its time', () => {
    const asked = (ms: number) =>
      plan(well.when(cluster.annotated({ [annotations.restartRequestedAt]: timestampText(now.getTime() + ms) })));
    assert.deepEqual(acts(asked(-1_000)), ['MarkPod 1']);
    assert.deepEqual(acts(asked(-120_000)), []);
    assert.deepEqual(acts(asked(5_000)), []);
    assert.equal(asked(5_000).asks.againMs, 5_000);
  });

  test('on request on one Pod is of that Pod alone', () => {
    assert.deepEqual(acts(plan(well.withPod(2, { restartRequestedAt: '2026-11-21T11:00:00Z' }))), ['MarkPod 2']);
  });

  test('is never of a node that provision is at work on', () => {
    const gone = well.when(changed).withPod(1, { phase: 'Failed' });
    assert.ok(acts(plan(gone)).every((act) => !act.endsWith(' 1')));
  });
});

describe('A broken node', () => {
  for (const [what, pod] of Object.entries({
    'crashes at start': crashed('no such file'),
    'cannot pull its image': waiting('ImagePullBackOff'),
    'has a container that cannot be made': waiting('CreateContainerConfigError'),
    'has no place': { phase: 'Pending', ready: false, container: undefined, unschedulable: 'insufficient memory' },
  })) {
    test(`gets the mended configuration first and at once when it ${what}`, () => {
      const outcome = plan(
        well
          .when(changed)
          .withPod(2, pod)
          .withView({ ...all, 2: 'DISCONNECTED' }),
      );
      assert.deepEqual(acts(outcome), ['CreateRevision 2', 'UpdateRecord 2', 'DeletePod 2']);
    });
  }

  test('is not waited for by another broken one: all get the mended configuration together', () => {
    const down = [0, 1, 2].reduce((world, id) => world.withPod(id, crashed('no')), aWorld(cluster).provisioned());
    assert.deepEqual(
      acts(plan(down.when(changed))).filter((act) => act.startsWith('DeletePod')),
      ['DeletePod 0', 'DeletePod 1', 'DeletePod 2'],
    );
  });

  test('keeps its volumes: another set of them is no restart, also not in a crash loop', () => {
    const storage = [
      { name: 'data', size: '10Gi' },
      { name: 'content', size: '1Gi' },
    ];
    const outcome = plan(
      well
        .withPod(1, crashed('no'))
        .withView({ ...all, 1: 'DISCONNECTED' })
        .when(cluster.withNode({ storage })),
    );
    assert.deepEqual(
      acts(outcome).filter((act) => act.endsWith(' 1')),
      [],
    );
  });

  test('that is merely on its way up comes back as it was, and waits while another is down', () => {
    const one = well
      .when(changed)
      .withPod(1, crashed('no'))
      .withPod(2, { ...starting(2), ready: false });
    const outcome = plan(one.withView({ 0: 'CONNECTED', 1: 'DISCONNECTED', 2: 'CONNECTING' }));
    assert.deepEqual(acts(outcome), ['CreateRevision 1', 'UpdateRecord 1', 'DeletePod 1']);
  });

  test('is not believed to be one on the coordinator’s word alone', () => {
    const outcome = plan(well.when(changed).withView({ 0: 'CONNECTED', 1: 'DISCONNECTED', 2: 'DISCONNECTED' }));
    assert.deepEqual(acts(outcome), []);
  });

  test('is one that NiFi has forgotten and that calls itself disconnected, once it had time to join', () => {
    const apart = (upMs: number) => {
      const { container } = well.world.pods.get(1) ?? {};
      assert.ok(container);
      const change = { ready: false, container: { ...container, ready: false, startedAtMs: now.getTime() - upMs } };
      return well.withPod(1, change).withView({ 0: 'CONNECTED', 2: 'CONNECTED' });
    };
    assert.deepEqual(acts(plan(apart(60_000))), []);
    assert.deepEqual(acts(plan(apart(121_000))), ['DeletePod 1']);
  });

  test('on a Kubernetes node that was lost is not taken down: its process may go on', () => {
    const lost = [0, 1, 2].reduce((world, id) => world.withPod(id, { ready: false }), aWorld(cluster).provisioned());
    assert.deepEqual(acts(plan(lost.when(changed))), []);
  });
});

describe('A rollout that fails', () => {
  const failed = well
    .when(changed)
    .withPod(1, waiting('ImagePullBackOff'))
    .withRecord(1, newRecord(changed))
    .withPod(1, { revision: newRecord(changed).revision })
    .withView({ ...all, 1: 'DISCONNECTED' });

  function newRecord(spec: ClusterBuilder) {
    const desired = aWorld(spec).input().desired.get(1);
    assert.ok(desired);
    return { revision: desired.digest, inputs: desired.inputs };
  }

  test('stops with the node that shows it, even where more may be unavailable', () => {
    const outcome = plan(failed.when(changed.withSpec({ rollout: { maxUnavailable: 2 } })));
    assert.deepEqual(acts(outcome), []);
    assert.match(
      told(outcome).join('\n'),
      /RolloutStalled: The rollout stops: node 1, which has the new configuration, does not start \(ImagePullBackOff\)/,
    );
    const own = outcome.findings.filter(({ node }) => node === 1);
    assert.deepEqual(own, [], 'what is wrong with the node itself is told with its image');
  });

  test('starts again with that node when the spec is mended', () => {
    const mended = cluster.withNode({ jvm: { heap: '3g' } });
    assert.deepEqual(acts(plan(failed.when(mended))), ['CreateRevision 1', 'UpdateRecord 1', 'DeletePod 1']);
  });

  test('is one also when the node merely never arrives', () => {
    const slow = failed
      .withPod(1, { ...starting(1), ready: false, createdAtMs: now.getTime() - 71 * 60_000 })
      .withView({ ...all, 1: 'CONNECTING' });
    assert.match(told(plan(slow)).join('\n'), /RolloutStalled.*is not connected 70m after its Pod was created/);
  });
});

describe('The last node that serves', () => {
  const two = aWorld(aCluster().withNodes(2)).provisioned();
  const heap = aCluster()
    .withNodes(2)
    .withNode({ jvm: { heap: '2g' } });
  const silent = (sinceMs: number): WorldBuilder => {
    const { container } = two.world.pods.get(0) ?? {};
    assert.ok(container);
    const stalled = { ...container, ready: false, startedAtMs: now.getTime() - 3_600_000 };
    return two
      .when(heap)
      .withView({ 0: 'CONNECTED', 1: 'DISCONNECTED' })
      .withPod(1, { ...starting(1), ready: false })
      .withPod(0, { ready: false, readySinceMs: now.getTime() - sinceMs, container: stalled })
      .askedOf(0, 20_000);
  };

  test('is not restarted as soon as its probe fails: it may only stall, and the other one is still away', () => {
    const outcome = plan(silent(15_000));
    assert.ok(
      acts(outcome).every((act) => !act.endsWith(' 0')),
      acts(outcome).join(', '),
    );
    assert.match(told(outcome).join('\n'), /RestartPending: Waiting to restart node 0/);
    assert.ok((outcome.asks.againMs ?? Number.POSITIVE_INFINITY) <= 10_000);
  });

  test('counts as broken once that has lasted', () => {
    assert.ok(acts(plan(silent(90_000))).includes('DeletePod 0'));
  });
});
