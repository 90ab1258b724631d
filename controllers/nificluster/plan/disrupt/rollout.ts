// Whether a rollout has failed: a node that already runs what the spec asks for does not come back. The others then keep
// what works. It fails early where the kubelet or the scheduler says why, otherwise after `rollout.progressDeadline`.

import type { PlanInput } from '../input.ts';
import { isReadable } from '../world.ts';
import { cannotStart, isLate } from './broken.ts';
import { isUp } from './connection.ts';

export interface FailedNode {
  readonly id: number;
  readonly because: string;
  /** The node's own finding says what is wrong, and what mends it. */
  readonly explained: boolean;
}

/** The first member that shows that the present configuration does not work. */
export function failedNode(input: PlanInput): FailedNode | undefined {
  for (const id of input.cluster.members) {
    const failure = failureOf(input, id);
    if (failure !== undefined) return { id, ...failure };
  }
  return undefined;
}

function failureOf(input: PlanInput, id: number): Omit<FailedNode, 'id'> | undefined {
  const { world, desired } = input;
  const record = world.records.get(id);
  const pod = world.pods.get(id);
  if (!isReadable(record) || pod === undefined || pod.deleting) return undefined;
  const isCurrent = record.inputs === desired.get(id)?.inputs && pod.revision === record.revision;
  if (!isCurrent || isUp(input, id)) return undefined;
  if (cannotStart(pod)) {
    const why = pod.container?.waitingReason ?? (pod.unschedulable === undefined ? 'it exits' : 'Unschedulable');
    return { because: `node ${id}, which has the new configuration, does not start (${why})`, explained: true };
  }
  if (!isLate(input, pod)) return undefined;
  const { progressDeadline } = input.cluster.spec.rollout;
  const because = `node ${id}, which has the new configuration, is not connected ${progressDeadline} after its Pod was created`;
  return { because, explained: false };
}
