// What the played kubelet asks of the NiFi it runs, what it is started with, and the handles a test holds on it.
// Paths in here come in two views: `root` is a directory of this machine that stands for the container's "/",
// everything else is a path as the container sees it. A file P of the container is at root + P.

import type { IpAllocator } from './ips.ts';

/** What runs in a NiFi container; the stand-in implements it. */
export interface NiFiRuntime {
  /** A rejection is a container that could not be started: StartError, then back-off. */
  start(container: ContainerStart): Promise<RunningNiFi>;
}

export interface ContainerStart {
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  /** Another one for every start, also within one Pod. */
  readonly containerId: string;
  readonly ip: string;
  /** Of the NiFi container; its tag is the version that a played NiFi says it is. */
  readonly image?: string;
  /** As the container sees it: no path of this machine. */
  readonly env: Readonly<Record<string, string>>;
  readonly root: string;
  /** NIFI_HOME as the container sees it. */
  readonly home: string;
  /** Mount path → UID of the PVC mounted there: the disk's identity. */
  readonly volumes: Readonly<Record<string, string>>;
  /** UID of a PVC → directory of this machine; where it is absent, the mount below `root` leads there. */
  readonly directories?: Readonly<Record<string, string>>;
  readonly serviceAccountToken?: string;
  readonly apiServer?: { readonly url: string; readonly caFile: string };
}

export interface RunningNiFi {
  readonly exited: Promise<ContainerExit>;
  stop(graceSeconds: number): Promise<void>;
  kill(): void;
  exec(command: string): Promise<{ readonly ok: boolean; readonly output: string }>;
  /** Asks the management server; a rejection is a refused connection. */
  health(path: string): Promise<{ readonly status: number; readonly body: string }>;
}

export interface ContainerExit {
  readonly exitCode: number;
  readonly lastLines: string;
}

export interface NodeCapacity {
  readonly cpu: string;
  readonly memory: string;
  readonly pods: string;
}

export interface KubeletOptions {
  /** Path of an administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly runtime: NiFiRuntime;
  /** Directory of this kubelet's own: Pods' files, disks, the image. Disks outlive `stop()`. */
  readonly dir: string;
  readonly ips: IpAllocator;
  /** Default true: play the volume provisioner, with StorageClasses `standard` (default), `immediate` and `fixed`. */
  readonly provisionVolumes?: boolean;
  /** Number of Nodes, default 3. */
  readonly nodes?: number;
  readonly capacity?: NodeCapacity;
  /** Default true. With false no process is spawned: `handover.ts` does in-process what the entry script does. */
  readonly runEntryScript?: boolean;
  /** Default false. With true Pods get tokens bound to them from the API server. */
  readonly serviceAccountTokens?: boolean;
  /** Directory that stands for the image: its `opt/nifi/nifi-current/conf` is what the image brings. */
  readonly image?: string;
  /** Kubernetes' own seconds (probe periods, back-off, grace) pass this many times faster. Default 1. */
  readonly speed?: number;
  /** Milliseconds between the change of a mounted Secret or ConfigMap and its files changing. Default 0. */
  readonly refreshDelayMs?: number;
  /** Milliseconds a volume's growth takes. Default 100. */
  readonly expansionDelayMs?: number;
  /** Told what went wrong in the background; without it such errors end in an unhandled rejection. */
  readonly onError?: (error: unknown) => void;
}

/** What the kubelet knows of a Pod it runs; for tests and tables. */
export interface PodFacts {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly ip: string | undefined;
  /** Of the NiFi container that runs now. */
  readonly containerId: string | undefined;
  readonly restarts: number;
  readonly ready: boolean;
  /** Directory that stands for "/" of the NiFi container. */
  readonly root: string;
}

/** Takes a fault back. */
export type Release = () => void;

export interface PlayedKubelet {
  readonly pods: ReadonlyMap<string /* namespace/name */, PodFacts>;
  /** Names of the Nodes. */
  readonly nodes: readonly string[];
  /** Images that match cannot be pulled: ErrImagePull, ImagePullBackOff. */
  failImage(match: (image: string) => boolean): Release;
  /** Pulls of images that match take until released. */
  holdImage(match: (image: string) => boolean): Release;
  /** The readiness probe of this Pod's container fails until released. */
  holdReadiness(namespace: string, name: string): Release;
  /** The NiFi process dies; the container restarts in its Pod. False when none runs. */
  killContainer(namespace: string, name: string, reason?: 'Error' | 'OOMKilled'): boolean;
  /** The kubelet evicts under pressure: the container dies and the Pod stays, in phase Failed. */
  failPod(namespace: string, name: string, reason?: string, message?: string): Promise<void>;
  /** The machine is gone: its containers die and nothing that concerns its Pods is written or finished any more. */
  nodeLost(node: string): Promise<void>;
  /** The machine boots: Pods to be deleted go, the others start again. */
  nodeBack(node: string): Promise<void>;
  /** Claims that match stay Pending until released. */
  blockProvisioning(match: (claim: { readonly namespace: string; readonly name: string }) => boolean): Release;
  /** Directory of a PVC's disk, by the PVC's UID. */
  diskOf(claimUid: string): string;
  stop(): Promise<void>;
}
