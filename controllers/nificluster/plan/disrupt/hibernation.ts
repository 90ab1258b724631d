// A cluster without members sleeps: every Pod is deleted at once, nothing is offloaded (there is nobody to take it), and
// every volume and record stays. Nobody leaves a sleeping cluster: who is no member after waking leaves then.

import { approvedLosses, isLosing } from '../claims.ts';
import type { PlanInput } from '../input.ts';
import type { Finding } from '../steps.ts';
import { isReadable } from '../world.ts';
import { announcing, deleting, stuck, type Turn } from './turn.ts';

export function hibernationTurn(input: PlanInput, busy: ReadonlySet<number>): Turn {
  const { cluster, world } = input;
  const pods = [...world.pods.values()];
  const paused = cluster.spec.paused && pods.length > 0;
  if (paused) {
    const message = 'Waiting to hibernate: spec.paused is true';
    return { findings: [{ reason: 'Paused', message, effect: 'blocks' }] };
  }
  const holders = pods.filter(({ id }) => holdsLost(input, id));
  const awake = pods.filter((pod) => !pod.deleting && !busy.has(pod.id) && !holders.includes(pod));
  return {
    steps: awake.flatMap((pod) => [
      announcing(pod.id, 'NodeHibernating', `Stopping node ${pod.id}: the cluster has no members, its volumes stay`),
      deleting(pod),
    ]),
    findings: [...holders.map(({ id }) => keptAwake(id)), pods.length === 0 ? asleep() : goingToSleep(pods.length)],
  };
}

function goingToSleep(pods: number): Finding {
  return {
    reason: 'Hibernating',
    message: `${pods} Pods are being stopped, volumes and records stay`,
    effect: 'waits',
  };
}

function asleep(): Finding {
  const message =
    'The cluster has no members: every node is stopped, volumes and records stay. Raise spec.replicas to wake it';
  return { reason: 'Hibernated', message, effect: 'notes' };
}

/** A deleted volume goes with the Pod that still holds it, and nobody has given its data up. */
function holdsLost(input: PlanInput, id: number): boolean {
  const record = input.world.records.get(id);
  return isReadable(record) && isLosing(input, record) && approvedLosses(input, id, record).length === 0;
}

function keptAwake(id: number): Finding {
  const message = `Node ${id} is not stopped: a volume of it is being deleted and would be gone with its Pod. Save its data, or delete the Pod`;
  return stuck(id, 'VolumeLost', message);
}
