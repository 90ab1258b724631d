// What every Pod of the played kubelet shares: the API server, time, caps, caches, faults.
// `seconds` is the only way to turn Kubernetes' seconds into milliseconds: it applies the speed.

import type { KubeApi } from '../../pkg/kube/api.ts';
import type { PersistentVolumeClaim, Pod } from '../../pkg/kube/resources.ts';
import type { ObjectKey } from '../../pkg/kube/types.ts';
import type { Sources } from './env.ts';
import type { Faults } from './faults.ts';
import type { IpAllocator } from './ips.ts';
import type { Limiter } from './limiter.ts';
import type { NiFiRuntime } from './types.ts';
import type { Wheel } from './wheel.ts';

export interface Host {
  readonly api: KubeApi;
  readonly apiServer: { readonly url: string; readonly caFile: string };
  readonly clusterCa: string;
  readonly runtime: NiFiRuntime;
  readonly ips: IpAllocator;
  readonly faults: Faults;
  readonly wheel: Wheel;
  /** Caps requests. */
  readonly writes: Limiter;
  /** Caps processes. */
  readonly shells: Limiter;
  readonly dir: string;
  readonly image: string;
  readonly runEntryScript: boolean;
  readonly serviceAccountTokens: boolean;
  readonly refreshDelayMs: number;
  /** Milliseconds that so many of Kubernetes' seconds take here. */
  readonly seconds: (count: number) => number;
  sources(namespace: string): Sources;
  claim(key: ObjectKey): PersistentVolumeClaim | undefined;
  /** Whether this is a node of ours: a Pod bound to any other is nobody's. */
  plays(node: string): boolean;
  /** Address and resources of a node. */
  node(name: string): { readonly ip: string; readonly allocatable: Readonly<Record<string, string>> };
  /** A Warning event about the Pod. Never throws. */
  warn(pod: Pod, reason: string, note: string): void;
  /** An error of something that runs in the background. */
  report(error: unknown): void;
}

/** RFC 3339 in whole seconds, as the kubelet writes times. */
export function timestamp(date = new Date()): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

export function diskDirectory(dir: string, claimUid: string): string {
  return `${dir}/disks/${claimUid}`;
}
