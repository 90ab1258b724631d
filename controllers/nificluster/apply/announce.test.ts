// What is told of a restart before it: once, when it has begun, and with what changed as far as that can be found out.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { revisionName } from '../../../api/v1/labels.ts';
import { configMaps, pods } from '../../../pkg/kube/resources.ts';
import { apply } from '../apply.ts';
import type { NodeStep } from '../plan/steps.ts';
import { aWorld } from '../plan/testing.ts';
import { aCluster } from '../testing.ts';
import { aStage, type Stage } from './testing.ts';

const former = aWorld(aCluster().withNodes(1)).provisioned();
const scene = former.when(
  aCluster()
    .withNodes(1)
    .withNode({ config: { nifiProperties: { 'nifi.queue.swap.threshold': '40000' } } }),
);
const before = former.input().render(0);
assert.ok(before);
const told = 'Restarting node 0: ConfigChanged';
const announce = { kind: 'Announce', id: 0, why: 'NodeRestarting', note: told, former: before.digest } as const;

async function marked(stage: Stage, step: NodeStep = announce, change: object = {}): Promise<readonly string[]> {
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'prod-0', namespace: 'data' } };
  const { uid = '', resourceVersion = '' } = (await stage.put(pods, pod)).metadata;
  const mark = { kind: 'MarkPod', id: 0, name: 'prod-0', uid, resourceVersion, mark: 'Restart', ...change } as const;
  const { failures } = await apply(stage.context, { steps: [step, mark], findings: [] });
  assert.deepEqual(failures, []);
  return stage.notes;
}

describe('An announcement', () => {
  test('has the names of what differs from what the node ran', async () => {
    const stage = aStage(scene);
    await stage.put(configMaps, before.configMap);
    assert.deepEqual(await marked(stage), [`${told} (nifi.properties: nifi.queue.swap.threshold)`]);
    assert.deepEqual(stage.events, ['Normal NodeRestarting']);
  });

  test('goes without them when there is nothing to compare with', async () => {
    assert.deepEqual(await marked(aStage(scene)), [told]);
    assert.deepEqual(await marked(aStage(scene), { ...announce, former: undefined }), [told]);
    const foreign = aStage(scene);
    await foreign.put(configMaps, {
      ...before.configMap,
      metadata: { ...before.configMap.metadata, ownerReferences: [] },
    });
    assert.deepEqual(await marked(foreign), [told]);
  });

  test('holds nothing up when the former configuration cannot be read', async () => {
    const stage = aStage(scene);
    stage.fail(new RegExp(`^get ConfigMap ${revisionName('prod', 0, before.digest)}`), () => new Error('no answer'));
    assert.deepEqual(await marked(stage), [`${told} (what it ran before cannot be read: no answer)`]);
  });

  test('is not made when its act does not begin', async () => {
    assert.deepEqual(await marked(aStage(scene), announce, { uid: 'another' }), []);
  });
});
