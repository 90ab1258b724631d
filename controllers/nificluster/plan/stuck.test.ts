// What counts as a node that cannot start as it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStuck, nothingRunsIn } from './stuck.ts';
import { aPod, crashed, starting, waiting } from './testing.objects.ts';
import type { ObservedPod } from './world.ts';

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

test('Nothing runs in a Pod that has ended, also where the kubelet told of no container', () => {
  for (const phase of ['Failed', 'Succeeded']) assert.equal(nothingRunsIn({ ...aPod(0), phase }), true);
});
