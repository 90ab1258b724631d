// What counts as a node that cannot start: only such a one, or an empty one, gets a new configuration without a restart.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aCluster } from '../testing.ts';
import { planProvision } from './provision.ts';
import { isStuck, nothingRunsIn } from './stuck.ts';
import { aPod, aWorld, crashed, starting, waiting } from './testing.ts';
import type { ObservedPod } from './world.ts';

const one = aCluster().withNodes(1);
const changed = one.withNode({ jvm: { heap: '2g' } });
const established = aWorld(one).provisioned();

function moved(pod: Partial<ObservedPod>, cluster = changed): boolean {
  const { steps } = planProvision(
    established
      .withPod(0, { ready: false, ...pod })
      .when(cluster)
      .input(),
  );
  return steps.some(({ kind }) => kind === 'UpdateRecord' || kind === 'DeletePod');
}

describe('A node that NiFi once started on', () => {
  for (const [what, pod] of Object.entries({
    'has just been made again': { phase: 'Pending', container: undefined },
    'is being created': waiting('ContainerCreating'),
    'waits for its init container': waiting('PodInitializing'),
    runs: starting(0),
  })) {
    test(`comes back as it was while its Pod ${what}, also after the spec has changed`, () => {
      assert.equal(moved(pod), false);
    });
  }

  for (const [what, pod] of Object.entries({
    'crashes at start': crashed('no such file'),
    'cannot pull its image': waiting('ImagePullBackOff'),
    'has a container that cannot be made': waiting('CreateContainerConfigError'),
    'has no place': { phase: 'Pending', container: undefined, unschedulable: 'insufficient memory' },
  })) {
    test(`gets the mended configuration when its Pod ${what}`, () => assert.equal(moved(pod), true));

    test(`does not get it while the cluster is paused, also when its Pod ${what}`, () => {
      assert.equal(moved(pod, changed.withSpec({ paused: true })), false);
      assert.equal(moved(pod, changed.withSpec({ rollout: { paused: true } })), false);
      const world = established.withPod(0, { ready: false, ...pod }).when(changed.withSpec({ paused: true }));
      assert.deepEqual(
        planProvision(world.input()).findings.map(({ reason }) => reason),
        ['Paused'],
      );
    });
  }
});

test('A Pod is stuck only when nothing runs in it and nothing will', () => {
  const pod = (change: Partial<ObservedPod>): ObservedPod => ({ ...aPod(0), ...change });
  assert.deepEqual(
    [crashed('x'), waiting('ContainerCreating'), starting(0)].map((change) => [
      nothingRunsIn(pod(change)),
      isStuck(pod(change)),
    ]),
    [
      [true, true],
      [true, false],
      [false, false],
    ],
  );
});
