// An older NiFi does not read what a newer one wrote: going back is refused, and nothing that runs is touched by it.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { annotations } from '../../../api/v1/labels.ts';
import type { KubeObject } from '../../../pkg/kube/types.ts';
import type { NodeRecord } from '../build/record.ts';
import { aCluster } from '../testing.ts';
import { planDisrupt } from './disrupt/disrupt.ts';
import { refusedDowngrade, withoutDowngrade } from './downgrade.ts';
import type { PlanInput } from './input.ts';
import { planProvision } from './provision.ts';
import type { Step } from './steps.ts';
import { crashed, starting, waiting } from './testing.objects.ts';
import { aWorld, type WorldBuilder } from './testing.ts';
import { isReadable } from './world.ts';

const up = aWorld(aCluster()).provisioned().withView({ 0: 'CONNECTED', 1: 'CONNECTED', 2: 'CONNECTED' });
const older = aCluster().withSpec({ version: '2.5.0' });

function refusal(world: WorldBuilder) {
  return refusedDowngrade(world.input());
}

function stepsOf(world: WorldBuilder): readonly string[] {
  const input = world.input();
  const provision = planProvision(input);
  const { steps } = planDisrupt(input, provision);
  return [...provision.steps, ...steps].flatMap((step) => ('id' in step ? [`${step.kind} ${step.id}`] : []));
}

describe('A lower version', () => {
  test('is refused with both versions, the nodes and the command that allows it', () => {
    assert.deepEqual(refusal(up.when(older)), {
      reason: 'DowngradeRefused',
      message:
        'spec.version 2.5.0 is lower than 2.6.0, which has run on the volumes of nodes 0, 1, 2: put 2.6.0 back, or, if NiFi can ' +
        'read there what the newer version wrote, allow it: ' +
        'kubectl annotate nificluster prod nifi.datadynamics.io/allow-downgrade=2.5.0 -n data',
      effect: 'blocks',
    });
  });

  test('is told once, as a finding of the plan', () => {
    const { findings } = planProvision(up.when(older).input());
    assert.deepEqual(
      findings.map(({ reason }) => reason),
      ['DowngradeRefused'],
    );
  });

  test('restarts no node, and lets one that is gone come back as it was', () => {
    assert.deepEqual(stepsOf(up.when(older)), []);
    const input = up.when(older).withoutPod(1).input();
    const pods = planProvision(input).steps.filter((step) => step.kind === 'CreatePod');
    assert.deepEqual(
      pods.map(({ id, source }) => [id, source.kind]),
      [[1, 'Stored']],
    );
  });

  test('gives no new node: it would be of the lower version', () => {
    const { pods, records, claims } = up.when(older.withNodes(4)).created().world;
    assert.deepEqual([pods.has(3), records.has(3), claims.size], [false, false, 3]);
  });

  test('does not reach a broken node either', () => {
    assert.deepEqual(stepsOf(up.when(older).withPod(1, crashed('bad'))), []);
  });

  test('is refused as long as one node has the newer version', () => {
    const half = up.withRecord(0, { wrote: '2.5.0' }).withRecord(1, { wrote: '2.5.0' }).when(older);
    assert.match(refusal(half)?.message ?? '', /lower than 2\.6\.0, .* nodes 2: put/u);
    assert.equal(refusal(half.withRecord(2, { wrote: '2.5.0' })), undefined);
  });

  test('names the newest of several versions', () => {
    const mixed = up.withRecord(1, { wrote: '2.10.0' }).withRecord(2, { wrote: '2.9.1' });
    assert.match(refusal(mixed.when(older))?.message ?? '', /lower than 2\.10\.0/u);
  });

  test('goes through where the annotation names exactly it', () => {
    const allowed = (version: string) => older.annotated({ [annotations.allowDowngrade]: version });
    assert.equal(refusal(up.when(allowed('2.5.0'))), undefined);
    assert.notDeepEqual(stepsOf(up.when(allowed('2.5.0'))), []);
    assert.match(refusal(up.when(allowed('2.4.0')))?.message ?? '', /allow-downgrade=2\.5\.0 -n data --overwrite$/u);
  });

  test('is none on volumes on which NiFi never ran, or of whose version nothing is known', () => {
    assert.equal(refusal(aWorld(aCluster()).created().when(older)), undefined);
    const unknown = [0, 1, 2].reduce((world, id) => world.withRecord(id, { wrote: undefined }), up);
    assert.equal(refusal(unknown.when(older)), undefined);
  });
});

describe('A version that is not lower', () => {
  for (const version of ['2.6.0', '2.6.1', '2.11.0', '2.6.0-vendor.1']) {
    test(`is rolled out: ${version}`, () => {
      const world = up.when(aCluster().withSpec({ version }));
      assert.equal(refusal(world), undefined);
      assert.equal(world.input().desired.size, 3);
    });
  }
});

describe('The input of a plan', () => {
  test('is what it was unless a downgrade is refused', () => {
    const input = up.input();
    assert.equal(withoutDowngrade(input), input);
    const refused = up.when(older).input();
    assert.deepEqual([refused.desired.size, refused.render(0)], [0, undefined]);
  });
});

describe('A higher version that never ran', () => {
  const mistyped = up.when(aCluster().withSpec({ version: '2.7.99' }));
  const asked = mistyped.after(...restartOf(mistyped, 1)).withPod(1, waiting('ImagePullBackOff'));

  test('may be taken back: it wrote nothing', () => {
    assert.equal(recordOf(asked).version, '2.7.99');
    assert.equal(refusal(asked.when(aCluster())), undefined);
  });

  test('has written to the volumes from the first sight of its process', () => {
    const ran = asked.withPod(1, starting(1)).created();
    assert.equal(recordOf(ran).wrote, '2.7.99');
    assert.notEqual(refusal(ran.when(aCluster())), undefined);
  });
});

/** What a restart of the node comes to when it is out of NiFi's cluster. */
function restartOf(world: WorldBuilder, id: number): readonly Step[] {
  const input = world
    .withPod(id, { disconnectedBy: 'Restart 2026-11-21T11:59:00Z' })
    .withView({ 0: 'CONNECTED', 1: 'DISCONNECTED', 2: 'CONNECTED' })
    .input();
  const { steps } = planDisrupt(input, planProvision(input));
  return [...steps, { kind: 'CreatePod', id, source: { kind: 'Rendered', pod: podOf(input, id) } }];
}

function podOf(input: PlanInput, id: number): KubeObject {
  const pod = input.render(id)?.pod;
  assert.ok(pod);
  return pod;
}

function recordOf(world: WorldBuilder): NodeRecord {
  const record = world.world.records.get(1);
  assert.ok(isReadable(record));
  return record;
}
