// What a link of the planner's chain is asked about, and the two answers that several links share. Pure.

import { markPosition } from '../../../pkg/nifi/marker.ts';
import type { GroupInNiFi } from './observed.ts';
import type { FlowStep, FlowWish, FlowWorld, Target } from './world.ts';

export interface Situation {
  readonly wish: FlowWish;
  readonly target: Target;
  readonly world: FlowWorld;
  /** The one that is ours. */
  readonly group: GroupInNiFi;
}

/** Whether a difference is to be mended: with Once and Never one that the spec asks for, not one that was made in NiFi. */
export function mends({ wish, world }: Pick<Situation, 'wish' | 'world'>): boolean {
  switch (wish.sync) {
    case 'Always':
      return true;
    case 'Once':
      return world.settled === 'Never';
    case 'Never':
      return world.settled !== 'Now';
    default:
      return wish.sync satisfies never;
  }
}

export function markAgain({ owner }: Pick<FlowWish, 'owner'>, { id, position }: GroupInNiFi): FlowStep {
  return { kind: 'Mark', id, position: markPosition(position, owner.uid) };
}
