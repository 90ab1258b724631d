// Who is taken down first. What has begun is finished before anything else is; a broken node costs nothing; nodes leave
// before others are restarted, so that none is restarted for nothing; the coordinator and the primary node come last,
// because each of their departures costs the cluster an election.

import type { PlanInput } from '../input.ts';
import { isBroken } from './broken.ts';
import { connectionOf } from './connection.ts';
import { markOf } from './mark.ts';
import type { Need } from './needs.ts';

/** The needs, the most urgent first. */
export function inOrder(input: PlanInput, needs: readonly Need[]): readonly Need[] {
  const ranked = needs.map((need) => ({ need, rank: rankOf(input, need) }));
  return ranked.toSorted((a, b) => compare(a.rank, b.rank)).map(({ need }) => need);
}

function rankOf(input: PlanInput, { id, kind }: Need): readonly number[] {
  const begun = markOf(input.world.pods.get(id)) !== undefined;
  const broken = kind === 'Restart' && isBroken(input, id);
  const leaves = kind === 'Remove';
  // `kubectl scale` takes the highest id; restarts begin with the lowest.
  return [broken ? 0 : 1, begun ? 0 : 1, leaves ? 0 : 1, roles(input, id), leaves ? -id : id];
}

function roles(input: PlanInput, id: number): number {
  const held = connectionOf(input, id).entry?.roles ?? [];
  if (held.includes('Cluster Coordinator')) return 2;
  return held.includes('Primary Node') ? 1 : 0;
}

function compare(a: readonly number[], b: readonly number[]): number {
  const index = a.findIndex((value, at) => value !== b[at]);
  return index < 0 ? 0 : (a[index] ?? 0) - (b[index] ?? 0);
}
