// Whether NiFi ran on the volumes of a node of which no start is on record. A process that runs is on record a moment later. One
// that came and went unseen, while no operator ran or its watch was cut, is not: only NiFi knows whether the node was there.

import type { PlanInput } from '../input.ts';
import { isReadable, type ObservedPod } from '../world.ts';
import { connectionOf } from './connection.ts';

/** `Unknown`: NiFi has not told yet whether it knows the node. */
export function unrecordedStart(input: PlanInput, id: number): 'Never' | 'Unseen' | 'Unknown' {
  if (hasRun(input.world.pods.get(id))) return 'Unseen';
  if (nobodyStarted(input)) return 'Never';
  const { state, fresh } = connectionOf(input, id);
  if (!fresh) return 'Unknown';
  return state === 'Absent' ? 'Never' : 'Unseen';
}

/** A node that leaves and has neither a start on record nor a Pod gets one only where there may be something to empty. */
export function needsNoPod(input: PlanInput, id: number): boolean {
  const { cluster, world } = input;
  const record = world.records.get(id);
  if (cluster.members.includes(id) || world.pods.has(id) || !isReadable(record)) return false;
  return record.established === undefined && unrecordedStart(input, id) !== 'Unseen';
}

/** There was nobody to join. */
function nobodyStarted({ world: { pods, records } }: PlanInput): boolean {
  const noRecord = [...records.values()].every((record) => isReadable(record) && record.established === undefined);
  return noRecord && ![...pods.values()].some(hasRun);
}

function hasRun(pod: ObservedPod | undefined): boolean {
  return pod?.container?.state === 'running' || pod?.container?.lastExit !== undefined;
}
