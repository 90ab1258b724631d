// What has to be done until nothing is queued in a group, when that is asked for. Pure.
// Surprise: a queue that NiFi does not tell is not an empty one; and a flow that is to stand still cannot drain.

import { stalled, working } from '../../nifi/verdict.ts';
import type { GroupInNiFi } from './observed.ts';
import { type FlowStep, type FlowWish, wait } from './world.ts';

/** Before the contents of a group change; nothing when they may change as it is. */
export function emptied(
  { updateStrategy, state }: Pick<FlowWish, 'updateStrategy' | 'state'>,
  group: GroupInNiFi,
): FlowStep | undefined {
  switch (updateStrategy) {
    case 'InPlace':
      return undefined;
    case 'Drain':
      return drained(state, group);
    case 'Drop':
      return dropped(group);
    default:
      return updateStrategy satisfies never;
  }
}

/** Stops what brings data in, lets the rest work it off, then stops that. */
export function drained(state: FlowWish['state'], group: GroupInNiFi): FlowStep | undefined {
  const { id, counts, flowFilesQueued } = group;
  if (flowFilesQueued === undefined) return unknownQueue;
  if (flowFilesQueued > 0)
    return state === 'Stopped'
      ? wait(
          stalled(
            'QueuesNotEmpty',
            'flow files are queued and spec.state is Stopped, so they stay: set it to Running until they are worked off, or empty the queues in NiFi',
          ),
        )
      : { kind: 'Drain', id };
  return counts.running > 0 ? { kind: 'Stop', id } : undefined;
}

/** Only where a person asked for it: what is queued is thrown away. */
export function dropped({ id, counts, flowFilesQueued }: GroupInNiFi): FlowStep | undefined {
  if (flowFilesQueued === undefined) return unknownQueue;
  if (counts.running > 0) return { kind: 'Stop', id };
  return flowFilesQueued > 0 ? { kind: 'DropQueues', id } : undefined;
}

export const unknownQueue: FlowStep = wait(
  working(
    'Draining',
    'NiFi does not tell yet how much is queued in the process group; of a node that is not connected it never does',
  ),
);
