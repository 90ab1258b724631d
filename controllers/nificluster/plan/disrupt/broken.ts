// Which nodes lose nothing by a restart, so that a mended configuration reaches any number of them at once.
// One that is merely on its way up is not broken while others serve: it comes back as it was and waits for its turn, or an
// eviction in the middle of a bad rollout would spread it.

import { parseDuration } from '../../../../pkg/schema/duration.ts';
import type { PlanInput } from '../input.ts';
import { isStuck } from '../stuck.ts';
import type { ObservedPod } from '../world.ts';
import { connectionOf, countsAsConnected } from './connection.ts';
import { oncePer } from './once.ts';

/** NiFi does not count the node as connected, and it will not get there by itself; or no node is connected at all. */
export function isBroken(input: PlanInput, id: number): boolean {
  const pod = input.world.pods.get(id);
  if (pod === undefined || countsAsConnected(input, id) !== false) return false;
  if (cannotStart(pod) || pod.disconnectedBy !== undefined) return true;
  return nobodyServes(input) || isApart(input, pod) || isForgotten(input, id) || isLate(input, pod);
}

const nobodyServes = oncePer((input: PlanInput) =>
  [...input.world.pods.keys()].every((id) => countsAsConnected(input, id) === false),
);

/** It is stuck, or ends at every start. */
export function cannotStart(pod: ObservedPod): boolean {
  return isStuck(pod) || loops(pod);
}

/** Between the restarts of a crash loop the container runs for a while. */
function loops({ container }: ObservedPod): boolean {
  return container !== undefined && !container.started && container.restartCount >= 2;
}

/** Longer on its way than a rollout waits for a node. */
export function isLate({ cluster, now }: PlanInput, { createdAtMs }: ObservedPod): boolean {
  return now.getTime() - createdAtMs > parseDuration(cluster.spec.rollout.progressDeadline);
}

/** A process that NiFi does not know after this long does not join by itself any more. */
export const joinsWithinMs = 120_000;

/** Up for long, disconnected by its own word, and in no view: NiFi cannot be told to connect it. */
export function isForgotten(input: PlanInput, id: number): boolean {
  const container = input.world.pods.get(id)?.container;
  if (container?.started !== true || container.ready) return false;
  const { state, fresh } = connectionOf(input, id);
  const upMs = input.now.getTime() - (container.startedAtMs ?? input.now.getTime());
  return fresh && state === 'Absent' && upMs > joinsWithinMs;
}

/** Its process is up, and NiFi has it out of the cluster. */
function isApart(input: PlanInput, { id, container }: ObservedPod): boolean {
  const { state } = connectionOf(input, id);
  return container?.started === true && (state === 'DISCONNECTED' || state === 'OFFLOADED');
}
