// A model kubelet for all machines: Pods get a container after a while, claims are bound and protected while in use.
// It looks at a Pod again whenever something could have changed, and does what a real one would at that moment.
// Surprising: a machine that is lost keeps its Pods Terminating for ever; only its return, or a person, ends that.

import type { Clock } from '../../../pkg/kube/clock.ts';
import {
  type ContainerState,
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaims,
  pods,
} from '../../../pkg/kube/resources.ts';
import type { Change, ModelApi } from '../../../pkg/kube/testing/model-api.ts';
import { type KubeObject, keyOf, type ObjectKey, type ResourceType } from '../../../pkg/kube/types.ts';
import { nifiContainer } from '../build/resources/pod.ts';
import { claimsOf, hostOf, idOf, imageOf, isBroken, repositoryClaim } from './manifest.ts';
import type { NiFiWorld } from './nifi.ts';
import type { NiFiProcess } from './nifi-process.ts';
import type { Random } from './random.ts';

export interface KubeletSurroundings {
  readonly api: ModelApi;
  readonly clock: Clock;
  readonly random: Random;
  readonly nifi: NiFiWorld;
  /** The claim is gone for good, with what was on it. */
  readonly destroyed: (claim: KubeObject) => void;
}

/** What the kubelet knows of one Pod. */
interface Sandbox {
  readonly key: ObjectKey;
  readonly uid: string;
  process: NiFiProcess | undefined;
  /** Of the newest container; it is shown until the next one starts. */
  containerId: string | undefined;
  startedAt: string;
  restarts: number;
  state: 'waiting' | 'running' | 'backOff' | 'dead';
  stopping: boolean;
  lost: boolean;
}

export class Kubelet {
  private readonly sandboxes = new Map<string, Sandbox>();
  private readonly surroundings: KubeletSurroundings;
  private containers = 0;

  constructor(surroundings: KubeletSurroundings) {
    this.surroundings = surroundings;
  }

  /** Told of every change by the model API server. */
  saw({ type, plural, object }: Change): void {
    if (plural === 'pods') this.sawPod(type, object);
    if (plural === 'persistentvolumeclaims' && type !== 'DELETED') this.sawClaim(object);
  }

  /** The container's process dies and the kubelet starts another one in the same Pod. */
  killProcess(name: string): void {
    const sandbox = this.named(name);
    if (sandbox?.process === undefined || sandbox.stopping) return;
    this.surroundings.nifi.stop(sandbox.process, this.surroundings.random.chance(0.5));
    sandbox.process = undefined;
    sandbox.restarts += 1;
    this.status(sandbox, { waiting: { reason: 'CrashLoopBackOff' } }, { ready: false });
    this.later(sandbox, 500, 3_000, () => this.run(sandbox));
  }

  /** The Pod is evicted: nothing runs in it and nothing will. */
  fail(name: string): void {
    const sandbox = this.named(name);
    if (sandbox === undefined || sandbox.stopping) return;
    this.stopProcess(sandbox, false);
    sandbox.state = 'dead';
    this.play(pods, sandbox.key, {
      status: { phase: 'Failed', reason: 'Evicted', conditions: [], containerStatuses: [] },
    });
  }

  /** The Pod's machine is gone from the network, and everything on it with it. */
  loseMachine(name: string): void {
    const sandbox = this.named(name);
    if (sandbox === undefined || sandbox.lost) return;
    sandbox.lost = true;
    this.stopProcess(sandbox, false);
    this.play(pods, sandbox.key, { status: { conditions: [{ type: 'Ready', status: 'False' }] } });
    this.later(sandbox, 5_000, 10_000, () => this.surroundings.api.drop(pods, sandbox.key));
  }

  /** Every lost machine is back, without what ran on it. */
  returnMachines(): void {
    for (const sandbox of this.sandboxes.values()) {
      if (!sandbox.lost) continue;
      sandbox.lost = false;
      const pod = this.podOf(sandbox);
      if (pod?.metadata.deletionTimestamp !== undefined) this.end(sandbox);
      else this.later(sandbox, 500, 2_000, () => this.run(sandbox));
    }
  }

  /** Readiness follows what the process believes, some time later. */
  believes(process: NiFiProcess): void {
    const sandbox = this.sandboxes.get(process.podUid);
    if (sandbox === undefined) return;
    this.later(sandbox, 300, 2_500, () => {
      if (sandbox.process === process && process.belief !== 'gone') this.reportRunning(sandbox, process);
    });
  }

  private sawPod(type: Change['type'], pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    if (type === 'DELETED') {
      this.sandboxes.delete(uid);
      for (const name of claimsOf(pod)) this.releaseClaim({ namespace: pod.metadata.namespace ?? '', name });
      return;
    }
    const known = this.sandboxes.get(uid);
    if (known === undefined) {
      const sandbox: Sandbox = {
        key: keyOf(pod),
        uid,
        process: undefined,
        containerId: undefined,
        startedAt: '',
        restarts: 0,
        state: 'waiting',
        stopping: false,
        lost: false,
      };
      this.sandboxes.set(uid, sandbox);
      this.later(sandbox, 200, 1_500, () => this.admit(sandbox));
    } else if (pod.metadata.deletionTimestamp !== undefined && !known.stopping && !known.lost) {
      known.stopping = true;
      this.later(known, 300, 1_800, () => this.end(known));
    }
  }

  /** Containers start once every claim is there, bound and not on its way out, and the image can be pulled. */
  private admit(sandbox: Sandbox): void {
    const pod = this.podOf(sandbox);
    if (pod === undefined || sandbox.stopping || sandbox.lost) return;
    const claims = claimsOf(pod).map((name) => this.claim({ ...sandbox.key, name }));
    if (claims.some((claim) => claim?.status?.phase !== 'Bound' || claim.metadata.deletionTimestamp !== undefined)) {
      this.later(sandbox, 900, 1_100, () => this.admit(sandbox));
    } else if (imageOf(pod).includes('missing')) {
      sandbox.state = 'backOff';
      this.status(
        sandbox,
        { waiting: { reason: 'ImagePullBackOff', message: 'not found' } },
        { phase: 'Pending', ready: false },
      );
    } else this.run(sandbox);
  }

  private run(sandbox: Sandbox): void {
    const pod = this.podOf(sandbox);
    if (pod === undefined || sandbox.stopping || sandbox.lost || sandbox.state === 'dead') return;
    this.containers += 1;
    const process = this.processIn(sandbox, pod, `containerd://${this.containers}`);
    sandbox.state = 'running';
    sandbox.process = process;
    sandbox.containerId = process.containerId;
    sandbox.startedAt = this.surroundings.clock.now().toISOString();
    this.reportRunning(sandbox, process);
    if (isBroken(pod)) this.later(sandbox, 300, 900, () => this.crash(sandbox));
    else
      this.later(sandbox, 2_000, 6_000, () => {
        if (sandbox.process !== process || sandbox.stopping) return;
        this.surroundings.nifi.join(process);
        this.reportRunning(sandbox, process);
      });
  }

  /** A configuration that NiFi cannot start with: it exits, again and again. */
  private crash(sandbox: Sandbox): void {
    if (sandbox.stopping || sandbox.process === undefined) return;
    sandbox.process = undefined;
    sandbox.restarts += 1;
    sandbox.state = 'backOff';
    this.status(
      sandbox,
      { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
      { ready: false, exited: true },
    );
    this.later(sandbox, 10_000, 20_000, () => this.run(sandbox));
  }

  private processIn(sandbox: Sandbox, pod: Pod, containerId: string): NiFiProcess {
    const id = idOf(pod);
    const uidOf = (name: string): string => this.claim({ ...sandbox.key, name })?.metadata.uid ?? name;
    return {
      id,
      host: hostOf(pod),
      podUid: sandbox.uid,
      containerId,
      nodeId: `nifi-${uidOf(claimsOf(pod).find((name) => name.startsWith('data-')) ?? '')}`,
      disk: uidOf(repositoryClaim(pod)),
      version: imageOf(pod).split(':')[1] ?? '',
      belief: 'starting',
      working: false,
      hung: false,
      staleMs: 0,
      blocked: false,
    };
  }

  private reportRunning(sandbox: Sandbox, process: NiFiProcess): void {
    const started = process.belief !== 'starting' && process.belief !== 'gone';
    const { startedAt } = sandbox;
    this.status(sandbox, { running: { startedAt } }, { ready: process.belief === 'CONNECTED', started });
  }

  private end(sandbox: Sandbox): void {
    this.stopProcess(sandbox, true);
    this.sandboxes.delete(sandbox.uid);
    if (this.podOf(sandbox) !== undefined) this.surroundings.api.finish(pods, sandbox.key);
  }

  private stopProcess(sandbox: Sandbox, graceful: boolean): void {
    if (sandbox.process !== undefined) this.surroundings.nifi.stop(sandbox.process, graceful);
    sandbox.process = undefined;
  }

  private sawClaim(object: KubeObject): void {
    const claim = object as PersistentVolumeClaim;
    if (claim.metadata.deletionTimestamp !== undefined) this.releaseClaim(keyOf(claim));
    else if (claim.status?.phase === undefined) {
      const bind = (): void => this.play(persistentVolumeClaims, keyOf(claim), { status: { phase: 'Bound' } });
      this.surroundings.clock.setTimeout(bind, this.surroundings.random.between(50, 500));
    }
  }

  /** The protection of claims in use: one that is marked goes when no Pod mounts it any more. */
  private releaseClaim(key: ObjectKey): void {
    this.surroundings.clock.setTimeout(() => {
      const claim = this.claim(key);
      if (claim?.metadata.deletionTimestamp === undefined) return;
      const used = [...this.sandboxes.values()].some((one) => {
        const pod = this.podOf(one);
        // One that was never placed on a machine uses nothing (the controller that protects claims).
        return pod !== undefined && one.state !== 'waiting' && claimsOf(pod).includes(key.name);
      });
      if (used) return;
      this.surroundings.api.finish(persistentVolumeClaims, key);
      this.surroundings.destroyed(claim);
    }, 100);
  }

  private status(
    sandbox: Sandbox,
    state: ContainerState,
    change: { phase?: string; ready: boolean; started?: boolean; exited?: boolean },
  ): void {
    const { containerId, restarts } = sandbox;
    const lastState =
      change.exited || restarts > 0 ? { terminated: { exitCode: 1, reason: 'Error', message: 'exit' } } : {};
    const container = {
      name: nifiContainer,
      ready: change.ready,
      started: change.started === true,
      restartCount: restarts,
      state,
      lastState,
      ...(containerId === undefined ? {} : { containerID: containerId }),
    };
    this.play(pods, sandbox.key, {
      spec: { nodeName: `machine-of-${sandbox.key.name}` },
      status: {
        phase: change.phase ?? 'Running',
        podIP: `10.0.0.${idIn(sandbox.key.name) + 1}`,
        conditions: [{ type: 'Ready', status: change.ready ? 'True' : 'False' }],
        containerStatuses: [container],
      },
    });
  }

  private later(sandbox: Sandbox, least: number, most: number, act: () => void): void {
    this.surroundings.clock.setTimeout(
      () => {
        if (this.sandboxes.get(sandbox.uid) === sandbox) act();
      },
      this.surroundings.random.between(least, most),
    );
  }

  private named(name: string): Sandbox | undefined {
    return [...this.sandboxes.values()].find(({ key }) => key.name === name);
  }

  private podOf({ key, uid }: Sandbox): Pod | undefined {
    const pod = this.surroundings.api.peek(pods, key);
    return pod?.metadata.uid === uid ? pod : undefined;
  }

  private claim(key: ObjectKey): PersistentVolumeClaim | undefined {
    return this.surroundings.api.peek(persistentVolumeClaims, key);
  }

  private play<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, patch: object): void {
    this.surroundings.api.play(type, key, patch);
  }
}

function idIn(podName: string): number {
  return Number(podName.slice(podName.lastIndexOf('-') + 1));
}
