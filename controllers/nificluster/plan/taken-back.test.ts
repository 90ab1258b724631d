// A node that left and whose volumes stayed comes back: only with a person's word, and with an old flow set aside first.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { annotations } from '../../../api/v1/labels.ts';
import type { ConfigMap } from '../../../pkg/kube/resources.ts';
import { aCluster } from '../testing.ts';
import { releasePatch } from './claims.ts';
import { leavingIds } from './disrupt/needs.ts';
import { planProvision } from './provision.ts';
import { setAsideTokens } from './set-aside.ts';
import type { Plan, Step } from './steps.ts';
import { claim } from './testing.objects.ts';
import { aWorld, type WorldBuilder } from './testing.ts';

const proof = 'Emptied pod-uid containerd://1';
const three = aCluster();
const adopting = three.withSpec({ adoptVolumes: true });
/** Node 2 has left, and its volume stayed. */
const two = aWorld(three.withNodes(2)).provisioned().withClaim(claim(2), { released: proof, owners: [] });
const refused = two.when(three);
const allowed = two.when(adopting);

function plan(world: WorldBuilder): Plan {
  return planProvision(world.input());
}

function kindsOf({ steps }: Plan, id: number): readonly string[] {
  return steps.filter((step) => 'id' in step && step.id === id).map(({ kind }) => kind);
}

function startFile({ world }: WorldBuilder): Readonly<Record<string, string>> {
  const start: ConfigMap | undefined = world.shared.get('ConfigMap/prod-start');
  return start?.data ?? {};
}

describe('A volume that a departed node left', () => {
  test('is nobody’s while its id is no member: no step, no word, no token, and nothing leaves', () => {
    assert.deepEqual(plan(two), { steps: [], findings: [] });
    assert.deepEqual(leavingIds(two.input()), []);
    assert.deepEqual([...setAsideTokens(two.input())], []);
  });

  test('holds its node back when the id is a member again, and both mends are told', () => {
    const { steps, findings } = plan(refused.withoutPod(1));
    assert.deepEqual(kindsOf({ steps, findings }, 1), ['CreatePod']);
    assert.deepEqual(kindsOf({ steps, findings }, 2), []);
    assert.deepEqual(findings, [
      {
        reason: 'VolumesLeftBehind',
        message:
          'Node 2 left its volumes behind when it was taken out (data-prod-2): set spec.adoptVolumes to true to take them back ' +
          'with what is on them except flow and authorizations, or delete these PersistentVolumeClaims',
        node: 2,
        effect: 'blocks',
      },
    ]);
  });

  test('makes room for an empty one when a person deletes it, with and without adoptVolumes', () => {
    const gone = refused.withoutClaim(claim(2)).created();
    assert.equal(gone.world.claims.get(claim(2))?.released, undefined);
    assert.ok(gone.world.pods.has(2));
    const going = allowed.withClaim(claim(2), { deleting: true }).created();
    assert.equal(going.world.pods.has(2), false);
    assert.deepEqual(plan(going), { steps: [], findings: [] });
    assert.ok(going.withoutClaim(claim(2)).created().world.pods.has(2));
  });
});

describe('A volume that is taken back', () => {
  test('belongs to the cluster again, with the former proof as its mark', () => {
    const [patch] = plan(allowed).steps.filter((step) => step.kind === 'PatchClaim');
    assert.deepEqual(patch?.patch, {
      metadata: {
        annotations: {
          [annotations.clusterUid]: 'cluster-uid',
          [annotations.released]: null,
          [annotations.adopted]: proof,
        },
        ownerReferences: [],
      },
    });
    assert.equal(patch?.why, 'VolumeAdopted');
    const { released, adopted } = allowed.created().world.claims.get(claim(2)) ?? {};
    assert.deepEqual([released, adopted], [undefined, proof]);
  });

  test('goes with the cluster again where the spec says so', () => {
    const deleting = adopting.withSpec({ volumeRetention: { whenDeleted: 'Delete' } });
    const owners = two.when(deleting).created().world.claims.get(claim(2))?.owners;
    assert.deepEqual(
      owners?.map(({ uid }) => uid),
      ['cluster-uid'],
    );
  });

  test('counts as one that holds data, from its record on', () => {
    const back = allowed.created();
    assert.ok(back.world.pods.has(2));
    const { steps, findings } = plan(back.withoutPod(2).withoutClaim(claim(2)));
    assert.deepEqual(
      steps.filter(({ kind }) => kind === 'CreateClaim'),
      [],
    );
    assert.deepEqual(
      findings.map(({ reason, node }) => [reason, node]),
      [['VolumeLost', 2]],
    );
  });

  test('has its node told to set the old flow aside, and no other node anything', () => {
    const back = allowed.created();
    const token = setAsideTokens(back.input()).get(2);
    assert.match(token ?? '', /^r[a-z0-9]{9}$/u);
    assert.deepEqual(startFile(back), { candidates: '3', 'set-aside-2': token });
    assert.deepEqual(kindsOf(plan(back), 0), []);
  });

  test('gets its Pod only once the start file has the token and the claim is ours, wherever a crash comes in between', () => {
    let world = allowed;
    let created: Step | undefined;
    for (let writes = 0; writes < 40 && created === undefined; writes += 1) {
      const steps = plan(world).steps;
      const made = steps.find((step) => step.kind === 'CreatePod' && step.id === 2);
      if (made !== undefined) {
        assert.equal(world.world.claims.get(claim(2))?.released, undefined);
        assert.equal(startFile(world)['set-aside-2'], setAsideTokens(world.input()).get(2));
      }
      const [first] = steps;
      assert.ok(first, 'something is left to do until the Pod is there');
      created = first === made ? made : undefined;
      world = world.after(first);
    }
    assert.ok(created);
  });

  test('waits as long as the start file cannot be written, and node 2 alone waits', () => {
    const written = allowed.created();
    const start = written.world.shared.get('ConfigMap/prod-start');
    assert.ok(start);
    for (const data of [{ candidates: '3' }, { candidates: '3', 'set-aside-2': 'another' }]) {
      const refusing = written.withShared({ ...start, data } as typeof start).withoutPod(1, 2);
      assert.deepEqual(kindsOf(plan(refusing), 1), ['CreatePod']);
      assert.deepEqual(kindsOf(plan(refusing), 2), []);
    }
  });

  test('is not taken when the word is taken back after its record was written', () => {
    const recorded = allowed.after(...plan(allowed).steps.filter((step) => step.kind === 'CreateRecord'));
    assert.ok(recorded.world.records.has(2));
    const { findings, ...rest } = plan(recorded.when(three));
    const touching = kindsOf({ findings, ...rest }, 2).filter((kind) => kind === 'PatchClaim' || kind === 'CreatePod');
    assert.deepEqual(touching, []);
    assert.deepEqual(
      findings.map(({ reason, node }) => [reason, node]),
      [['VolumesLeftBehind', 2]],
    );
  });

  test('is taken back to the end when the id is let go again after its record was written: it leaves like any other', () => {
    const recorded = allowed.after(...plan(allowed).steps.filter((step) => step.kind === 'CreateRecord'));
    const leaving = recorded.when(adopting.withNodes(2)).created();
    assert.equal(leaving.world.claims.get(claim(2))?.released, undefined);
    assert.ok(leaving.world.pods.has(2));
  });

  test('has one token for one departure, and another for the next', () => {
    const tokenOf = (adopted: string, uid = 'claim') =>
      setAsideTokens(two.withClaim(claim(2), { released: undefined, adopted, uid }).input()).get(2);
    assert.equal(tokenOf(proof), tokenOf(proof));
    assert.notEqual(tokenOf(proof), tokenOf('Emptied pod-uid containerd://2'));
    assert.notEqual(tokenOf(proof), tokenOf(proof, 'another'));
  });

  test('of an earlier cluster has its flow set aside only if its node had left that cluster', () => {
    const earlier = aWorld(three)
      .withClaim(claim(0), { clusterUid: 'earlier' })
      .withClaim(claim(1), { clusterUid: 'earlier', released: proof })
      .withSecret('prod-sensitive-key', { clusterUid: 'earlier', data: { key: 'YS1rZXktb2YtMTYtYnl0ZXM=' } });
    const back = earlier.when(adopting).created();
    assert.deepEqual(Object.keys(startFile(back)), ['candidates', 'set-aside-1']);
    assert.deepEqual(new Set(back.world.pods.keys()), new Set([0, 1, 2]));
  });
});

describe('Leaving a volume behind', () => {
  const owner = (uid: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', name: uid, uid });

  test('takes the cluster’s hand off it: who asked that it stays keeps it when the cluster is deleted', () => {
    const world = two.withClaim(claim(2), { owners: [owner('backup'), owner('cluster-uid')], adopted: 'before' });
    const observed = world.world.claims.get(claim(2));
    assert.ok(observed);
    assert.deepEqual(releasePatch(world.input().cluster, observed, proof), {
      metadata: {
        annotations: { [annotations.released]: proof, [annotations.adopted]: null },
        ownerReferences: [owner('backup')],
      },
    });
  });
});
