// What a dataflow kind adds to the common reconcile (reconcile.ts): how it is read, what it refers to, and what it does in NiFi.
// `bring` and `leave` never wait for NiFi. They look at cached answers, have the gateway run a task, and say how far it is.

import type { DecodedObject } from '../../api/v1/decode.ts';
import type { ObjectKey, ResourceType } from '../../pkg/kube/types.ts';
import type { Gateway } from '../../pkg/nifi/gateway.ts';
import type { Reader } from '../../pkg/nifi/types.ts';
import type { Reference, References } from '../nificluster/references.ts';
import type { WithStatus } from './status-writer.ts';
import type { Verdict } from './verdict.ts';

/** One object in one reconcile, its NiFi at hand. */
export interface Scene<T> {
  readonly object: T;
  readonly key: ObjectKey;
  readonly gateway: Gateway;
  /** Who is told of news: for reads and tasks of the gateway. */
  readonly reader: Reader;
  readonly references: References;
  readonly now: Date;
  readonly monotonicMs: number;
}

/** How far it is; `status` is what this kind reports beside the conditions, absent fields included. */
export interface Outcome<S> {
  readonly verdict: Verdict;
  readonly status: S;
  /** When to look again although nobody tells. */
  readonly againMs?: number;
  /** Nothing has answered yet since the operator started: what is told already stands until this has lasted. */
  readonly tentative?: boolean;
}

export interface DataflowKind<T extends WithStatus, S extends object> {
  readonly type: ResourceType<T>;
  decode(object: unknown): DecodedObject<T>;
  /** Name of the NiFiCluster. */
  clusterOf(object: T): string;
  /** Secrets and ConfigMaps that are watched for it. */
  referencesOf(object: T): readonly Reference[];
  /** What keeps it from being brought to NiFi, found without asking NiFi: a reference, a host, a contradiction. */
  obstacleTo(object: T, references: References): Verdict | undefined;
  /** What must go first before it may be deleted, such as the objects that use it. */
  heldBy(object: T): Verdict | undefined;
  /** One step towards the spec. */
  bring(scene: Scene<T>): Promise<Outcome<S>>;
  /** One step towards having nothing in NiFi any more; undefined when there is nothing, by an answer newer than the last write. */
  leave(scene: Omit<Scene<T>, 'references'>): Promise<Outcome<S> | undefined>;
  /** The object is gone: what is remembered of it is dropped. */
  forget(key: ObjectKey, uid: string | undefined): void;
}
