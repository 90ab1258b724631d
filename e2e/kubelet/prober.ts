// The three probes of one start of a container: nothing but the startup probe until it has succeeded, then readiness
// and liveness, each with its own period and thresholds, all on the kubelet's wheel.

import type { V1Probe } from '@kubernetes/client-node';
import type { Wheel } from './wheel.ts';

interface ProbeSet {
  readonly startupProbe?: V1Probe;
  readonly readinessProbe?: V1Probe;
  readonly livenessProbe?: V1Probe;
}

interface ProberOptions {
  readonly probes: ProbeSet;
  readonly wheel: Wheel;
  readonly seconds: (count: number) => number;
  /** Carries one probe out; never rejects. */
  readonly check: (probe: V1Probe, kind: keyof ProbeSet) => Promise<boolean>;
  readonly onStarted: () => void;
  readonly onReady: (ready: boolean) => void;
  /** A startup or liveness probe failed for good: the container is to be restarted. */
  readonly onUnhealthy: (kind: keyof ProbeSet) => void;
}

/** Starts probing; the result stops it. */
export function startProber(options: ProberOptions): () => void {
  const { probes } = options;
  let stopped = false;
  const isStopped = (): boolean => stopped;
  function started(): void {
    options.onStarted();
    if (probes.readinessProbe === undefined) options.onReady(true);
    else follow(options, 'readinessProbe', isStopped, options.onReady);
    if (probes.livenessProbe !== undefined) {
      follow(options, 'livenessProbe', isStopped, (ok) => (ok ? undefined : options.onUnhealthy('livenessProbe')));
    }
  }
  if (probes.startupProbe === undefined) started();
  else {
    const stopStartup = (): boolean => stopped || succeeded;
    let succeeded = false;
    follow(options, 'startupProbe', stopStartup, (ok) => {
      if (!ok) return options.onUnhealthy('startupProbe');
      succeeded = true;
      started();
    });
  }
  return () => {
    stopped = true;
  };
}

/** Calls `verdict` each time as many results in a row agree as the threshold wants, when that is news. */
function follow(
  { probes, wheel, seconds, check }: ProberOptions,
  kind: keyof ProbeSet,
  stopped: () => boolean,
  verdict: (ok: boolean) => void,
): void {
  const probe = probes[kind];
  if (probe === undefined) return;
  let last: boolean | undefined;
  let streak = 0;
  let told: boolean | undefined = kind === 'livenessProbe' ? true : undefined;
  async function turn(probe: V1Probe): Promise<void> {
    if (stopped()) return;
    const ok = await check(probe, kind);
    if (stopped()) return;
    streak = ok === last ? streak + 1 : 1;
    last = ok;
    const threshold = ok ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
    if (streak >= threshold && told !== ok) {
      told = ok;
      verdict(ok);
    }
    wheel.after(seconds(probe.periodSeconds ?? 10), () => void turn(probe));
  }
  const initialDelay = probe.initialDelaySeconds ?? 0;
  if (initialDelay === 0) void turn(probe);
  else wheel.after(seconds(initialDelay), () => void turn(probe));
}
