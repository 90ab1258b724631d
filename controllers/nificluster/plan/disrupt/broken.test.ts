// What it costs to tell which nodes are broken: a cluster that is down as a whole is looked at again and again.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { aCluster } from '../../testing.ts';
import type { PlanInput } from '../input.ts';
import { starting } from '../testing.objects.ts';
import { aWorld } from '../testing.ts';
import type { ObservedPod } from '../world.ts';
import { isBroken } from './broken.ts';

/** How often somebody asked for a Pod. */
class CountedPods extends Map<number, ObservedPod> {
  asked = 0;

  override get(id: number): ObservedPod | undefined {
    this.asked += 1;
    return super.get(id);
  }

  override *keys(): MapIterator<number> {
    for (const id of super.keys()) {
      this.asked += 1;
      yield id;
    }
  }

  override *values(): MapIterator<ObservedPod> {
    for (const pod of super.values()) {
      this.asked += 1;
      yield pod;
    }
  }
}

/** Every process runs and none is ready: each node has to be judged by what the others say. */
function allDown(nodes: number): { readonly input: PlanInput; readonly pods: CountedPods } {
  const { world, ...rest } = aWorld(aCluster().withNodes(nodes)).created().input();
  const pods = new CountedPods([...world.pods].map(([id, pod]) => [id, { ...pod, ...starting(id) }]));
  return { input: { ...rest, world: { ...world, pods } }, pods };
}

function costOf(nodes: number): number {
  const { input, pods } = allDown(nodes);
  for (const id of input.cluster.members) assert.ok(isBroken(input, id));
  return pods.asked;
}

describe('A cluster in which every node is down', () => {
  test('costs four times as much to judge with four times the nodes, and not more', () => {
    const [few, many] = [costOf(16), costOf(64)];
    assert.ok(many <= 4.5 * few, `${few} looks at Pods for 16 nodes, ${many} for 64`);
  });
});
