// One Pod on its node, from the moment it is bound until its object is gone: volumes, init containers, containers,
// status, and the graceful end.
// Only the latest status is written, one write at a time, so a Pod that comes up quickly costs few writes. On a lost node
// nothing is written or finished: that is what makes such a Pod hang in Terminating.

import type { V1Container } from '@kubernetes/client-node';
import { isConflict, isNotFound } from '../../pkg/kube/errors.ts';
import { type Pod, pods } from '../../pkg/kube/resources.ts';
import { keyOf, type ObjectKey } from '../../pkg/kube/types.ts';
import { NiFiContainer } from './container.ts';
import type { Host } from './host.ts';
import { timestamp } from './host.ts';
import { referencesOf } from './payload.ts';
import { PodSandbox } from './sandbox.ts';
import { SideContainer } from './side-containers.ts';
import { podStatus } from './status.ts';
import type { PodFacts } from './types.ts';
import { patchObject } from './writes.ts';

/** Status changes that come this close together make one write. */
const gatherMs = 20;
const nifiName = 'nifi';

export class PlayedPod implements PodFacts {
  readonly references: ReturnType<typeof referencesOf>;
  private readonly host: Host;
  private readonly sandbox: PodSandbox;
  private readonly nifi: NiFiContainer | undefined;
  private readonly inits: readonly SideContainer[];
  private readonly sides: readonly SideContainer[];
  private readonly startTime: string;
  private readonly ended = new AbortController();
  private latest: Pod;
  private initialized = false;
  private finished = false;
  private failed: { readonly reason: string; readonly message: string } | undefined;
  private running: Promise<void> | undefined;
  private ending: Promise<void> | undefined;
  private readonly gone = new AbortController();
  private writing: Promise<void> | undefined;
  private dirty = false;
  private written = '';

  constructor(host: Host, pod: Pod) {
    this.host = host;
    this.latest = pod;
    this.references = referencesOf(pod);
    this.startTime = pod.status?.startTime ?? timestamp();
    this.sandbox = new PodSandbox(host, this);
    const containers = pod.spec?.containers ?? [];
    const nifi = containers.find(({ name }) => name === nifiName);
    const side = (spec: V1Container): SideContainer => new SideContainer(host, this.sandbox, spec);
    this.inits = (pod.spec?.initContainers ?? []).map(side);
    this.sides = containers.filter((spec) => spec !== nifi).map(side);
    this.nifi = nifi && new NiFiContainer(host, this.sandbox, nifi, startsBefore(pod));
  }

  get namespace(): string {
    return this.latest.metadata.namespace ?? '';
  }

  get name(): string {
    return this.latest.metadata.name;
  }

  get uid(): string {
    return this.latest.metadata.uid ?? '';
  }

  get node(): string {
    return this.latest.spec?.nodeName ?? '';
  }

  get ip(): string | undefined {
    return this.sandbox.ip;
  }

  get containerId(): string | undefined {
    return this.nifi?.runningId;
  }

  get restarts(): number {
    return this.nifi?.view().restartCount ?? 0;
  }

  get ready(): boolean {
    return this.initialized && this.views().every(({ ready }) => ready);
  }

  get root(): string {
    return this.sandbox.rootOf(nifiName);
  }

  /** The Pod's object as last seen. */
  get object(): Pod {
    return this.latest;
  }

  start(): void {
    this.running ??= this.run().catch((error) => this.host.report(error));
  }

  update(pod: Pod): void {
    this.latest = pod;
    if (pod.metadata.deletionTimestamp === undefined || this.ending !== undefined) return;
    this.ending = this.terminate(pod.metadata.deletionGracePeriodSeconds ?? 30).catch((error) =>
      this.host.report(error),
    );
  }

  /** Something that the Pod mounts has changed. */
  referenceChanged(): void {
    this.sandbox.referenceChanged();
  }

  /** The process dies, and the container starts again. False when none runs. */
  kill(reason: string): boolean {
    return this.nifi?.kill(reason) ?? false;
  }

  /** The kubelet gives the Pod up: dead containers, phase Failed, the object stays. */
  async fail(reason: string, message: string): Promise<void> {
    this.failed = { reason, message };
    await this.end(0);
    this.changed();
    await this.writing;
  }

  /** The object is gone, or another one has its name: what runs dies, and then the address and the files go. */
  remove(): void {
    this.gone.abort();
    this.ended.abort();
    this.nifi?.kill('Error', true);
    Promise.resolve(this.running).then(
      () => this.sandbox.close(),
      (error) => this.host.report(error),
    );
  }

  /** Stops for the end of the whole kubelet: processes die, nothing is written. */
  async abandon(): Promise<void> {
    this.gone.abort();
    this.ended.abort();
    await this.nifi?.stop(0);
    await Promise.allSettled([this.running, this.ending, this.writing]);
  }

  /** The node was away, and others may have written the status meanwhile. */
  nodeCameBack(): void {
    this.written = '';
    this.changed();
  }

  /** The status may have changed: it will be written soon, if it has. */
  changed(): void {
    this.dirty = true;
    this.writing ??= this.write();
  }

  private async run(): Promise<void> {
    const { signal } = this.ended;
    this.changed();
    await this.sandbox.open(signal);
    this.changed();
    await this.initialize(signal);
    this.initialized = !signal.aborted;
    await Promise.all([...this.sides.map((side) => side.start(signal)), this.nifi?.run()]);
  }

  private async initialize(signal: AbortSignal): Promise<void> {
    const image = this.latest.spec?.containers.find(({ name }) => name === nifiName)?.image;
    const nifi = this.latest.spec?.containers.find(({ name }) => name === nifiName);
    for (const [index, init] of this.inits.entries()) {
      const spec = this.latest.spec?.initContainers?.[index];
      if (spec?.restartPolicy === 'Always') await init.start(signal);
      else await init.runToCompletion(spec?.image === image, nifi, signal);
    }
  }

  /** After a crash of this process at any line, the object still has its deletionTimestamp and the next kubelet ends it. */
  private async terminate(graceSeconds: number): Promise<void> {
    await this.end(graceSeconds);
    this.changed();
    await this.writing;
    await this.host.faults.untilNodeIsThere(this.node, this.gone.signal);
    if (this.gone.signal.aborted) return;
    const key = keyOf(this.latest);
    try {
      await this.host.writes(() => this.host.api.delete(pods, key, { uid: this.uid, gracePeriodSeconds: 0 }));
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }

  private async end(graceSeconds: number): Promise<void> {
    this.ended.abort();
    await this.nifi?.stop(graceSeconds);
    await this.running;
    for (const side of this.sides) side.stop();
    this.finished = true;
  }

  private views() {
    const own = this.nifi === undefined ? [] : [this.nifi.view()];
    return [...own, ...this.sides.map((side) => side.view())];
  }

  private async write(): Promise<void> {
    const { signal } = this.gone;
    while (this.dirty && !signal.aborted) {
      await this.host.wheel.sleep(gatherMs, signal);
      await this.host.faults.untilNodeIsThere(this.node, signal);
      this.dirty = false;
      if (!signal.aborted) await this.writeOnce().catch((error) => this.host.report(error));
    }
    this.writing = undefined; // in the same turn as the loop's last look, or a change between the two would be lost
  }

  private async writeOnce(): Promise<void> {
    const view = {
      hostIp: this.host.node(this.node).ip,
      podIp: this.ip,
      startTime: this.startTime,
      initialized: this.initialized,
      initContainers: this.inits.map((init) => init.view()),
      containers: this.views(),
      finished: this.finished,
      failed: this.failed,
    };
    const present = this.latest.status?.conditions ?? [];
    const status = podStatus(view, present, timestamp());
    // Transition times aside, so that the hour alone is no news.
    const text = JSON.stringify(status, (key, value: unknown) => (key === 'lastTransitionTime' ? undefined : value));
    if (text === this.written) return;
    const key: ObjectKey = keyOf(this.latest);
    try {
      await patchObject(this.host, { type: pods, key, uid: this.uid, subresource: 'status' }, { status });
      this.written = text;
    } catch (error) {
      if (isNotFound(error) || isConflict(error)) return; // gone; the watch will say so
      this.dirty = true;
      await this.host.wheel.sleep(this.host.seconds(1));
      this.host.report(error);
    }
  }
}

/** A Pod that an earlier kubelet ran has its containers started once more. */
function startsBefore(pod: Pod): number {
  const before = pod.status?.containerStatuses?.find(({ name }) => name === nifiName);
  return before?.containerID === undefined ? 0 : before.restartCount + 1;
}
