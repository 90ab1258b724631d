// The one value that everything after `validate` works from: the cluster with groups and overrides merged, references
// read, and every check passed.
// Plain data. Builders and planners take a node's settings from here and never from `spec.node`, so that no two of them
// merge differently. `inputs` of a node hold nothing that follows the cluster's size: scaling would restart every node.

import type { DefaultedNiFiClusterSpec, StorageVolume } from '../../api/v1/zz_generated.nificluster.ts';
import type { NodeConfigInput } from './build/config/types.ts';

export interface ResolvedCluster {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** For what is the cluster's and not a node's. */
  readonly spec: DefaultedNiFiClusterSpec;
  /** Ids that should exist, ascending: a pure function of the spec. */
  readonly members: readonly number[];
  /** Members whose settings are valid and whose references exist. */
  readonly nodes: ReadonlyMap<number, ResolvedNode>;
  /** Nodes that leave and cannot start, as they would be if they were members; see departing.ts. */
  readonly departing?: ReadonlyMap<number, ResolvedNode>;
  readonly keepVolumesWhenDeleted: boolean;
  readonly wishes: Wishes;
  /** Who logs in as the single user, once that is known. */
  readonly singleUser?: string;
}

/** What a person asked for by annotations on the cluster. */
export interface Wishes {
  /** Nodes whose Pods are older than this are restarted; wall clock. */
  readonly restartRequestedAtMs: number | undefined;
  /** These lost volumes may be replaced by empty ones. */
  readonly rebuild: readonly NodeWish[];
  /** The data of these leaving nodes is given up. */
  readonly abandon: readonly NodeWish[];
  /** The lower version that a person allows. */
  readonly allowDowngradeTo: string | undefined;
}

/** A decision about one node, bound to the claim that the person saw: it never holds for a later one. */
export interface NodeWish {
  readonly id: number;
  readonly claimUid: string;
}

/** Everything that a node's files and Pod are made from, and nothing else: its digest decides whether the node is outdated. */
export interface NodeInputs {
  readonly config: NodeConfigInput;
  readonly pod: PodInputs;
}

export interface PodInputs {
  readonly image: string;
  readonly imagePullPolicy?: string;
  readonly imagePullSecrets: readonly string[];
  readonly resources: Readonly<Record<string, unknown>>;
  readonly env: readonly unknown[];
  /** A node's volumes, `data` among them. */
  readonly volumes: readonly StorageVolume[];
  readonly listeners: readonly { readonly name: string; readonly port: number; readonly protocol: 'TCP' | 'UDP' }[];
  readonly extensions: readonly { readonly name: string; readonly source: Readonly<Record<string, unknown>> }[];
  readonly podTemplate: Readonly<Record<string, unknown>>;
  readonly terminationGracePeriodSeconds: number;
  readonly keySecret: { readonly name: string; readonly key: string };
  readonly tlsSecret?: string;
}

export interface ResolvedNode {
  readonly id: number;
  readonly inputs: NodeInputs;
}
