// Whatever happens to a cluster, and wherever the operator is cut off: a volume that NiFi wrote to is never replaced, no
// Pod starts without it, no running NiFi is taken down, and the operator comes to rest.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { aCluster, type ClusterBuilder } from '../testing.ts';
import { planProvision } from './provision.ts';
import type { Step } from './steps.ts';
import { claim, crashed, ready, starting, waiting } from './testing.objects.ts';
import { aWorld, type WorldBuilder } from './testing.ts';

type Act = (model: Model) => void;

/** A world to which things happen, and the volumes of which a completed plan has seen a process. */
class Model {
  cluster: ClusterBuilder = aCluster().withNodes(2);
  world: WorldBuilder = aWorld(this.cluster);
  /** Node → UID of the claim that the first process on it wrote to. */
  private readonly used = new Map<number, string>();

  /** The operator plans and is cut off after `upTo` steps. */
  operate(upTo: number): number {
    const { steps, findings } = planProvision(this.world.input());
    for (const step of steps.slice(0, upTo)) {
      this.check(step);
      this.world = this.world.after(step);
    }
    const closed = findings.some(({ reason }) => reason === 'SensitiveKeyMissing' || reason === 'VolumesLeftBehind');
    if (steps.length <= upTo && !closed) this.remember();
    return steps.length;
  }

  rest(): void {
    for (let round = 0; round < 6; round += 1) if (this.operate(Number.POSITIVE_INFINITY) === 0) return;
    assert.fail('the operator does not come to rest');
  }

  respec(cluster: ClusterBuilder): void {
    this.cluster = cluster;
    this.world = this.world.when(cluster);
  }

  private remember(): void {
    const { pods, claims } = this.world.world;
    for (const [id, { container }] of pods) {
      const ran = container?.state === 'running' || container?.lastExit !== undefined;
      const uid = claims.get(claim(id))?.uid;
      if (ran && uid !== undefined && !this.used.has(id)) this.used.set(id, uid);
    }
  }

  private check(step: Step): void {
    if (!('id' in step)) return;
    const live = this.world.world.claims.get(claim(step.id));
    const intact = live !== undefined && !live.deleting && live.uid === this.used.get(step.id);
    if (step.kind === 'CreateClaim') assert.ok(!this.used.has(step.id), `replaced the volume of node ${step.id}`);
    if (step.kind === 'CreatePod')
      assert.ok(intact || !this.used.has(step.id), `started node ${step.id} without its volume`);
    if (step.kind === 'DeletePod') {
      assert.notEqual(this.world.world.pods.get(step.id)?.container?.state, 'running', `took down node ${step.id}`);
    }
  }
}

const id = fc.nat({ max: 2 });

function toPod(change: (node: number) => Parameters<WorldBuilder['withPod']>[1]): fc.Arbitrary<Act> {
  return id.map((node) => (model) => {
    if (model.world.world.pods.has(node)) model.world = model.world.withPod(node, change(node));
  });
}

/** A Pod comes up just as its configuration is replaced: the operator is cut off, or its delete is refused. */
const race = fc.tuple(id, fc.integer({ min: 5, max: 8 }), fc.nat({ max: 5 })).map(
  ([node, heap, upTo]): Act =>
    (model) => {
      model.respec(model.cluster.withNode({ jvm: { heap: `${heap}g` } }));
      model.operate(upTo);
      if (model.world.world.pods.has(node)) model.world = model.world.withPod(node, ready(node));
      model.rest();
    },
);

const acts: fc.Arbitrary<Act> = fc.oneof(
  { weight: 2, arbitrary: race },
  {
    weight: 6,
    arbitrary: fc.nat({ max: 30 }).map(
      (upTo): Act =>
        (model) =>
          void model.operate(upTo),
    ),
  },
  { weight: 3, arbitrary: fc.constant<Act>((model) => model.rest()) },
  toPod(starting),
  toPod(ready),
  toPod(() => crashed('no')),
  toPod(() => waiting('ImagePullBackOff')),
  toPod(() => ({ phase: 'Failed', container: undefined, ready: false })),
  id.map(
    (node): Act =>
      (model) => {
        model.world = model.world.withoutPod(node);
      },
  ),
  id.map(
    (node): Act =>
      (model) => {
        model.world = model.world.withoutPod(node).withoutClaim(claim(node));
      },
  ),
  id.map(
    (node): Act =>
      (model) => {
        if (model.world.world.claims.has(claim(node)))
          model.world = model.world.withClaim(claim(node), { deleting: true });
      },
  ),
  id.map(
    (node): Act =>
      (model) => {
        if (model.world.world.claims.has(claim(node)))
          model.world = model.world.withClaim(claim(node), { uid: 'made-by-hand' });
      },
  ),
  fc.integer({ min: 1, max: 4 }).map(
    (heap): Act =>
      (model) =>
        model.respec(model.cluster.withNode({ jvm: { heap: `${heap}g` } })),
  ),
  fc.nat({ max: 3 }).map(
    (replicas): Act =>
      (model) =>
        model.respec(model.cluster.withNodes(replicas)),
  ),
  fc.constantFrom('20Gi', '30Gi').map(
    (size): Act =>
      (model) =>
        model.respec(model.cluster.withNode({ storage: [{ name: 'data', size }] })),
  ),
  fc.constant<Act>((model) => {
    model.world = model.world.withoutSecret('prod-sensitive-key');
  }),
);

describe('The provision plan', () => {
  test('keeps every volume that was written to, through any history', () => {
    fc.assert(
      fc.property(fc.array(acts, { minLength: 5, maxLength: 40 }), (history) => {
        const model = new Model();
        for (const act of history) act(model);
        model.rest();
      }),
      { numRuns: 150 },
    );
  });
});
