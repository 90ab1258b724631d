// A node that cannot run, and a spec that changes its volumes together with what keeps it from running.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aCluster } from '../testing.ts';
import { planDisrupt } from './disrupt/disrupt.ts';
import { planProvision } from './provision.ts';
import type { Step } from './steps.ts';
import { crashed, ready } from './testing.objects.ts';
import { aWorld, type WorldBuilder } from './testing.ts';

const storage = [
  { name: 'data', size: '10Gi' },
  { name: 'content', size: '1Gi' },
];
const mended = aCluster().withNode({ jvm: { heap: '2g' }, storage });
const connected = { 0: 'CONNECTED', 1: 'CONNECTED', 2: 'CONNECTED' } as const;
const broken = aWorld(aCluster())
  .provisioned()
  .withPod(1, crashed('a heap too small'))
  .withView({ ...connected, 1: 'DISCONNECTED' });

function stepsOf(world: WorldBuilder): readonly Step[] {
  const input = world.input();
  const provision = planProvision(input);
  return [...provision.steps, ...planDisrupt(input, provision).steps].filter((step) => 'id' in step && step.id === 1);
}

describe('A node in a crash loop whose volumes are to change as well', () => {
  const steps = stepsOf(broken.when(mended));

  test('gets everything but the volumes: it could not be emptied for them', () => {
    assert.deepEqual(
      steps.map(({ kind }) => kind),
      ['Announce', 'CreateRevision', 'UpdateRecord', 'DeletePod'],
    );
    const update = steps.find((step) => step.kind === 'UpdateRecord');
    assert.deepEqual(
      update?.record.volumes.map(({ name }) => name),
      ['data'],
    );
  });

  const again = broken
    .when(mended)
    .after(...steps)
    .created();

  test('comes back on the volumes it had', () => {
    assert.ok(again.world.pods.has(1));
    assert.equal(again.world.claims.has('content-prod-1'), false);
  });

  test('is rebuilt like any other once it runs', () => {
    const up = again.withPod(1, ready(1)).created().withView(connected);
    assert.deepEqual(
      stepsOf(up).map(({ kind }) => kind),
      ['Announce', 'MarkPod'],
    );
  });

  test('is left alone when it crashes again with what the spec asks for', () => {
    assert.deepEqual(stepsOf(again.withPod(1, crashed('still too small'))), []);
  });
});
