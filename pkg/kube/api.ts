// The calls that the rest of the operator may make to the API server, as an interface: KubeClient is the real one, tests play it.
//
// Reads of what is watched come from a Store, not from here. Every write is checked against the leader's fence right before its
// bytes leave and then throws FencedError.

import type { KubeObject, ObjectKey, ResourceType, WatchEvent } from './types.ts';

/** What every call takes. */
export interface CallOptions {
  /** Milliseconds for the whole call with its retries; 10 000 when absent. Past it: KubeTransportError with code DEADLINE. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

export interface ListOptions extends CallOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** The page size; the answer's `continue` asks for the next page. */
  readonly limit?: number;
  readonly continue?: string;
  /** Absent: a consistent read. With one: not older than it. */
  readonly resourceVersion?: string;
  /** Ask for PartialObjectMetadata: the items have no more than apiVersion, kind and metadata. */
  readonly metadataOnly?: boolean;
}

export interface ListResult<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  readonly continue?: string;
}

export interface WatchOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly metadataOnly?: boolean;
  readonly resourceVersion?: string;
  /** Stream the present state first (KEP-3157); a bookmark ends it. */
  readonly sendInitialEvents?: boolean;
  /** Seconds after which the API server ends the stream. */
  readonly timeoutSeconds?: number;
  /** Cut the stream when no byte came for so long. */
  readonly idleMs?: number;
  readonly signal?: AbortSignal;
}

export interface ApplyOptions extends CallOptions {
  /** `nifi-operator` when absent. */
  readonly fieldManager?: string;
  readonly force?: boolean;
  readonly subresource?: string;
}

export interface PatchOptions extends CallOptions {
  /** Optimistic lock: 409 Conflict when the object has moved on. */
  readonly resourceVersion?: string;
  /** 409 Conflict when the object is another one of the same name. */
  readonly uid?: string;
  readonly subresource?: string;
}

export interface DeleteOptions extends CallOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
}

export interface WriteOptions extends CallOptions {
  readonly subresource?: string;
  /** Only for the leader's lease itself, which is written before the fence opens and after it closes. */
  readonly unfenced?: boolean;
}

export interface RawOptions extends CallOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

/** What it takes to fill a cache. */
export interface ListerWatcher {
  list<T extends KubeObject>(type: ResourceType<T>, options?: ListOptions): Promise<ListResult<T>>;
  /**
   * Yields the lines of one watch stream until the API server ends it; ERROR lines too. Throws KubeApiError when it is refused,
   * KubeTransportError when it is cut, silent for `idleMs`, or holds a line that is not JSON.
   */
  watch<T extends KubeObject>(type: ResourceType<T>, options?: WatchOptions): AsyncIterable<WatchEvent<T>>;
}

/** The calls of the operator. All throw KubeApiError, KubeTransportError and, for writes, FencedError. */
export interface KubeApi extends ListerWatcher {
  /** A consistent read; undefined when there is no such object. */
  get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, options?: CallOptions): Promise<T | undefined>;
  create<T extends KubeObject>(type: ResourceType<T>, object: T, options?: WriteOptions): Promise<T>;
  /** Replaces the object; its resourceVersion is the optimistic lock. */
  update<T extends KubeObject>(type: ResourceType<T>, object: T, options?: WriteOptions): Promise<T>;
  /** Server-side apply: `object` holds exactly the fields that we own. */
  apply<T extends KubeObject>(type: ResourceType<T>, object: T, options?: ApplyOptions): Promise<T>;
  /** JSON merge patch. */
  patch<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    mergePatch: object,
    options?: PatchOptions,
  ): Promise<T>;
  /** Whether there was one to delete: false when there is no such object (any more), which may also have been our doing. */
  delete(type: ResourceType, key: ObjectKey, options?: DeleteOptions): Promise<boolean>;
  /** Any other call (binding, token, scale): the parsed answer. `path` begins with a slash. */
  raw(method: string, path: string, options?: RawOptions): Promise<unknown>;
}
