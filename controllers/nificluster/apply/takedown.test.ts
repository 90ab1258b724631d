// Taking a node down and away: nothing is destroyed but what the plan saw, and data only where the record still speaks for it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configMaps, persistentVolumeClaims, pods, secrets } from '../../../pkg/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../../pkg/kube/types.ts';
import { apply } from '../apply.ts';
import { buildRecord, type NodeRecord, type Removal } from '../build/record.ts';
import { recordOf } from '../plan/node.ts';
import type { NodeStep } from '../plan/steps.ts';
import { claim } from '../plan/testing.objects.ts';
import { aWorld } from '../plan/testing.ts';
import { aCluster } from '../testing.ts';
import { aStage, type Stage } from './testing.ts';

const key = (name: string) => ({ namespace: 'data', name });
const one = aWorld(aCluster().withNodes(1)).provisioned();
const removed: Removal = { state: 'PodDeleted', podUid: 'u', containerId: 'c', why: 'Emptied' };

function recordWith(removal: Removal | undefined): NodeRecord {
  const desired = one.input().desired.get(0);
  assert.ok(desired);
  const established = { data: 'uid-claim' };
  return { ...recordOf(desired, undefined), established, ...(removal === undefined ? {} : { removal }) };
}

/** The record as the API server has it, with its version. */
async function stored(stage: Stage, removal: Removal | undefined): Promise<NodeRecord> {
  const record = recordWith(removal);
  const { metadata } = await stage.put(configMaps, buildRecord(stage.context.cluster, record));
  return { ...record, resourceVersion: metadata.resourceVersion ?? '' };
}

function object(kind: string, name: string): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: 'data' } };
}

async function put(stage: Stage, type: ResourceType, name: string) {
  const { metadata } = await stage.put(type, object(type.kind, name));
  return { id: 0, name, uid: metadata.uid ?? '', resourceVersion: metadata.resourceVersion ?? '' };
}

async function run(stage: Stage, ...steps: readonly NodeStep[]) {
  const { findings, failures, done } = await apply(stage.context, { steps, findings: [] });
  assert.deepEqual([findings, failures], [[], []], 'what has changed meanwhile is no failure and is told nobody');
  return done.map(({ kind }) => kind);
}

describe('The steps of a node', () => {
  test('end where its Pod is not the one that was planned for: its deletion is not put on record', async () => {
    for (const change of [{ uid: 'another' }, { resourceVersion: '1' }]) {
      const stage = aStage(one);
      const pod = await put(stage, pods, 'prod-0');
      const proven = await stored(stage, { ...removed, state: 'Proven' });
      const done = await run(
        stage,
        { kind: 'DeletePod', ...pod, ...change, why: 'NodeRemoved', note: '' },
        { kind: 'UpdateRecord', id: 0, record: { ...proven, removal: removed }, why: undefined, note: '' },
      );
      assert.deepEqual(done, []);
      assert.match((await stage.api.get(configMaps, key('prod-0')))?.data?.['removal'] ?? '', /Proven/);
    }
  });

  test('end where somebody else deleted the Pod: that was no delete of ours', async () => {
    const stage = aStage(one);
    const pod = await put(stage, pods, 'prod-0');
    await stage.api.delete(pods, key('prod-0'));
    const proven = await stored(stage, { ...removed, state: 'Proven' });
    const done = await run(
      stage,
      { kind: 'DeletePod', ...pod, why: 'NodeRemoved', note: '' },
      { kind: 'UpdateRecord', id: 0, record: { ...proven, removal: removed }, why: undefined, note: '' },
    );
    assert.deepEqual([done, stage.events], [[], []]);
    assert.match((await stage.api.get(configMaps, key('prod-0')))?.data?.['removal'] ?? '', /Proven/);
  });

  test('go on after a delete that was accepted', async () => {
    const stage = aStage(one);
    const pod = await put(stage, pods, 'prod-0');
    const proven = await stored(stage, { ...removed, state: 'Proven' });
    const done = await run(
      stage,
      { kind: 'DeletePod', ...pod, why: undefined, note: '' },
      { kind: 'UpdateRecord', id: 0, record: { ...proven, removal: removed }, why: 'NodeEmptied', note: 'empty' },
    );
    assert.deepEqual(done, ['DeletePod', 'UpdateRecord']);
    assert.equal((await stage.api.get(configMaps, key('prod-0')))?.data?.['removal'], JSON.stringify(removed));
    assert.deepEqual(stage.events, ['Normal NodeEmptied']);
  });

  test('of one node do not end those of another', async () => {
    const stage = aStage(one);
    const [gone, there] = [await put(stage, pods, 'prod-0'), await put(stage, pods, 'prod-1')];
    const done = await run(
      stage,
      { kind: 'DeletePod', ...gone, uid: 'another', why: undefined, note: '' },
      { kind: 'DeletePod', ...there, id: 1, why: undefined, note: '' },
    );
    assert.deepEqual(done, ['DeletePod']);
  });
});

describe('A record', () => {
  test('loses what it has no more', async () => {
    const stage = aStage(one);
    const { removal: _, ...record } = await stored(stage, { ...removed, state: 'Offloaded' });
    await run(stage, { kind: 'UpdateRecord', id: 0, record, why: 'ProofVoided', note: 'void' });
    const live = await stage.api.get(configMaps, key('prod-0'));
    assert.deepEqual(Object.keys(live?.data ?? {}).includes('removal'), false);
    assert.equal(live?.data?.['established'], JSON.stringify(record.established));
  });

  test('is deleted as it was planned with, and not when it has changed', async () => {
    const stage = aStage(one);
    const record = await stored(stage, removed);
    const step = { kind: 'DeleteRecord', id: 0, note: 'Removed node 0' } as const;
    assert.deepEqual(await run(stage, { ...step, record: { ...record, resourceVersion: '1' } }), []);
    assert.ok(await stage.api.get(configMaps, key('prod-0')));
    assert.deepEqual(await run(stage, { ...step, record }), ['DeleteRecord']);
    assert.equal(await stage.api.get(configMaps, key('prod-0')), undefined);
    assert.deepEqual([stage.notes, stage.tracked], [['Removed node 0'], ['configmaps deleted']]);
  });
});

describe('A mark', () => {
  test('is put on the very Pod that was seen, and taken away from it', async () => {
    const stage = aStage(one);
    const pod = await put(stage, pods, 'prod-0');
    assert.deepEqual(await run(stage, { kind: 'MarkPod', ...pod, uid: 'another', mark: 'Restart' }), []);
    assert.deepEqual(await run(stage, { kind: 'MarkPod', ...pod, mark: 'Restart' }), ['MarkPod']);
    const marked = await stage.api.get(pods, key('prod-0'));
    assert.deepEqual(marked?.metadata.annotations, { 'nifi.datadynamics.io/disconnected-by': 'Restart' });
    const { resourceVersion = '' } = marked?.metadata ?? {};
    await run(stage, { kind: 'MarkPod', ...pod, resourceVersion, mark: undefined });
    assert.deepEqual((await stage.api.get(pods, key('prod-0')))?.metadata.annotations, {});
    assert.deepEqual(stage.tracked, ['pods', 'pods']);
  });
});

describe('A claim', () => {
  async function scene(planned: Removal | undefined, live: Removal | undefined) {
    const stage = aStage(one.withRecord(0, { removal: planned }));
    const step = {
      kind: 'DeleteClaim',
      ...(await put(stage, persistentVolumeClaims, claim(0))),
      note: 'empty',
    } as const;
    await stored(stage, live);
    return {
      stage,
      step,
      exists: async () => (await stage.api.get(persistentVolumeClaims, key(claim(0)))) !== undefined,
    };
  }

  test('is deleted once its node’s Pod was, on the proof that is on record', async () => {
    const { stage, step, exists } = await scene(removed, removed);
    assert.deepEqual(await run(stage, step), ['DeleteClaim']);
    assert.equal(await exists(), false);
    assert.deepEqual(stage.events, ['Normal VolumeDeleted']);
  });

  const unproven: Readonly<Record<string, readonly [Removal | undefined, Removal | undefined]>> = {
    'whose record has no proof': [undefined, undefined],
    'whose proof is not whole yet': [
      { ...removed, state: 'Proven' },
      { ...removed, state: 'Proven' },
    ],
    'whose proof was taken away meanwhile': [removed, undefined],
    'whose proof is of another process by now': [removed, { ...removed, containerId: 'another' }],
  };
  for (const [what, [planned, live]] of Object.entries(unproven)) {
    test(`${what} stays`, async () => {
      const { stage, step, exists } = await scene(planned, live);
      assert.deepEqual(await run(stage, step), []);
      assert.equal(await exists(), true);
    });
  }

  test('stays while there is a Pod of its node, whosoever made it', async () => {
    const { stage, step, exists } = await scene(removed, removed);
    await put(stage, pods, 'prod-0');
    assert.deepEqual(await run(stage, step), []);
    assert.equal(await exists(), true);
  });

  test('stays when it is another one, or has changed', async () => {
    for (const change of [{ uid: 'another' }, { resourceVersion: '1' }]) {
      const { stage, step, exists } = await scene(removed, removed);
      assert.deepEqual(await run(stage, { ...step, ...change }), []);
      assert.equal(await exists(), true);
    }
  });

  test('that is gone already is nothing to tell of', async () => {
    const { stage, step } = await scene(removed, removed);
    await stage.api.delete(persistentVolumeClaims, key(claim(0)));
    assert.deepEqual(await run(stage, step), ['DeleteClaim']);
    assert.deepEqual(stage.events, []);
  });

  test('stays when the API server does not answer what speaks for it', async () => {
    const { stage, step, exists } = await scene(removed, removed);
    stage.fail(/^get Pod/, () => new Error('no answer'));
    const { failures, done } = await apply(stage.context, { steps: [step], findings: [] });
    assert.deepEqual([failures.length, done], [1, []]);
    stage.fail(/^none/, () => new Error());
    assert.equal(await exists(), true);
  });
});

describe('A cluster that is not what was planned with', () => {
  test('loses nothing', async () => {
    const stage = aStage(one.withRecord(0, { removal: removed }));
    const pod = await put(stage, pods, 'prod-0');
    const volume = await put(stage, persistentVolumeClaims, claim(0));
    const record = await stored(stage, removed);
    stage.verified = false;
    const steps: readonly NodeStep[] = [
      { kind: 'MarkPod', ...pod, mark: 'Restart' },
      { kind: 'DeletePod', ...pod, id: 1, why: undefined, note: '' },
      { kind: 'DeleteClaim', ...volume, id: 2, note: '' },
      { kind: 'DeleteRecord', id: 3, record, note: '' },
    ];
    assert.deepEqual(await run(stage, ...steps), []);
    assert.deepEqual(stage.calls(), []);
  });
});

describe('What only a node had', () => {
  test('is deleted by its UID', async () => {
    const stage = aStage(one);
    const { name, uid } = await put(stage, secrets, 'prod-0-tls');
    const step = { kind: 'DeleteForNode', id: 0 } as const;
    assert.deepEqual(await run(stage, { ...step, object: { kind: 'Secret', name, uid: 'another' } }), []);
    assert.deepEqual(await run(stage, { ...step, object: { kind: 'Secret', name, uid } }), ['DeleteForNode']);
    assert.equal(await stage.api.get(secrets, key(name)), undefined);
  });
});
