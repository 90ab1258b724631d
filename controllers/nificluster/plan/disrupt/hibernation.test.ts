// Ghosts, a cluster without members, and a node that gets other volumes.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { annotations } from '../../../../api/v1/labels.ts';
import { aCluster } from '../../testing.ts';
import { planProvision } from '../provision.ts';
import { claim, ready, starting } from '../testing.objects.ts';
import { aWorld } from '../testing.ts';
import { acts, all, cluster, plan, told, well } from './testing.ts';

describe('Entries of nodes that are no more', () => {
  test('are deleted again once NiFi has them as gone', () => {
    assert.deepEqual(acts(plan(well.withView({ ...all, 5: 'DISCONNECTED' }))), ['Remove 5']);
    assert.deepEqual(acts(plan(well.withView({ ...all, 5: 'CONNECTED' }))), []);
  });
});

describe('A cluster without members', () => {
  const asleep = well.when(aCluster().withNodes(0));

  test('sleeps: every Pod goes, nothing is offloaded and nothing else is touched', () => {
    assert.deepEqual(acts(plan(asleep)), ['DeletePod 0', 'DeletePod 1', 'DeletePod 2']);
    const { steps } = planProvision(asleep.withoutPod(0, 1, 2).input());
    assert.deepEqual(
      steps.filter((step) => 'id' in step),
      [],
    );
    assert.deepEqual(acts(plan(asleep.withoutPod(0, 1, 2))), []);
  });

  test('puts on record that a node has started before it stops it', () => {
    const young = aWorld(cluster).created().withPod(1, starting(1)).when(aCluster().withNodes(0));
    assert.deepEqual(acts(plan(young)), ['DeletePod 0', 'DeletePod 2']);
    const { steps } = planProvision(young.input());
    assert.deepEqual(
      steps.flatMap((step) => ('id' in step ? [`${step.kind} ${step.id}`] : [])),
      ['UpdateRecord 1'],
    );
  });

  test('does not stop the Pod that alone still holds a volume which was deleted', () => {
    const losing = plan(asleep.withClaim(claim(1), { deleting: true }));
    assert.deepEqual(acts(losing), ['DeletePod 0', 'DeletePod 2']);
    assert.match(told(losing).join('\n'), /VolumeLost: .*rebuild=1\/uid-claim-data-prod-1/);
    const given = aCluster()
      .withNodes(0)
      .annotated({ [annotations.rebuild]: `1/uid-claim-${claim(1)}` });
    const decided = plan(asleep.withClaim(claim(1), { deleting: true }).when(given));
    assert.deepEqual(acts(decided), ['DeletePod 0', 'DeletePod 1', 'DeletePod 2']);
  });

  test('wakes with every node that has volumes; who is no member leaves then', () => {
    const awake = asleep.withoutPod(0, 1, 2).when(aCluster().withNodes(1));
    const { steps } = planProvision(awake.input());
    assert.deepEqual(
      steps.filter(({ kind }) => kind === 'CreatePod').map((step) => 'id' in step && step.id),
      [0, 1, 2],
    );
  });
});

describe('A change of volumes', () => {
  const storage = [
    { name: 'data', size: '10Gi' },
    { name: 'content', size: '1Gi' },
  ];
  const more = cluster.withEntry({ id: 1, node: { storage } });

  test('empties the node before its Pod goes, and its volumes stay', () => {
    assert.deepEqual(acts(plan(well.when(more))), ['MarkPod 1']);
    const proof = { podUid: 'uid-Pod-prod-1', containerId: 'container-1', why: 'Emptied' } as const;
    const gone = well
      .when(more)
      .withRecord(1, { removal: { ...proof, state: 'PodDeleted', afterwards: 'Rebuild' } })
      .withoutPod(1);
    assert.deepEqual(acts(plan(gone)), []);
    const { steps } = planProvision(gone.input());
    assert.deepEqual(
      steps.filter((step) => 'id' in step).map(({ kind }) => kind),
      ['CreateRevision', 'UpdateRecord', 'CreateClaim', 'CreatePod'],
    );
    const back = gone.created().withPod(1, ready(1)).created();
    const record = back.world.records.get(1);
    assert.deepEqual(record && 'established' in record && Object.keys(record.established ?? {}), ['data', 'content']);
  });

  test('is refused for the only member', () => {
    const single = aWorld(aCluster().withNodes(1)).provisioned().withView({ 0: 'CONNECTED' });
    const outcome = plan(single.when(aCluster().withNodes(1).withNode({ storage })));
    assert.deepEqual(acts(outcome), []);
    assert.match(told(outcome).join('\n'), /NoOtherNode: Waiting to rebuild node 0/);
  });
});
