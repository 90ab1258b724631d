// Whether a rollout has failed: a node that already runs what the spec asks for does not come back. The others then keep
// what works. It fails early where the kubelet or the scheduler says why, otherwise after `rollout.progressDeadline`.

import type { PlanInput } from '../input.ts';
import { isStuck } from '../stuck.ts';
import { isReadable } from '../world.ts';
import { isLate, loops } from './broken.ts';
import { isUp } from './connection.ts';

export interface FailedNode {
  readonly id: number;
  readonly because: string;
}

/** The first member that shows that the present configuration does not work. */
export function failedNode(input: PlanInput): FailedNode | undefined {
  for (const id of input.cluster.members) {
    const because = failureOf(input, id);
    if (because !== undefined) return { id, because };
  }
  return undefined;
}

function failureOf(input: PlanInput, id: number): string | undefined {
  const { world, desired } = input;
  const record = world.records.get(id);
  const pod = world.pods.get(id);
  if (!isReadable(record) || pod === undefined || pod.deleting) return undefined;
  const isCurrent = record.inputs === desired.get(id)?.inputs && pod.revision === record.revision;
  if (!isCurrent || isUp(input, id)) return undefined;
  if (isStuck(pod) || loops(pod)) {
    const why = pod.container?.waitingReason ?? (pod.unschedulable === undefined ? 'it exits' : 'Unschedulable');
    return `node ${id}, which has the new configuration, does not start (${why})`;
  }
  return isLate(input, pod)
    ? `node ${id}, which has the new configuration, is not connected ${input.cluster.spec.rollout.progressDeadline} after its Pod was created`
    : undefined;
}
