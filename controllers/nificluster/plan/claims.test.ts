// What happens to the volumes of a node: they are made, grown and handed over, and one that held data is never replaced.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { annotations } from '../../../api/v1/labels.ts';
import { aCluster, type ClusterBuilder } from '../testing.ts';
import { approvedLosses } from './claims.ts';
import { planProvision } from './provision.ts';
import type { NodeStep, Plan } from './steps.ts';
import { claim, starting } from './testing.objects.ts';
import { aWorld, type WorldBuilder } from './testing.ts';
import { isReadable } from './world.ts';

const one = aCluster().withNodes(1);
const withData = aWorld(one).provisioned();

function plan(world: WorldBuilder): Plan {
  return planProvision(world.input());
}

function kinds({ steps }: Plan): readonly string[] {
  return steps.map(({ kind }) => kind);
}

function claimSteps({ steps }: Plan): readonly NodeStep[] {
  return steps.filter((step) => step.kind === 'CreateClaim' || step.kind === 'PatchClaim');
}

describe('A volume that held data', () => {
  const losses: readonly { what: string; world: WorldBuilder; says: string }[] = [
    { what: 'is gone', world: withData.withoutClaim(claim(0)), says: 'is gone' },
    { what: 'is being deleted', world: withData.withClaim(claim(0), { deleting: true }), says: 'is being deleted' },
    { what: 'was made anew by hand', world: withData.withClaim(claim(0), { uid: 'other' }), says: 'another one' },
    {
      what: 'lost its labels, so that it is in no cache',
      world: withData.withoutClaim(claim(0)).withClaim('data-other-0', { id: 9 }),
      says: 'is gone',
    },
  ];
  for (const { what, world, says } of losses) {
    test(`stops its node when it ${what}: no claim and no Pod is created`, () => {
      const { steps, findings } = plan(world.withoutPod(0));
      assert.deepEqual(steps, []);
      const lost = findings.find(({ reason }) => reason === 'VolumeLost');
      assert.equal(lost?.node, 0);
      assert.equal(lost?.effect, 'blocks');
      assert.match(lost?.message ?? '', new RegExp(`data-prod-0.*${says}.*Restore`));
    });

    test(`leaves a Pod alone that still runs when it ${what}`, () => {
      assert.deepEqual(plan(world).steps, []);
    });
  }

  test('is not made anew by hand-made adoption either', () => {
    const adopting = one.withSpec({ adoptVolumes: true });
    const { steps, findings } = plan(withData.when(adopting).withoutClaim(claim(0)).withoutPod(0));
    assert.deepEqual(steps, []);
    assert.deepEqual(
      findings.map(({ reason }) => reason),
      ['VolumeLost'],
    );
  });

  test('stops only its own node', () => {
    const world = aWorld(aCluster()).provisioned().withoutClaim(claim(1)).withoutPod(0, 1);
    const { steps, findings } = plan(world);
    assert.deepEqual(kinds({ steps, findings }), ['CreatePod']);
    assert.deepEqual(
      steps.map((step) => 'id' in step && step.id),
      [0],
    );
    assert.deepEqual(
      findings.map(({ node }) => node),
      [1],
    );
  });
});

describe('A volume on which nothing ever started', () => {
  const created = aWorld(one).created();

  test('is made again when it vanishes', () => {
    assert.deepEqual(kinds(plan(created.withoutClaim(claim(0)))), ['CreateClaim']);
  });

  test('is waited for while it is being deleted', () => {
    assert.deepEqual(plan(created.withClaim(claim(0), { deleting: true })).steps, []);
  });

  test('counts as one that held data from the first sight of a process on it', () => {
    const after = created.withPod(0, starting(0)).created();
    const record = after.world.records.get(0);
    assert.deepEqual(isReadable(record) ? record.established : undefined, { data: `uid-claim-${claim(0)}` });
    assert.deepEqual(plan(after.withoutPod(0).withoutClaim(claim(0))).steps, []);
  });
});

describe('A lost volume that a person gives up', () => {
  const uid = `uid-claim-${claim(0)}`;
  const approving = (value: string) => one.annotated({ [annotations.rebuild]: value });
  const lost = withData.withoutClaim(claim(0)).withoutPod(0);
  const messageOf = (world: WorldBuilder) =>
    plan(world).findings.find(({ reason }) => reason === 'VolumeLost')?.message;

  test('is given up by the very command that the refusal shows', () => {
    const command = `kubectl annotate nificluster prod nifi.datadynamics.io/rebuild=0/${uid} -n data`;
    assert.ok(messageOf(lost)?.endsWith(`give up the data on it: ${command}`), messageOf(lost));
  });

  test('is shown with the wishes that are there, so that typing it takes none away', () => {
    const command = `nifi.datadynamics.io/rebuild=7/other,0/${uid} -n data --overwrite`;
    assert.ok(messageOf(lost.when(approving('7/other')))?.endsWith(command));
  });

  test('is forgotten by the record before it is made anew, and its successor holds data as soon as NiFi ran on it', () => {
    const world = lost.when(approving(`0/${uid}`));
    const { steps, findings } = plan(world);
    assert.deepEqual(findings, []);
    assert.deepEqual(
      steps.map(({ kind }) => kind),
      ['UpdateRecord', 'CreateClaim', 'CreatePod'],
    );
    const fresh = world.created().withClaim(claim(0), { uid: 'fresh' }).withPod(0, starting(0)).created();
    const record = fresh.world.records.get(0);
    assert.deepEqual(isReadable(record) ? record.established : undefined, { data: 'fresh' });
    const again = plan(fresh.withoutPod(0).withoutClaim(claim(0)));
    assert.deepEqual([kinds(again), again.findings.map(({ reason }) => reason)], [[], ['VolumeLost']]);
  });

  test('is waited for while it is going, and no Pod comes in between', () => {
    const going = withData.withoutPod(0).withClaim(claim(0), { deleting: true });
    const world = going.when(approving(`0/${uid}`)).created();
    assert.deepEqual(plan(world), { steps: [], findings: [] });
    assert.equal(world.world.pods.size, 0);
    assert.deepEqual(kinds(plan(world.withoutClaim(claim(0)))), ['CreateClaim', 'CreatePod']);
  });

  test('is replaced by the claim that has its name now, as that one is', () => {
    const world = withData
      .withoutPod(0)
      .withClaim(claim(0), { uid: 'restored' })
      .when(approving(`0/${uid}`));
    assert.deepEqual(kinds(plan(world)), ['UpdateRecord', 'CreatePod']);
  });

  for (const value of [`1/${uid}`, '0/another-claim', 'rubbish']) {
    test(`is not given up by ${value}`, () => {
      const { steps, findings } = plan(lost.when(approving(value)));
      assert.deepEqual(steps, []);
      assert.deepEqual(
        findings.map(({ reason }) => reason),
        ['VolumeLost'],
      );
    });
  }

  test('is no refusal any more while its Pod still runs, and nothing of it is touched before the Pod is gone', () => {
    const world = withData.withClaim(claim(0), { deleting: true }).when(approving(`0/${uid}`));
    assert.deepEqual(plan(world), { steps: [], findings: [] });
    const record = world.world.records.get(0);
    assert.ok(isReadable(record));
    assert.deepEqual(approvedLosses(world.input(), 0, record), ['data']);
  });

  test('takes no other volume of the node with it', () => {
    const storage = ['data', 'content'].map((name) => ({ name, size: '10Gi' }));
    const both = aWorld(one.withNode({ storage })).provisioned().withoutPod(0);
    const world = both.withoutClaim(claim(0), claim(0, 'content')).when(approving(`0/${uid}`).withNode({ storage }));
    const { steps, findings } = plan(world);
    assert.deepEqual(
      steps.flatMap((step) => (step.kind === 'CreateClaim' ? [step.volume] : [step.kind])),
      ['UpdateRecord', 'data'],
    );
    assert.deepEqual(
      findings.map(({ reason, message }) => [reason, /PersistentVolumeClaim (\S+),/u.exec(message)?.[1]]),
      [['VolumeLost', 'content-prod-0']],
    );
  });
});

describe('A lost volume of a node that leaves', () => {
  const members = aCluster().withNodes(2);
  const uid = `uid-claim-${claim(2)}`;
  const lost = aWorld(aCluster()).provisioned().withoutClaim(claim(2)).withoutPod(2).when(members).created();

  test('is given up by abandon, as the refusal shows, and not by rebuild', () => {
    for (const cluster of [members, members.annotated({ [annotations.rebuild]: `2/${uid}` })]) {
      const { steps, findings } = plan(lost.when(cluster));
      assert.deepEqual(steps, []);
      const command = `kubectl annotate nificluster prod nifi.datadynamics.io/abandon=2/${uid} -n data`;
      assert.ok(findings.some(({ reason, message }) => reason === 'VolumeLost' && message.endsWith(command)));
    }
  });

  test('is neither missed nor made anew once it is given up: the node goes as it is', () => {
    const world = lost.when(members.annotated({ [annotations.abandon]: `2/${uid}` }));
    assert.deepEqual(plan(world), { steps: [], findings: [] });
  });
});

describe('The size of a volume', () => {
  const sized = (size: string): ClusterBuilder => one.withNode({ storage: [{ name: 'data', size }] });
  const small = aWorld(sized('10Gi')).provisioned();

  test('grows in place, under the lock of what was seen', () => {
    assert.deepEqual(claimSteps(plan(small.when(sized('20Gi')))), [
      {
        kind: 'PatchClaim',
        id: 0,
        name: claim(0),
        resourceVersion: '1',
        patch: { spec: { resources: { requests: { storage: '20Gi' } } } },
        why: 'VolumeExpanded',
        note: 'data-prod-0 from 10Gi to 20Gi',
      },
    ]);
  });

  test('grows without a restart: the node is not outdated by it', () => {
    const grown = small.when(sized('20Gi')).created();
    assert.deepEqual(plan(grown), { steps: [], findings: [] });
  });

  test('never shrinks, and another way of writing it is no change', () => {
    for (const size of ['5Gi', '10240Mi']) assert.deepEqual(claimSteps(plan(small.when(sized(size)))), [], size);
  });

  test('is that of the spec also for a claim that is only now made', () => {
    const world = aWorld(sized('10Gi')).created().when(sized('20Gi')).withoutClaim(claim(0));
    const [step] = claimSteps(plan(world));
    assert.equal(step?.kind, 'CreateClaim');
    assert.match(JSON.stringify(step), /"storage":"20Gi"/);
  });
});

describe('Who owns a volume', () => {
  const retaining = one.withSpec({ volumeRetention: { whenDeleted: 'Retain' } });
  const deleting = one.withSpec({ volumeRetention: { whenDeleted: 'Delete' } });

  test('is nobody while it is to stay when the cluster is deleted', () => {
    assert.deepEqual(
      aWorld(retaining)
        .created()
        .world.claims.get(claim(0))
        ?.owners.map(({ uid }) => uid),
      [],
    );
  });

  test('is the cluster while it is to go with it', () => {
    assert.deepEqual(
      aWorld(deleting)
        .created()
        .world.claims.get(claim(0))
        ?.owners.map(({ uid }) => uid),
      ['cluster-uid'],
    );
  });

  test('follows a change of the spec in both directions, and then rests', () => {
    const kept = aWorld(deleting).provisioned().when(retaining).created();
    assert.deepEqual(
      kept.world.claims.get(claim(0))?.owners.map(({ uid }) => uid),
      [],
    );
    const given = aWorld(retaining).provisioned().when(deleting).created();
    assert.deepEqual(
      given.world.claims.get(claim(0))?.owners.map(({ uid }) => uid),
      ['cluster-uid'],
    );
  });

  test('stays also whoever else it was', () => {
    const backup = { apiVersion: 'v1', kind: 'ConfigMap', name: 'backup', uid: 'backup-uid' };
    const world = aWorld(retaining)
      .provisioned()
      .withClaim(claim(0), { owners: [backup] })
      .when(deleting)
      .created();
    assert.deepEqual(
      world.world.claims.get(claim(0))?.owners.map(({ uid }) => uid),
      ['backup-uid', 'cluster-uid'],
    );
  });
});

describe('Volumes of an earlier cluster of the same name', () => {
  const left = aWorld(one.withUid('earlier')).provisioned();
  /** Everything that had an owner is gone; claims and key are what a deleted cluster leaves. */
  const leftovers = left.withoutPod(0).withoutRecord(0).withoutSecret('prod-ca', 'prod-operator-tls', 'prod-0-tls');
  const adopting = one.withSpec({ adoptVolumes: true });

  test('are neither taken nor replaced without a word', () => {
    const { steps, findings } = plan(leftovers.when(one));
    assert.deepEqual(steps, []);
    assert.deepEqual(
      findings.map(({ reason, effect }) => [reason, effect]),
      [['VolumesLeftBehind', 'blocks']],
    );
    assert.match(findings[0]?.message ?? '', /data-prod-0.*spec\.adoptVolumes/);
  });

  test('are taken back with adoptVolumes: the claim changes hands before a Pod is made', () => {
    const { steps } = plan(leftovers.when(adopting));
    const order = kinds({ steps, findings: [] });
    assert.ok(order.indexOf('PatchClaim') < order.indexOf('CreatePod'), order.join(' '));
    const patch = steps.find((step) => step.kind === 'PatchClaim');
    assert.deepEqual(patch?.patch, {
      metadata: { annotations: { [annotations.clusterUid]: 'cluster-uid' }, ownerReferences: [] },
    });
    assert.equal(patch?.why, 'VolumeAdopted');
  });

  test('count as volumes with data from then on', () => {
    const adopted = leftovers.when(adopting).created();
    assert.deepEqual(kinds(plan(adopted)), []);
    assert.deepEqual(plan(adopted.withoutClaim(claim(0)).withoutPod(0)).steps, []);
  });
});
