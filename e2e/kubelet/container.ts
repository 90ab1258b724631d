// The NiFi container of one Pod: started, probed, and started again when it dies, with the kubelet's back-off.
// Every start has a container id of its own, in the same Pod: whoever trusts a proof about "the Pod" must see it change.

import { randomBytes } from 'node:crypto';
import type { V1Container, V1Probe } from '@kubernetes/client-node';
import { messageOf } from '../../pkg/kube/errors.ts';
import type { ContainerState } from '../../pkg/kube/resources.ts';
import { Backoff } from './backoff.ts';
import { ConfigError } from './env.ts';
import { type Host, timestamp } from './host.ts';
import { pullImage } from './image-pull.ts';
import { launchNiFi } from './launch.ts';
import { checkProbe } from './probe-run.ts';
import { startProber } from './prober.ts';
import type { ContainerView } from './status.ts';
import type { ContainerExit, ContainerStart, RunningNiFi } from './types.ts';

/** What the container needs of its Pod. */
export interface ContainerPod {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  /** Everything of a start but its id. Throws ConfigError while something is missing. */
  prepare(container: V1Container): Omit<ContainerStart, 'containerId'>;
  /** Something that the Pod refers to has changed. */
  readonly referencesChanged: AbortSignal;
  /** What the status shows has changed. */
  changed(): void;
  warn(reason: string, note: string): void;
  untilNodeIsThere(signal: AbortSignal): Promise<void>;
}

export function newContainerId(): string {
  return `containerd://${randomBytes(32).toString('hex')}`;
}

export class NiFiContainer {
  private readonly host: Host;
  private readonly pod: ContainerPod;
  private readonly spec: V1Container;
  private readonly backoff = new Backoff();
  private readonly ended = new AbortController();
  private state: ContainerState & { readonly terminated?: { readonly containerID?: string } };
  private lastState: ContainerState | undefined;
  private id: string | undefined;
  private restarts: number;
  private started = false;
  private ready = false;
  private nifi: RunningNiFi | undefined;
  private graceSeconds: number | undefined;
  private killedAs: string | undefined;

  constructor(host: Host, pod: ContainerPod, spec: V1Container, restarts: number) {
    this.host = host;
    this.pod = pod;
    this.spec = spec;
    this.restarts = restarts;
    this.state = { waiting: { reason: 'PodInitializing' } };
  }

  view(): ContainerView {
    const { id, lastState } = this;
    return {
      name: this.spec.name,
      image: this.spec.image ?? '',
      state: this.state,
      ...(lastState === undefined ? {} : { lastState }),
      ...(id === undefined ? {} : { containerId: id }),
      restartCount: this.restarts,
      started: this.started,
      ready: this.ready,
    };
  }

  /** The id of the container that runs. */
  get runningId(): string | undefined {
    return this.nifi === undefined ? undefined : this.id;
  }

  /** Runs the container, again and again, until `stop` or `kill` ends it for good. */
  async run(): Promise<void> {
    const { signal } = this.ended;
    for (let first = true; !signal.aborted; first = false) {
      await this.pod.untilNodeIsThere(signal);
      const show = (reason: string, message?: string): void => this.wait(reason, message);
      await pullImage(this.host, this.spec.image ?? '', show, signal);
      const start = await this.configured();
      if (signal.aborted || start === undefined) break;
      if (!first) this.restarts += 1;
      const began = performance.now();
      const exit = await this.runOnce({ ...start, containerId: this.begin() });
      const ranMs = performance.now() - began;
      this.end(exit);
      if (!signal.aborted) await this.backOff(ranMs);
    }
    if (this.state.terminated === undefined) this.neverRan();
  }

  /** Ends the container for good: SIGTERM, and SIGKILL after the grace. Resolves when it is dead. */
  async stop(graceSeconds: number): Promise<void> {
    this.graceSeconds = Math.min(graceSeconds, this.graceSeconds ?? graceSeconds);
    const { nifi } = this;
    this.ended.abort();
    if (nifi !== undefined) await this.stopNiFi(nifi, graceSeconds);
  }

  /** The process dies; `for good`, or to be started again. False when none runs. */
  kill(reason: string, forGood = false): boolean {
    if (forGood) this.ended.abort();
    if (this.nifi === undefined) return false;
    this.killedAs = reason;
    this.nifi.kill();
    return true;
  }

  private async stopNiFi(nifi: RunningNiFi, graceSeconds: number): Promise<void> {
    const over = new AbortController();
    const graceMs = this.host.seconds(graceSeconds);
    const forced = this.host.wheel.sleep(graceMs, over.signal).then(() => over.signal.aborted || nifi.kill());
    await Promise.all([nifi.stop(graceMs / 1000).catch((error) => this.host.report(error)), nifi.exited]);
    over.abort();
    await forced;
  }

  private async configured(): Promise<Omit<ContainerStart, 'containerId'> | undefined> {
    const { signal } = this.ended;
    while (!signal.aborted) {
      const wake = AbortSignal.any([signal, this.pod.referencesChanged]);
      try {
        return this.pod.prepare(this.spec);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        this.wait('CreateContainerConfigError', error.message);
        await this.host.wheel.sleep(this.host.seconds(10), wake);
      }
    }
    return undefined;
  }

  private begin(): string {
    this.id = newContainerId();
    this.state = { running: { startedAt: timestamp() } };
    this.killedAs = undefined;
    this.pod.changed();
    return this.id;
  }

  private async runOnce(start: ContainerStart): Promise<ContainerExit> {
    const { signal } = this.ended;
    let stopProber = (): void => undefined;
    try {
      const launched = await launchNiFi(this.host, this.spec, start, signal);
      if (launched.kind === 'exited') return launched.exit;
      const { nifi } = launched;
      this.nifi = nifi;
      if (this.host.faults.isLost(this.pod.node)) nifi.kill();
      else if (signal.aborted) void this.stopNiFi(nifi, this.graceSeconds ?? 0);
      else stopProber = this.probe(nifi, start);
      return await nifi.exited;
    } catch (error) {
      return { exitCode: 128, lastLines: messageOf(error) };
    } finally {
      stopProber();
      this.nifi = undefined;
    }
  }

  private probe(nifi: RunningNiFi, start: ContainerStart): () => void {
    const { host, pod, spec } = this;
    return startProber({
      probes: spec,
      wheel: host.wheel,
      seconds: host.seconds,
      check: async (probe: V1Probe, kind) => {
        if (kind === 'readinessProbe' && host.faults.readinessHeld(pod)) return false;
        return await checkProbe(host, { spec, start, nifi }, probe);
      },
      onStarted: () => {
        this.started = true;
        pod.changed();
      },
      onReady: (ready) => {
        this.ready = ready;
        pod.changed();
      },
      onUnhealthy: (kind) => {
        pod.warn('Unhealthy', `${kind} failed: container ${spec.name} will be restarted`);
        void this.stopNiFi(nifi, spec[kind]?.terminationGracePeriodSeconds ?? 30);
      },
    });
  }

  private end({ exitCode, lastLines }: ContainerExit): void {
    const running = this.state.running;
    const killed = this.killedAs === 'OOMKilled';
    const code = this.killedAs === undefined ? exitCode : 137;
    const message = this.terminationMessage(code, lastLines);
    this.state = {
      terminated: {
        exitCode: code,
        reason: killed ? 'OOMKilled' : code === 0 ? 'Completed' : 'Error',
        ...(message === '' ? {} : { message }),
        ...(running?.startedAt === undefined ? {} : { startedAt: running.startedAt }),
        finishedAt: timestamp(),
        ...(this.id === undefined ? {} : { containerID: this.id }),
      },
    };
    this.started = false;
    this.ready = false;
    this.pod.changed();
  }

  /** The last 2 KiB or 80 lines, and only of a failure: FallbackToLogsOnError. */
  private terminationMessage(exitCode: number, lastLines: string): string {
    if (this.spec.terminationMessagePolicy !== 'FallbackToLogsOnError' || exitCode === 0) return '';
    return lastLines.trimEnd().split('\n').slice(-80).join('\n').slice(-2048);
  }

  private async backOff(ranMs: number): Promise<void> {
    const { host, pod, spec } = this;
    this.lastState = this.state;
    const wait = this.backoff.afterFailure(ranMs / host.seconds(1));
    if (wait === 0) return;
    this.wait(
      'CrashLoopBackOff',
      `back-off ${wait}s restarting failed container=${spec.name} pod=${pod.name}_${pod.namespace}`,
    );
    pod.warn('BackOff', `Back-off restarting failed container ${spec.name}`);
    await host.wheel.sleep(host.seconds(wait), this.ended.signal);
  }

  private neverRan(): void {
    const { lastState } = this;
    this.state = lastState?.terminated
      ? { terminated: lastState.terminated }
      : { terminated: { exitCode: 137, reason: 'ContainerStatusUnknown', message: 'the container never started' } };
  }

  private wait(reason: string, message?: string): void {
    this.state = { waiting: { reason, ...(message === undefined ? {} : { message }) } };
    this.pod.changed();
  }
}
