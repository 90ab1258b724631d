// The single steps of a node against an API server: each is safe to repeat, and bound to what the plan saw.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KubeTransportError } from '../../../pkg/kube/errors.ts';
import {
  configMaps,
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaims,
  pods,
} from '../../../pkg/kube/resources.ts';
import { refusal } from '../../../pkg/kube/testing/model-api.ts';
import { planProvision } from '../plan/provision.ts';
import { claim, starting } from '../plan/testing.objects.ts';
import { aWorld, type WorldBuilder } from '../plan/testing.ts';
import { aCluster } from '../testing.ts';
import { type ApplyContext, createOwn, RefusedError } from './context.ts';
import { applyNodeStep } from './nodes.ts';
import { aStage, only, type Stage } from './testing.ts';

const one = aCluster().withNodes(1);
const key = (name: string) => ({ namespace: 'data', name });
const stepsOf = (scene: WorldBuilder) => planProvision(scene.input()).steps;

async function refusedBy(work: Promise<unknown>) {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof RefusedError, String(error));
  return error.finding;
}

async function withClaim(stage: Stage, change: Partial<PersistentVolumeClaim['metadata']> = {}) {
  const [step] = only(stepsOf(aWorld(one)), 'CreateClaim');
  assert.ok(step);
  const object = { ...step.object, metadata: { ...step.object.metadata, ...change } } as PersistentVolumeClaim;
  return { step, stored: await stage.put(persistentVolumeClaims, object) };
}

describe('Creating a claim', () => {
  test('takes one that is there and ours as created', async () => {
    const stage = aStage(aWorld(one));
    const { step, stored } = await withClaim(stage);
    await applyNodeStep(stage.context, step);
    assert.deepEqual(await stage.api.get(persistentVolumeClaims, key(claim(0))), stored);
    assert.deepEqual(stage.events, []);
  });

  const foreign: Readonly<Record<string, Partial<PersistentVolumeClaim['metadata']>>> = {
    'of an earlier cluster': { annotations: { 'nifi.datadynamics.io/cluster-uid': 'earlier' } },
    'without a mark': { annotations: {} },
    'of another volume of a cluster with a similar name': { labels: { 'nifi.datadynamics.io/volume': 'other' } },
  };
  for (const [what, change] of Object.entries(foreign)) {
    test(`never takes one ${what}`, async () => {
      const stage = aStage(aWorld(one));
      const { step, stored } = await withClaim(stage, change);
      const finding = await refusedBy(applyNodeStep(stage.context, step));
      assert.equal(finding.reason, 'NameConflict');
      assert.deepEqual(await stage.api.get(persistentVolumeClaims, key(claim(0))), stored);
    });
  }
});

describe('Growing a claim', () => {
  const grown = aWorld(one)
    .provisioned()
    .when(one.withNode({ storage: [{ name: 'data', size: '20Gi' }] }));
  const [step] = only(stepsOf(grown), 'PatchClaim');
  assert.ok(step);
  const locked = (stored: PersistentVolumeClaim) => ({
    ...step,
    resourceVersion: stored.metadata.resourceVersion ?? '',
  });

  test('asks for the larger size and changes nothing else', async () => {
    const stage = aStage(grown);
    const { stored } = await withClaim(stage);
    await applyNodeStep(stage.context, locked(stored));
    const live = await stage.api.get(persistentVolumeClaims, key(claim(0)));
    assert.equal(live?.spec?.resources?.requests?.['storage'], '20Gi');
    assert.deepEqual(live?.metadata.annotations, stored.metadata.annotations);
    assert.deepEqual(stage.events, ['Normal VolumeExpanded']);
  });

  for (const status of [403, 422]) {
    test(`that the storage class refuses with ${status} is told with the words of the API server`, async () => {
      const stage = aStage(grown);
      const { stored } = await withClaim(stage);
      stage.fail(/^patch/, () => refusal(status, '', 'only dynamically provisioned pvc can be resized'));
      const finding = await refusedBy(applyNodeStep(stage.context, locked(stored)));
      assert.equal(finding.reason, 'VolumeClassRefused');
      assert.match(finding.message, /data-prod-0 cannot grow: only dynamically provisioned/);
    });
  }

  test('that fails in transport is no refusal: nobody has to change anything', async () => {
    const stage = aStage(grown);
    const { stored } = await withClaim(stage);
    stage.fail(/^patch/, () => new KubeTransportError('connection reset', 'ECONNRESET', true));
    await assert.rejects(applyNodeStep(stage.context, locked(stored)), KubeTransportError);
  });

  test('loses against whoever changed the claim meanwhile', async () => {
    const stage = aStage(grown);
    await withClaim(stage);
    await assert.rejects(applyNodeStep(stage.context, { ...step, resourceVersion: '1' }), { reason: 'Conflict' });
  });
});

describe('Deleting a Pod', () => {
  const [step] = only(stepsOf(aWorld(one).provisioned().withPod(0, { phase: 'Failed' })), 'DeletePod');
  assert.ok(step);
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'prod-0', namespace: 'data' } };

  test('deletes the very Pod that the plan saw', async () => {
    const stage = aStage(aWorld(one).provisioned());
    const { metadata } = await stage.put(pods, pod);
    const { uid = '', resourceVersion = '' } = metadata;
    await applyNodeStep(stage.context, { ...step, uid, resourceVersion });
    assert.equal(await stage.api.get(pods, key('prod-0')), undefined);
    assert.deepEqual([stage.events, stage.tracked], [['Normal PodRemoved'], ['pods deleted']]);
  });

  for (const [what, change] of Object.entries({
    'has changed since': { resourceVersion: '1' },
    'is another one': { uid: 'old' },
  })) {
    test(`leaves one alone that ${what}, without a word`, async () => {
      const stage = aStage(aWorld(one).provisioned());
      const { metadata } = await stage.put(pods, pod);
      const { uid = '', resourceVersion = '' } = metadata;
      await assert.rejects(applyNodeStep(stage.context, { ...step, uid, resourceVersion, ...change }), {
        reason: 'Conflict',
      });
      assert.ok(await stage.api.get(pods, key('prod-0')));
      assert.deepEqual([stage.events, stage.tracked], [[], []]);
    });
  }
});

describe('Creating a Pod from what it ran', () => {
  const scene = aWorld(one).provisioned();
  const [create] = only(stepsOf(aWorld(one)), 'CreateRevision');
  const revision = create?.objects[0];
  assert.ok(revision);
  const stored = { kind: 'CreatePod', id: 0, source: { kind: 'Stored', configMap: revision.metadata.name } } as const;

  test('reads it from the API server and makes it as it was', async () => {
    const stage = aStage(scene);
    await stage.put(configMaps, revision);
    await applyNodeStep(stage.context, stored);
    const pod = await stage.api.get(pods, key('prod-0'));
    const [rendered] = only(stepsOf(aWorld(one)), 'CreatePod');
    const expected: Pod | undefined = rendered?.source.kind === 'Rendered' ? rendered.source.pod : undefined;
    assert.deepEqual(pod?.spec, expected?.spec);
  });

  test('makes none when that is gone, or is not ours, and says what to restore', async () => {
    for (const present of [undefined, { ...revision, metadata: { ...revision.metadata, ownerReferences: [] } }]) {
      const stage = aStage(scene);
      if (present !== undefined) await stage.put(configMaps, present);
      const finding = await refusedBy(applyNodeStep(stage.context, stored));
      assert.equal(finding.reason, 'RecordUnreadable');
      assert.match(finding.message, new RegExp(`${revision.metadata.name}.*is gone: restore it`));
      assert.equal(await stage.api.get(pods, key('prod-0')), undefined);
    }
  });

  const manifest = (metadata: object) => JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec: {} });
  const others = {
    'of another namespace': manifest({ name: 'prod-0', namespace: 'kube-system' }),
    'of no namespace': manifest({ name: 'prod-0' }),
    'of another node': manifest({ name: 'prod-1', namespace: 'data' }),
    'that is none': '{}',
    'that cannot be read': '{',
  };
  for (const [what, text] of Object.entries(others)) {
    test(`makes no Pod ${what}, whoever wrote it there`, async () => {
      const stage = aStage(scene);
      await stage.put(configMaps, { ...revision, data: { 'pod.json': text } });
      const finding = await refusedBy(applyNodeStep(stage.context, stored));
      assert.equal(finding.reason, 'RecordUnreadable');
      assert.match(finding.message, new RegExp(`${revision.metadata.name}.*holds no Pod of this node: restore it`));
      assert.deepEqual(stage.calls(), [`get ConfigMap ${revision.metadata.name}`]);
    });
  }
});

describe('Changing a record', () => {
  test('loses against whoever changed it meanwhile, and keeps what it does not name', async () => {
    const scene = aWorld(one).created().withPod(0, starting(0));
    const [step] = only(stepsOf(scene), 'UpdateRecord');
    const [create] = only(stepsOf(aWorld(one)), 'CreateRecord');
    assert.ok(step && create);
    const stage = aStage(scene);
    await applyNodeStep(stage.context, create);
    const live = await stage.api.get(configMaps, key('prod-0'));
    const { resourceVersion = '' } = live?.metadata ?? {};
    await assert.rejects(applyNodeStep(stage.context, step), { reason: 'Conflict' });
    await applyNodeStep(stage.context, { ...step, record: { ...step.record, resourceVersion } });
    const after = await stage.api.get(configMaps, key('prod-0'));
    const established = JSON.stringify(step.record.established);
    assert.deepEqual(after?.data, { ...live?.data, established, wrote: '2.6.0' });
    assert.deepEqual(stage.events, ['Normal NodeCreated', 'Normal NodeStarted']);
  });
});

describe('A name that was taken and is free again when we look', () => {
  test('is a failure to be tried again, and nobody is told to remove anything', async () => {
    const stage = aStage(aWorld(one));
    const taken: ApplyContext = {
      ...stage.context,
      client: Object.assign(Object.create(stage.api) as typeof stage.api, {
        create: () => Promise.reject(refusal(409, 'AlreadyExists', 'exists')),
      }),
    };
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'prod-0', namespace: 'data' } };
    await assert.rejects(
      createOwn(taken, pods, pod, () => true),
      { reason: 'AlreadyExists' },
    );
  });
});
