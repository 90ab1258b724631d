// A cluster without members sleeps: every Pod is deleted at once, nothing is offloaded (there is nobody to take it), and
// every volume and record stays. Nobody leaves a sleeping cluster: who is no member after waking leaves then.

import { undecidedLoss } from '../claims.ts';
import type { PlanInput } from '../input.ts';
import type { Finding } from '../steps.ts';
import { isReadable } from '../world.ts';
import { announcing, deleting, type Turn } from './turn.ts';

export function hibernationTurn(input: PlanInput, busy: ReadonlySet<number>): Turn {
  const { cluster, world } = input;
  const pods = [...world.pods.values()];
  const paused = cluster.spec.paused && pods.length > 0;
  if (paused) {
    const message = 'Waiting to hibernate: spec.paused is true';
    return { findings: [{ reason: 'Paused', message, effect: 'blocks' }] };
  }
  const held = pods.flatMap(({ id }) => heldBack(input, id) ?? []);
  const awake = pods.filter((pod) => !pod.deleting && !busy.has(pod.id) && !held.some(({ node }) => node === pod.id));
  return {
    steps: awake.flatMap((pod) => [
      announcing(pod.id, 'NodeHibernating', `Stopping node ${pod.id}: the cluster has no members, its volumes stay`),
      deleting(pod),
    ]),
    findings: [...held, pods.length === 0 ? asleep() : goingToSleep(pods.length)],
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

/** A deleted volume goes with the Pod that still holds it: that Pod stays until somebody gives the data up. */
function heldBack(input: PlanInput, id: number): Finding | undefined {
  const record = input.world.records.get(id);
  return isReadable(record) ? undecidedLoss(input, record) : undefined;
}
