// Whether a Pod cannot start as it is, in the kubelet's and the scheduler's own words.
// A Pod that is merely on its way is not stuck: its image is being pulled, its volumes are being mounted, and taking it
// for a broken one would replace what a moment later runs.

import type { ObservedPod } from './world.ts';

/** Reasons of a waiting container, by what is wrong. */
export const waitingReasons = {
  image: ['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull'],
  container: ['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError'],
  crash: ['CrashLoopBackOff'],
} as const;

const stuckReasons: readonly string[] = Object.values(waitingReasons).flat();

/** No container of it is running now: it has ended, or waits for an image, a place, its volumes, or the end of a back-off. */
export function nothingRunsIn(pod: ObservedPod): boolean {
  if (pod.phase === 'Failed' || pod.phase === 'Succeeded') return true;
  return pod.container === undefined ? pod.phase === 'Pending' : pod.container.state !== 'running';
}

/** Nothing runs in it, and nothing will before somebody changes something. */
export function isStuck(pod: ObservedPod): boolean {
  if (!nothingRunsIn(pod)) return false;
  return pod.unschedulable !== undefined || stuckReasons.includes(pod.container?.waitingReason ?? '');
}
