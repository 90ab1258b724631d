// When to look at a cluster again although no event will tell.

import type { Reason } from '../../api/v1/conditions.ts';
import type { Result } from '../../pkg/kube/controller.ts';
import { renewalTime } from '../../pkg/pki/inspect.ts';
import type { Finding } from './plan/steps.ts';
import type { World } from './plan/world.ts';

/** Something is left that no event tells of: a kind that is not served yet, a reference that is not known. */
const retryMs = 30_000;

/** What ends without an event: cert-manager is installed, or a Pod has waited long enough to be called unschedulable. */
const untoldReasons: readonly Reason[] = ['IssuerUnavailable', 'Unschedulable'];

/** For what ends by itself and tells nobody. */
export function untoldDelay(unknown: boolean, findings: readonly Finding[]): number | undefined {
  return unknown || findings.some(({ reason }) => untoldReasons.includes(reason)) ? retryMs : undefined;
}

/** When the next certificate must be replaced, or is to be at a person's wish: no event tells. */
export function renewalDelay(world: World, now: Date): number | undefined {
  const times = [...world.secrets.values()].flatMap(({ certificate, renewRequestedAtMs: asked }) => {
    const due = certificate === undefined ? [] : [renewalTime(certificate).getTime()];
    return [...due, ...(asked !== undefined && asked > now.getTime() ? [asked] : [])].map((at) => at - now.getTime());
  });
  if (times.length === 0) return undefined;
  // A timer holds 24 days at most, and one that is due was tried a moment ago.
  return Math.min(Math.max(Math.min(...times), retryMs), 86_400_000);
}

/** A plan that waits for hours is not made oftener than NiFi is asked. */
export function planDelay(againMs: number | undefined, paceMs: number): number | undefined {
  return againMs === undefined ? undefined : Math.max(againMs, paceMs);
}

export function soonest(...delays: readonly (number | undefined)[]): Result | undefined {
  const ms = Math.min(...delays.filter((delay) => delay !== undefined));
  return Number.isFinite(ms) ? { requeueAfterMs: ms } : undefined;
}
