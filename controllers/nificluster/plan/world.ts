// What planners look at: the cluster's objects as the API server last showed them, and NiFi's own view.
// Plain, read-only data. Nothing here comes from a status field of the cluster, and nothing is remembered from an
// earlier reconcile. An absent view means unknown, never empty.

import type { KubeObject, OwnerReference } from '../../../pkg/kube/types.ts';
import type { ClusterView, NodeReport } from '../../../pkg/nifi/types.ts';
import type { CertificateFacts } from '../../../pkg/pki/types.ts';
import type { NodeRecord } from '../build/record.ts';

export interface World {
  /** The cluster is being deleted: nothing is created any more. */
  readonly terminating: boolean;
  readonly pods: ReadonlyMap<number, ObservedPod>;
  /** By name. */
  readonly claims: ReadonlyMap<string, ObservedClaim>;
  readonly records: ReadonlyMap<number, ObservedRecord>;
  /** Names of existing revision ConfigMaps, and of existing Secret parts. */
  readonly revisions: readonly ObservedRevision[];
  /** The operator's own Secrets of this cluster, by name. */
  readonly secrets: ReadonlyMap<string, ObservedSecret>;
  /** Shared objects that exist, by `Kind/name`. */
  readonly shared: ReadonlyMap<string, KubeObject>;
  /** The last view that NiFi gave, however old; `takenAtMs` tells. */
  readonly view: ClusterView | undefined;
  /** Views asked of one node each, by its id: second opinions. */
  readonly opinions: ReadonlyMap<number, ClusterView>;
  /** What nodes last said about themselves, each asked of that very node. */
  readonly reports: ReadonlyMap<number, NodeReport>;
  /** NiFi versions that nodes said they run, by id. */
  readonly versions: ReadonlyMap<number, string>;
  /** Nodes whose process, as it runs now, accepted a client of the next authority and showed the certificate of its Secret. */
  readonly convinced: ReadonlySet<number>;
  /** Whether this Kubernetes cluster has cert-manager's kinds; undefined while that is not known. */
  readonly certManager: boolean | undefined;
  /** The same of PodMonitors. */
  readonly podMonitors: boolean | undefined;
}

export interface ObservedPod {
  readonly id: number;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** UID of the cluster that owns it, undefined for a Pod nobody owns. */
  readonly ownerUid: string | undefined;
  readonly deleting: boolean;
  readonly phase: string;
  readonly createdAtMs: number;
  readonly revision: string | undefined;
  readonly ip: string | undefined;
  readonly hostNode: string | undefined;
  readonly ready: boolean;
  /** Since when `ready` is what it is; wall clock. */
  readonly readySinceMs: number | undefined;
  readonly container: ObservedContainer | undefined;
  /** Why the scheduler cannot place it, in its own words. */
  readonly unschedulable: string | undefined;
  /** Our mark: what we are taking the node down for, and since when; see plan/mark.ts. */
  readonly disconnectedBy: string | undefined;
  /** A person's wish on the Pod itself, as written. */
  readonly restartRequestedAt: string | undefined;
}

export interface ObservedContainer {
  readonly state: 'waiting' | 'running' | 'terminated';
  /** The startup probe has succeeded: NiFi's management server answers. */
  readonly started: boolean;
  /** The readiness probe's last word. Unlike the Pod's condition, no lost Kubernetes node changes it. */
  readonly ready: boolean;
  readonly containerId: string | undefined;
  /** Wall clock; undefined unless it runs. */
  readonly startedAtMs: number | undefined;
  readonly restartCount: number;
  /** Reason of a waiting state: `CrashLoopBackOff`, `ImagePullBackOff`, `CreateContainerConfigError` … */
  readonly waitingReason: string | undefined;
  readonly waitingMessage: string | undefined;
  /** How the last run ended, if any run has ended. */
  readonly lastExit: { readonly exitCode: number; readonly reason: string; readonly message: string } | undefined;
}

export interface ObservedClaim {
  readonly name: string;
  readonly id: number;
  readonly volume: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly clusterUid: string | undefined;
  /** Who owns it: the cluster, or nobody, or somebody that is none of our business. */
  readonly owners: readonly OwnerReference[];
  readonly deleting: boolean;
  readonly phase: string;
  /** Requested size, a Kubernetes quantity. */
  readonly size: string;
  /** The proof under which its node left; undefined for a claim in use. */
  readonly released: string | undefined;
  /** The proof of the departure after which it was taken back: its former flow is set aside at the next start. */
  readonly adopted: string | undefined;
}

/** `unreadable` is a record somebody damaged: its node is left alone until a person looks. */
export type ObservedRecord = NodeRecord | { readonly id: number; readonly unreadable: string };

export interface ObservedRevision {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
  readonly id: number;
  readonly uid: string;
}

export interface ObservedSecret {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly clusterUid: string | undefined;
  readonly ownerUid: string | undefined;
  /** Keys it holds. */
  readonly keys: readonly string[];
  readonly certificate: CertificateFacts | undefined;
  /** SHA-256 fingerprints of the certificates in `ca.crt`. */
  readonly trusts: readonly string[];
  /** Those of them that the certificate leads to. */
  readonly anchors: readonly string[];
  /** The authority that is to follow; in the authority's own Secret only, while it is being replaced. */
  readonly next: CertificateFacts | undefined;
  /** A person's wish for a new authority, on the authority's own Secret; wall clock. */
  readonly renewRequestedAtMs: number | undefined;
  /** Kept for the CA, the operator's certificate and the sensitive key only; others are too many and not needed. */
  readonly data: Readonly<Record<string, string>> | undefined;
}

export function isReadable(record: ObservedRecord | undefined): record is NodeRecord {
  return record !== undefined && !('unreadable' in record);
}
