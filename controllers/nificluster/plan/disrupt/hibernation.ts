// A cluster without members sleeps: every Pod is deleted at once, nothing is offloaded (there is nobody to take it), and
// every volume and record stays. Nobody leaves a sleeping cluster: who is no member after waking leaves then.

import type { PlanInput } from '../input.ts';
import type { Finding } from '../steps.ts';
import { announcing, deleting, type Turn } from './turn.ts';

export function hibernationTurn({ cluster, world }: PlanInput, busy: ReadonlySet<number>): Turn {
  const pods = [...world.pods.values()];
  const paused = cluster.spec.paused && pods.length > 0;
  if (paused) {
    const message = 'Waiting to hibernate: spec.paused is true';
    return { findings: [{ reason: 'Paused', message, effect: 'blocks' }] };
  }
  const awake = pods.filter(({ id, deleting: going }) => !going && !busy.has(id));
  return {
    steps: awake.flatMap((pod) => [
      announcing(pod.id, 'NodeHibernating', `Stopping node ${pod.id}: the cluster has no members, its volumes stay`),
      deleting(pod),
    ]),
    findings: [pods.length === 0 ? asleep() : goingToSleep(pods.length)],
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
