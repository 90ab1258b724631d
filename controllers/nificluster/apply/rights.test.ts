import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { KubeApiError } from '../../../pkg/kube/errors.ts';
import { roles } from '../../../pkg/kube/resources.ts';
import { apply } from '../apply.ts';
import { planProvision } from '../plan/provision.ts';
import { aWorld } from '../plan/testing.ts';
import { aCluster } from '../testing.ts';
import { aStage, type Stage } from './testing.ts';

const strange = {
  apiVersion: roles.apiVersion,
  kind: 'Role',
  metadata: { name: 'prod-nodes', namespace: 'data' },
  rules: [],
};

describe('The rights that NiFi starts with', () => {
  let stage: Stage;
  const scene = aWorld(aCluster().withNodes(2));
  const pods = (): number => stage.calls().filter((call) => call === 'create Pod prod-0').length;

  beforeEach(() => {
    stage = aStage(scene);
  });

  test('are there before the first Pod', async () => {
    await apply(stage.context, planProvision(scene.input()));
    assert.equal(pods(), 1);
  });

  test('keep the Pods back while the name of the Role is somebody else’s, and the binding with them', async () => {
    await stage.put(roles, strange);
    const { findings, failures } = await apply(stage.context, planProvision(scene.input()));
    assert.deepEqual([pods(), failures], [0, []]);
    assert.ok(!stage.calls().some((call) => call.includes('RoleBinding')));
    assert.ok(findings.some(({ reason, message }) => reason === 'NameConflict' && message.includes('Role prod-nodes')));
    assert.ok(stage.calls().includes('create PersistentVolumeClaim data-prod-0'));
    assert.ok(!stage.events.includes('Normal PodCreated'));
  });

  test('keep no Pod back once they were there', async () => {
    const created = scene.provisioned().withoutPod(0);
    stage = aStage(created);
    const steps = planProvision(created.input());
    stage.fail(/Role /u, () => new KubeApiError(403, { message: 'no' }));
    await apply(stage.context, steps);
    assert.equal(pods(), 1);
  });
});
