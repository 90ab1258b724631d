// The mark that we put on a Pod before NiFi is told to disconnect its node: what we take the node down for, and since when.
// It is written before the act, so that after a crash somebody knows whose disconnection it was and takes the node back
// when it is wanted again. A Pod that is made anew has none.

import { parseTimestamp, timestampText } from '../../../../pkg/schema/timestamp.ts';
import type { ObservedPod } from '../world.ts';

/**
 * `Restart`: to be replaced. `Emptying`: to be disconnected and offloaded. `Offloading`: NiFi may have been told to
 * offload it, after which its components stand still and only a restart makes a disconnected node whole again.
 */
export type Purpose = 'Restart' | 'Emptying' | 'Offloading';

export interface Mark {
  readonly purpose: Purpose;
  /** Wall clock. */
  readonly sinceMs: number;
}

const purposes: readonly string[] = ['Restart', 'Emptying', 'Offloading'] satisfies readonly Purpose[];

export function markText(purpose: Purpose, sinceMs: number): string {
  return `${purpose} ${timestampText(sinceMs)}`;
}

/** A mark that somebody damaged still says that we disconnected the node, and since when nobody knows. */
export function markOf(pod: ObservedPod | undefined): Mark | undefined {
  if (pod?.disconnectedBy === undefined) return undefined;
  const [purpose = '', time = ''] = pod.disconnectedBy.split(' ');
  return {
    purpose: purposes.includes(purpose) ? (purpose as Purpose) : 'Offloading',
    sinceMs: parseTimestamp(time) ?? pod.createdAtMs,
  };
}
