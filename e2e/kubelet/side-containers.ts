// Everything in a Pod that is not NiFi: init containers, run one after another, and sidecars, which are only shown.
// An init container of NiFi's own image is really run; of any other image nothing is known here but that it succeeds.

import { join } from 'node:path';
import type { V1Container } from '@kubernetes/client-node';
import { messageOf } from '../../pkg/kube/errors.ts';
import type { ContainerState } from '../../pkg/kube/resources.ts';
import { Backoff } from './backoff.ts';
import { type ContainerPod, newContainerId } from './container.ts';
import { copyConf } from './handover.ts';
import { type Host, timestamp } from './host.ts';
import { pullImage } from './image-pull.ts';
import { runInContainer } from './launch.ts';
import { nifiHome } from './root.ts';
import type { ShellResult } from './shell.ts';
import type { ContainerView } from './status.ts';

/** A container that is shown as running from `start` to `stop` and has no process. */
export class SideContainer {
  private readonly spec: V1Container;
  private readonly host: Host;
  private readonly pod: ContainerPod;
  private state: ContainerState = { waiting: { reason: 'PodInitializing' } };
  private lastState: ContainerState | undefined;
  private id: string | undefined;
  private restarts = 0;
  /** An init container that has done its work counts as ready for ever. */
  private completed = false;

  constructor(host: Host, pod: ContainerPod, spec: V1Container) {
    this.host = host;
    this.pod = pod;
    this.spec = spec;
  }

  view(): ContainerView {
    const running = this.state.running !== undefined;
    return {
      name: this.spec.name,
      image: this.spec.image ?? '',
      state: this.state,
      ...(this.lastState === undefined ? {} : { lastState: this.lastState }),
      ...(this.id === undefined ? {} : { containerId: this.id }),
      restartCount: this.restarts,
      started: running,
      ready: running || this.completed,
    };
  }

  /** Pulls the image and shows the container as running. */
  async start(signal: AbortSignal): Promise<void> {
    await pullImage(this.host, this.spec.image ?? '', (reason, message) => this.wait(reason, message), signal);
    if (!signal.aborted) this.begin();
  }

  stop(): void {
    this.end(this.id === undefined ? 137 : 0, '');
  }

  /** Runs the container to a successful end, with back-off between tries, or until `signal` aborts. */
  async runToCompletion(really: boolean, nifi: V1Container | undefined, signal: AbortSignal): Promise<void> {
    const backoff = new Backoff();
    for (; !signal.aborted; this.restarts += 1) {
      await this.start(signal);
      if (signal.aborted) return;
      const { exitCode, output } = really ? await this.tryExecute(nifi, signal) : { exitCode: 0, output: '' };
      this.end(exitCode, output);
      this.completed = exitCode === 0;
      if (this.completed) return;
      this.lastState = this.state;
      const seconds = backoff.afterFailure();
      if (seconds > 0)
        this.wait('CrashLoopBackOff', `back-off ${seconds}s restarting failed container=${this.spec.name}`);
      await this.host.wheel.sleep(this.host.seconds(seconds), signal);
    }
  }

  /** A command that cannot even be run is one that failed. */
  private async tryExecute(nifi: V1Container | undefined, signal: AbortSignal): Promise<ShellResult> {
    try {
      return await this.execute(nifi, signal);
    } catch (error) {
      return { exitCode: 128, output: messageOf(error) };
    }
  }

  private async execute(nifi: V1Container | undefined, signal: AbortSignal): Promise<ShellResult> {
    const prepared = this.pod.prepare(this.spec);
    if (this.host.runEntryScript) return await runInContainer(this.host, this.spec, prepared, { signal });
    const conf = nifi?.volumeMounts?.find(({ mountPath }) => mountPath === `${nifiHome}/conf`)?.name;
    for (const { name, mountPath } of this.spec.volumeMounts ?? []) {
      if (name === conf) copyConf(join(this.host.image, nifiHome, 'conf'), join(prepared.root, mountPath));
    }
    return { exitCode: 0, output: '' };
  }

  private begin(): void {
    this.id = newContainerId();
    this.state = { running: { startedAt: timestamp() } };
    this.pod.changed();
  }

  private end(exitCode: number, output: string): void {
    const message = exitCode === 0 ? '' : output.trimEnd().slice(-2048);
    this.state = {
      terminated: {
        exitCode,
        reason: exitCode === 0 ? 'Completed' : 'Error',
        ...(message === '' ? {} : { message }),
        ...(this.state.running?.startedAt === undefined ? {} : { startedAt: this.state.running.startedAt }),
        finishedAt: timestamp(),
      },
    };
    this.pod.changed();
  }

  private wait(reason: string, message?: string): void {
    this.state = { waiting: { reason, ...(message === undefined ? {} : { message }) } };
    this.pod.changed();
  }
}
