// Random runs: sequences of acts with pauses, faults of writes, and a seed for every duration.
// One run is a value, so that a failure prints what it did, shrinks, and is done again.

import * as fc from 'fast-check';
import { type Act, act, mendAll } from './acts.ts';
import type { WriteFault } from './chaos.ts';
import { seededRandom } from './random.ts';
import { aModelCluster, ModelWorld, type WorldOptions } from './world.ts';

export interface Run {
  readonly seed: number;
  readonly replicas: number;
  readonly acts: readonly { readonly act: Act; readonly thenMs: number }[];
  /** Gap to the write before, and what happens to this one. */
  readonly faults: readonly { readonly gap: number; readonly fault: WriteFault }[];
}

const id = fc.nat({ max: 3 });
const plural = fc.constantFrom('pods', 'configmaps', 'persistentvolumeclaims', 'nificlusters');
const of = (kind: Act['kind'], ...rest: readonly fc.Arbitrary<object>[]): fc.Arbitrary<Act> =>
  fc.tuple(...rest).map((parts) => Object.assign({ kind }, ...parts) as Act);
const idPart = id.map((value) => ({ id: value }));
const msPart = fc.constantFrom(500, 2_000, 8_000, 20_000).map((ms) => ({ ms }));

/** What people ask for: more often than what goes wrong. */
const wishes: readonly fc.Arbitrary<Act>[] = [
  of(
    'configure',
    fc.integer({ min: 1, max: 3 }).map((value) => ({ value })),
  ),
  of(
    'configureNode',
    idPart,
    fc.integer({ min: 1, max: 3 }).map((value) => ({ value })),
  ),
  of(
    'scale',
    fc.constantFrom(1, 2, 3, 3, 4, 0).map((replicas) => ({ replicas })),
  ),
  of(
    'decommission',
    fc.constantFrom([], [0], [1], [2], [0, 1]).map((ids) => ({ ids })),
  ),
  of('revert'),
  of('restart'),
  of('restartNode', idPart),
  of('addVolume'),
  fc.constantFrom<Act>(
    { kind: 'upgrade' },
    { kind: 'badImage' },
    { kind: 'breakStart' },
    { kind: 'pause' },
    { kind: 'pauseRollout' },
    { kind: 'resume' },
  ),
];

const troubles: readonly fc.Arbitrary<Act>[] = [
  of('disconnect', idPart),
  of('connect', idPart),
  of('loseClaim', idPart),
  of('killProcess', idPart),
  of('deletePod', idPart),
  of('evict', idPart),
  of('loseMachine', idPart),
  of('hang', idPart),
  of('block', idPart),
  of('heal', idPart),
  of('staleView', idPart, msPart),
  of(
    'lag',
    plural.map((value) => ({ plural: value })),
    msPart,
  ),
  of(
    'cutWatch',
    plural.map((value) => ({ plural: value })),
    msPart,
  ),
  of('crash'),
  of('returnMachines'),
  of('forgetDisconnected'),
];

const anyAct = fc.oneof({ weight: 3, arbitrary: fc.oneof(...wishes) }, { weight: 2, arbitrary: fc.oneof(...troubles) });
const pause = fc.constantFrom(0, 0, 100, 700, 1_500, 3_000, 6_000, 12_000, 25_000);
const fault = fc.constantFrom<WriteFault>('crash', 'crash', 'crashBefore', 'lost', 'refused', 'slow');

export const anyRun: fc.Arbitrary<Run> = fc.record({
  seed: fc.nat({ max: 1_000_000 }),
  replicas: fc.integer({ min: 1, max: 3 }),
  acts: fc.array(fc.record({ act: anyAct, thenMs: pause }), { minLength: 1, maxLength: 4 }),
  faults: fc.array(fc.record({ gap: fc.integer({ min: 1, max: 12 }), fault }), { maxLength: 4 }),
});

/** Done from a settled cluster; throws what the oracles find. */
export async function perform(run: Run, options: Pick<WorldOptions, 'bend'> = {}): Promise<ModelWorld> {
  const { seed, replicas, acts, faults } = run;
  const random = seededRandom(seed);
  const world = await ModelWorld.settled({
    ...options,
    random,
    paceMs: random.between(600, 3_000),
    cluster: aModelCluster(replicas),
    faults: indexed(faults),
  });
  for (const { act: what, thenMs } of acts) {
    act(world, what);
    await world.pass(thenMs);
  }
  mendAll(world);
  await world.pass(20_000);
  await world.converge(convergesWithinMs);
  await world.rest(quietMs);
  world.oracles.finish();
  return world;
}

const convergesWithinMs = 1_200_000;
const quietMs = 15_000;

function indexed(faults: Run['faults']): ReadonlyMap<number, WriteFault> {
  let at = 0;
  return new Map(
    faults.map(({ gap, fault: what }) => {
      at += gap;
      return [at, what];
    }),
  );
}
