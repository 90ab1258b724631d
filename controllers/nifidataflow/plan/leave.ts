// The next step for a dataflow that is to leave NiFi, as its deletionPolicy says. Pure.
// What is queued goes only when a person asked for that on the object; and nothing is deleted that does not carry its mark.
// Surprise: a group that only looks like ours does not keep the object: it is left where it is.

import { stalled } from '../../nifi/verdict.ts';
import { findGroup, hidden } from './find.ts';
import type { GroupInNiFi } from './observed.ts';
import { drained, dropped, unknownQueue } from './queues.ts';
import { markAgain } from './situation.ts';
import { type FlowStep, type FlowWish, type FlowWorld, wait } from './world.ts';

export interface Leaving {
  /** The annotation on the object: what is queued may be thrown away. */
  readonly drop: boolean;
}

/** What a dataflow that leaves is known by, and how it is to go. */
export type LeaveWish = Pick<FlowWish, 'owner' | 'name' | 'state' | 'deletionPolicy'>;

/** Undefined when nothing of it is left that has to go. */
export function planLeave(wish: LeaveWish, world: FlowWorld, leaving: Leaving): FlowStep | undefined {
  if (wish.deletionPolicy === 'Orphan') return undefined;
  const found = findGroup(wish, world);
  switch (found.is) {
    case 'Absent':
    case 'Doubtful':
      return undefined;
    case 'Hidden':
      return wait(hidden(found.id));
    case 'Copied':
      return wait(
        stalled(
          'GroupNotRecognised',
          'NiFi has copies of the process group, and nothing tells which was first: remove them there, or let them be with the annotation leave-behind',
        ),
      );
    case 'Unmarked':
      return markAgain(wish, found.group);
    case 'Ours':
      return (
        emptiedFor(wish, found.group, leaving) ?? disabled(found.group, world) ?? { kind: 'Delete', id: found.group.id }
      );
    default:
      return found satisfies never;
  }
}

function emptiedFor(wish: LeaveWish, group: GroupInNiFi, { drop }: Leaving): FlowStep | undefined {
  if (drop) return dropped(group);
  return wish.deletionPolicy === 'DrainThenDelete' ? drained(wish.state, group) : whenEmpty(wish.state, group);
}

/**
 * Delete: the flow goes on until nothing happens to be queued. What came in while it was being stopped then is worked off: standing
 * still, it would hold that for ever.
 */
function whenEmpty(state: FlowWish['state'], { id, counts, flowFilesQueued }: GroupInNiFi): FlowStep | undefined {
  if (flowFilesQueued === undefined) return unknownQueue;
  if (flowFilesQueued > 0 && state === 'Running' && counts.running === 0) return { kind: 'Drain', id };
  if (flowFilesQueued > 0)
    return wait(
      stalled(
        'QueuesNotEmpty',
        'the deletion waits until nothing is queued: empty the queues in NiFi, or set spec.deletionPolicy to DrainThenDelete',
      ),
    );
  return counts.running > 0 ? { kind: 'Stop', id } : undefined;
}

/** NiFi deletes no group with a service that is enabled. */
function disabled({ id }: GroupInNiFi, { services }: FlowWorld): FlowStep | undefined {
  if (services === undefined) return { kind: 'Look', id };
  return services.some(({ state }) => state !== 'DISABLED') ? { kind: 'DisableServices', id } : undefined;
}
