// What a plan is made of. A step says what to do and why; `apply` knows how.
// Steps without a node come first and in their order; then every node's steps run in their order, all nodes at once. Only the
// growth of a volume is in no order.
// A step that fails ends its own node's steps and nobody else's.

import type { EventReason, Reason } from '../../../api/v1/conditions.ts';
import type { KubeObject } from '../../../pkg/kube/types.ts';
import type { NodeRecord } from '../build/record.ts';

export type Step = ClusterStep | NodeStep;

export type ClusterStep =
  | { readonly kind: 'ApplyShared'; readonly object: KubeObject }
  | {
      readonly kind: 'DeleteShared';
      readonly object: { readonly kind: string; readonly name: string; readonly uid: string };
    }
  | { readonly kind: 'CreateSensitiveKey'; readonly name: string; readonly value: string }
  | {
      /** The single user's Secret, with the hash that is made of the password. */
      readonly kind: 'WriteSingleUser';
      readonly name: string;
      readonly username: string;
      readonly password: string;
      /** The operator made the password: the Secret is where a person finds it. */
      readonly own: boolean;
      /** Of the name and the password, so that a change of them is noticed. */
      readonly mark: string;
      /** Undefined: there is no such Secret yet. */
      readonly resourceVersion?: string;
    }
  | { readonly kind: 'AdoptSecret'; readonly name: string; readonly resourceVersion: string }
  | { readonly kind: 'CreateAuthority'; readonly name: string }
  | {
      /** A new authority next to the present one, in the same Secret. */
      readonly kind: 'PrepareAuthority';
      readonly name: string;
      readonly resourceVersion: string;
      readonly note: string;
    }
  | {
      /** The `ca.crt` of one certificate's Secret is to hold every authority that counts now, and no other. */
      readonly kind: 'TrustAuthorities';
      readonly name: string;
      readonly resourceVersion: string;
      /** Undefined: the cluster's own. */
      readonly authorities?: Authorities;
    }
  /** The next authority takes the place of the present one, whose key is deleted. */
  | { readonly kind: 'PromoteAuthority'; readonly name: string; readonly resourceVersion: string }
  /** A client certificate of the cluster's own authority into its Secret, to try nodes with. */
  | { readonly kind: 'ProveAuthority'; readonly name: string; readonly resourceVersion: string }
  | { readonly kind: 'IssueCertificate'; readonly certificate: CertificateRequest };

export type NodeStep =
  | { readonly kind: 'IssueNodeCertificate'; readonly id: number; readonly certificate: CertificateRequest }
  | { readonly kind: 'ApplyForNode'; readonly id: number; readonly object: KubeObject }
  | { readonly kind: 'CreateRevision'; readonly id: number; readonly objects: readonly KubeObject[] }
  | { readonly kind: 'CreateRecord'; readonly id: number; readonly record: NodeRecord }
  | {
      readonly kind: 'UpdateRecord';
      readonly id: number;
      readonly record: NodeRecord;
      /** Undefined: no event. */
      readonly why: EventReason | undefined;
      readonly note: string;
    }
  | { readonly kind: 'DeleteRecord'; readonly id: number; readonly record: NodeRecord; readonly note: string }
  | {
      /** No write: the event that tells what is about to be done, with the names of what changed since `former`. */
      readonly kind: 'Announce';
      readonly id: number;
      readonly why: EventReason;
      readonly note: string;
      readonly former: string | undefined;
    }
  | {
      readonly kind: 'MarkPod';
      readonly id: number;
      readonly name: string;
      readonly uid: string;
      readonly resourceVersion: string;
      /** Undefined takes the mark away. */
      readonly mark: string | undefined;
    }
  | {
      readonly kind: 'DeleteClaim';
      readonly id: number;
      readonly name: string;
      readonly uid: string;
      readonly resourceVersion: string;
      readonly note: string;
    }
  | {
      readonly kind: 'DeleteForNode';
      readonly id: number;
      readonly object: { readonly kind: 'Secret' | 'Certificate'; readonly name: string; readonly uid: string };
    }
  | { readonly kind: 'CreateClaim'; readonly id: number; readonly volume: string; readonly object: KubeObject }
  | {
      readonly kind: 'PatchClaim';
      readonly id: number;
      readonly name: string;
      readonly resourceVersion: string;
      readonly patch: object;
      readonly why: EventReason | undefined;
      readonly note: string;
    }
  | { readonly kind: 'CreatePod'; readonly id: number; readonly source: PodSource }
  | {
      readonly kind: 'DeletePod';
      readonly id: number;
      readonly name: string;
      readonly uid: string;
      readonly resourceVersion: string;
      /** Undefined: no event, another step tells. */
      readonly why: EventReason | undefined;
      readonly note: string;
    }
  | {
      readonly kind: 'DeleteRevision';
      readonly id: number;
      readonly object: { readonly kind: 'ConfigMap' | 'Secret'; readonly name: string; readonly uid: string };
    };

/** A volume that is to grow: neither the node's other steps nor its restart wait for it. */
export function isGrowth(step: Step): boolean {
  return step.kind === 'PatchClaim' && step.why === 'VolumeExpanded';
}

/** Something to ask of NiFi. Asked again at every plan until the world shows it done: the gateway does each only once. */
export interface NiFiStep {
  readonly kind: 'Disconnect' | 'Offload' | 'Connect' | 'Remove';
  readonly id: number;
  /** NiFi's UUID of the entry that was decided about. */
  readonly nodeId: string;
  /** Since when the entry is as it was decided about, monotonic: a later change is a new piece of work. */
  readonly sinceMs: number;
  /** Counts up while the entry stays as it is: what NiFi accepted and did not do is asked for again. */
  readonly attempt: number;
  readonly why: EventReason;
  readonly note: string;
}

/** What the planner must know and the world is silent or too old about. */
export interface Asks {
  readonly view: boolean;
  /** Nodes whose own view is wanted. */
  readonly opinions: readonly number[];
  /** Nodes whose own word is wanted. */
  readonly reports: readonly number[];
  /** When to plan again although no event tells, in milliseconds. */
  readonly againMs: number | undefined;
}

export interface DisruptPlan extends Plan {
  readonly nifi: readonly NiFiStep[];
  readonly asks: Asks;
  /** Ids that we are taking down or hold down: auto-heal leaves them alone. */
  readonly heldDown: ReadonlySet<number>;
}

/** A Pod just rendered needs no read; one of an older revision is read from that revision's ConfigMap. */
export type PodSource =
  | { readonly kind: 'Rendered'; readonly pod: KubeObject }
  | { readonly kind: 'Stored'; readonly configMap: string };

export interface CertificateRequest {
  /** Secret that holds, or will hold, the certificate. */
  readonly secret: string;
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly usages: readonly ('server' | 'client')[];
  /** Undefined: there is none yet. */
  readonly replaces: { readonly resourceVersion: string } | undefined;
  readonly node: number | undefined;
  /** Who shows it, where that is neither a node nor the operator. */
  readonly bearer?: 'Prometheus';
  /** Which of the cluster's own authorities signs it. */
  readonly issuer: 'present' | 'next';
  /** It is not signed, it is taken from this Secret, as long as that holds the certificate of this SHA-256 fingerprint. */
  readonly copies?: { readonly secret: string; readonly fingerprint: string };
  /** Whom its bearer is to trust; undefined: the cluster's own. */
  readonly authorities?: Authorities;
}

/** Authorities by the SHA-256 of their certificates, and the Secrets in which those are to be found. */
export interface Authorities {
  readonly fingerprints: readonly string[];
  readonly secrets: readonly string[];
}

/** Something a person should know: why a step is not taken, or what is wrong. */
export interface Finding {
  readonly reason: Reason;
  readonly message: string;
  /** Undefined: of the cluster as a whole. */
  readonly node?: number;
  /** `blocks`: the cluster cannot become what the spec says until a person acts. `waits`: it will by itself. `notes`: neither. */
  readonly effect: 'blocks' | 'waits' | 'notes';
}

export interface Plan {
  readonly steps: readonly Step[];
  readonly findings: readonly Finding[];
}
