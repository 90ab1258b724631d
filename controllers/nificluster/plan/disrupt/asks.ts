// What NiFi is to be asked before the next plan, and how soon. NiFi is not called without end: a state that has lasted long is looked at
// less often, an offload of hours every ten seconds, and what waits for Kubernetes or for a person asks nothing.

import type { PlanInput } from '../input.ts';
import type { Asks } from '../steps.ts';
import { connectionOf } from './connection.ts';
import { ghostsOf } from './ghosts.ts';
import { markOf } from './mark.ts';
import { nextWishMs } from './needs.ts';
import { nothingToAsk, type Turns } from './turn.ts';

const soonestMs = 300;
const latestMs = 10_000;

export function asksOf(input: PlanInput, turns: Readonly<Turns>): Asks {
  const active = turns.filter(([id, { quiet }]) => id !== undefined && !quiet);
  const wishMs = nextWishMs(input);
  if (active.length === 0 && ghostsOf(input).length === 0) return { ...nothingToAsk, againMs: wishMs };
  return {
    view: true,
    opinions: secondOpinion(input),
    reports: active.flatMap(([id, { report }]) => (id !== undefined && report ? [id] : [])),
    againMs: Math.min(wishMs ?? latestMs, pauseMs(input, active)),
  };
}

/** The last view is the word of one node, and of that node itself somebody else must tell. */
function secondOpinion({ world }: PlanInput): readonly number[] {
  const others = [...world.pods.values()].filter(
    ({ id, ready, deleting }) => ready && !deleting && id !== world.view?.takenFrom,
  );
  return others.slice(0, 1).map(({ id }) => id);
}

function pauseMs(input: PlanInput, active: Readonly<Turns>): number {
  const pauses = [...disagreements(input), ...changes(input, active)];
  return Math.min(latestMs, ...pauses);
}

/** A node calls itself connected and NiFi will in a moment. */
function disagreements(input: PlanInput): readonly number[] {
  const pods = [...input.world.pods.values()].filter(({ ready, deleting }) => ready && !deleting);
  return pods.some(({ id }) => connectionOf(input, id).state !== 'CONNECTED') ? [500] : [];
}

/** Something is under way: the longer it has been, the longer it may still be. */
function changes(input: PlanInput, active: Readonly<Turns>): readonly number[] {
  return active.flatMap(([id]) => {
    const ageMs = id === undefined ? undefined : ageOf(input, id);
    return ageMs === undefined ? [] : [Math.max(ageMs / 5, soonestMs)];
  });
}

/** Since when NiFi has the node out, or, while it is still in, since when we want it out. */
function ageOf(input: PlanInput, id: number): number | undefined {
  const { entry } = connectionOf(input, id);
  if (entry !== undefined && entry.status !== 'CONNECTED') return input.monotonicMs - entry.sinceMs;
  const mark = markOf(input.world.pods.get(id));
  return mark && Math.max(0, input.now.getTime() - mark.sinceMs);
}
