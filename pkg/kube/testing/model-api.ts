// A model of the API server in memory, for tests: objects with resourceVersions, lists with pages, watches with history and compaction.
//
// It answers what the real one answers in every case the runtime tells apart, and lets a test hold back, break or refuse any call.
// Server-side apply is a merge here. Nothing waits for a timer: everything happens when it is called.
// Deletion is at once unless `lingers` says otherwise: then it is a mark, and `finish` is what a kubelet or a controller does later.

import type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  KubeApi,
  ListOptions,
  ListResult,
  PatchOptions,
  WatchOptions,
  WriteOptions,
} from '../api.ts';
import { KubeApiError } from '../errors.ts';
import type { BookmarkObject, KubeObject, ObjectKey, ResourceType, WatchEvent } from '../types.ts';
import { EventPipe } from './event-pipe.ts';

/** One call as hooks and assertions see it. */
export interface ModelCall {
  readonly verb: string;
  readonly type: ResourceType;
  readonly key?: ObjectKey;
  readonly object?: unknown;
  readonly options: ListOptions & WatchOptions;
}

/** One change of one object, as a watch would tell it. */
export interface Change {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly plural: string;
  readonly object: KubeObject;
  readonly before: KubeObject | undefined;
}

interface OpenWatch {
  readonly type: ResourceType;
  readonly options: WatchOptions;
  readonly pipe: EventPipe<WatchEvent>;
}

/** The model API server. */
export class ModelApi implements KubeApi {
  /** Every call that arrived, in order. */
  readonly calls: ModelCall[] = [];
  /** Runs before each call and may throw, or hold it back by a promise. */
  before: (call: ModelCall) => void | Promise<void> = () => undefined;
  /** False: sendInitialEvents is refused as by an API server without WatchList. */
  watchList = true;
  /** Lists without a version or with "0" are answered from this earlier state, as by an API server that lags behind. */
  lagBehindTo: number | undefined;
  /** Objects that a delete only marks, as Pods that are to stop first and claims that are in use. */
  lingers: (type: ResourceType, object: KubeObject) => boolean = () => false;
  /** The time of creations and deletions; none by default. */
  now: (() => Date) | undefined;
  /** Told of every change, in order, while the call that makes it is under way. */
  changed: (change: Change) => void = () => undefined;
  private version = 10;
  private compacted = 0;
  /** Several models in one test may need UIDs that differ. */
  uidPrefix = 'uid';
  private uids = 0;
  private readonly changes: Change[] = [];
  /** What the changes add up to, by plural. */
  private readonly current = new Map<string, Map<string, KubeObject>>();
  private readonly watches = new Set<OpenWatch>();
  private readonly pages = new Map<string, { version: number; items: readonly KubeObject[] }>();

  /** The newest resourceVersion. */
  get resourceVersion(): string {
    return String(this.version);
  }

  get openWatches(): number {
    return this.watches.size;
  }

  /** The objects of a kind as of a version, by key. */
  snapshot(type: ResourceType, version: number = this.version): ReadonlyMap<string, KubeObject> {
    if (version === this.version) return new Map(this.current.get(type.plural));
    const objects = new Map<string, KubeObject>();
    for (const change of this.changes) {
      if (change.plural !== type.plural || change.version > version) continue;
      enter(objects, change);
    }
    return objects;
  }

  /** How often objects of a kind were made and vanished: `ADDED pods` … */
  history(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { type, plural } of this.changes) {
      const kind = `${type} ${plural}`;
      if (type !== 'MODIFIED') counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    return counts;
  }

  /** The object as it is now, without a call. */
  peek<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): T | undefined {
    return this.find(type, key) as T | undefined;
  }

  /** A merge patch of somebody who is not under test: it is no call, and happens at once. Undefined when there is no object. */
  play<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, mergePatch: object): T | undefined {
    const known = this.find(type, key);
    return known && this.put(type, 'MODIFIED', merge(known, mergePatch) as T, known);
  }

  /** As `play`, with the whole object made anew. */
  replace<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey, change: (object: T) => T): void {
    const known = this.find(type, key) as T | undefined;
    if (known) this.put(type, 'MODIFIED', change(known), known);
  }

  /** Marks an object as somebody who is not under test deletes it; it is gone at once unless it lingers. */
  drop(type: ResourceType, key: ObjectKey): void {
    const known = this.find(type, key);
    if (known) this.discard(type, known);
  }

  /** Takes away an object that lingered. */
  finish(type: ResourceType, key: ObjectKey): void {
    const known = this.find(type, key);
    if (!known) return;
    this.version += 1;
    this.record(type, 'DELETED', withVersion(known, this.version), known);
  }

  /** Forgets the history: older versions are answered 410. */
  compact(): void {
    this.compacted = this.version;
    this.pages.clear();
  }

  /** Other kinds change: versions go up, no watch says so. */
  bump(): void {
    this.version += 1;
  }

  /** Sends every watch a bookmark. */
  bookmark(): void {
    for (const { pipe } of this.watches) pipe.push({ type: 'BOOKMARK', object: bookmarkAt(this.version) });
  }

  /** Sends every watch this event, as it is. */
  inject(event: WatchEvent): void {
    for (const { pipe } of this.watches) pipe.push(event);
  }

  /** Ends every watch: properly, or by an error. */
  cutWatches(error?: Error): void {
    for (const watch of this.watches) {
      this.watches.delete(watch);
      if (error) watch.pipe.fail(error);
      else watch.pipe.end();
    }
  }

  async get<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    options: CallOptions = {},
  ): Promise<T | undefined> {
    await this.called({ verb: 'get', type, key, options });
    return this.find(type, key) as T | undefined;
  }

  async list<T extends KubeObject>(type: ResourceType<T>, options: ListOptions = {}): Promise<ListResult<T>> {
    await this.called({ verb: 'list', type, options });
    const state = options.continue === undefined ? this.stateFor(type, options) : this.pages.get(options.continue);
    if (!state) throw refusal(410, 'Expired', 'the provided continue parameter is too old');
    const limit = options.resourceVersion === '0' ? undefined : options.limit;
    const items = state.items.slice(0, limit) as unknown as readonly T[];
    if (limit === undefined || state.items.length <= limit) return { items, resourceVersion: String(state.version) };
    const token = `page-${this.calls.length}`;
    this.pages.set(token, { version: state.version, items: state.items.slice(limit) });
    return { items, resourceVersion: String(state.version), continue: token };
  }

  async *watch<T extends KubeObject>(type: ResourceType<T>, options: WatchOptions = {}): AsyncGenerator<WatchEvent<T>> {
    await this.called({ verb: 'watch', type, options });
    const pipe = new EventPipe<WatchEvent>();
    const watch: OpenWatch = { type, options, pipe };
    if (options.sendInitialEvents) this.sendInitial(watch);
    else this.sendHistory(watch);
    this.watches.add(watch);
    const abort = () => pipe.fail(new Error('aborted'));
    options.signal?.addEventListener('abort', abort);
    if (options.signal?.aborted) abort();
    try {
      for await (const event of pipe) yield event as WatchEvent<T>;
    } finally {
      options.signal?.removeEventListener('abort', abort);
      this.watches.delete(watch);
    }
  }

  async create<T extends KubeObject>(type: ResourceType<T>, object: T, options: WriteOptions = {}): Promise<T> {
    await this.called({ verb: 'create', type, object, options });
    if (this.find(type, keyIn(type, object))) {
      throw refusal(409, 'AlreadyExists', `${type.plural} "${object.metadata.name}" already exists`);
    }
    return this.put(type, 'ADDED', object, undefined);
  }

  async update<T extends KubeObject>(type: ResourceType<T>, object: T, options: WriteOptions = {}): Promise<T> {
    await this.called({ verb: 'update', type, object, options });
    const known = this.require(type, keyIn(type, object), object.metadata);
    return this.put(type, 'MODIFIED', object, known);
  }

  async apply<T extends KubeObject>(type: ResourceType<T>, object: T, options: ApplyOptions = {}): Promise<T> {
    await this.called({ verb: 'apply', type, object, options });
    const known = this.find(type, keyIn(type, object));
    if (!known) return this.put(type, 'ADDED', object, undefined);
    const { resourceVersion } = object.metadata;
    if (resourceVersion !== undefined) this.require(type, keyIn(type, object), { resourceVersion });
    return this.put(type, 'MODIFIED', merge(known, object) as T, known);
  }

  async patch<T extends KubeObject>(
    type: ResourceType<T>,
    key: ObjectKey,
    mergePatch: object,
    options: PatchOptions = {},
  ): Promise<T> {
    await this.called({ verb: 'patch', type, key, object: mergePatch, options });
    const known = this.require(type, key, options);
    return this.put(type, 'MODIFIED', merge(known, mergePatch) as T, known);
  }

  async delete(type: ResourceType, key: ObjectKey, options: DeleteOptions = {}): Promise<boolean> {
    await this.called({ verb: 'delete', type, key, options });
    if (!this.find(type, key)) return false;
    this.discard(type, this.require(type, key, options));
    return true;
  }

  async raw(method: string, path: string): Promise<unknown> {
    throw refusal(404, 'NotFound', `the model has no ${method} ${path}`);
  }

  private async called(call: ModelCall): Promise<void> {
    this.calls.push(call);
    await this.before(call);
  }

  private find(type: ResourceType, key: ObjectKey): KubeObject | undefined {
    return this.current.get(type.plural)?.get(`${key.namespace}/${key.name}`);
  }

  private discard(type: ResourceType, known: KubeObject): void {
    if (!this.lingers(type, known)) return this.finish(type, keyIn(type, known));
    if (known.metadata.deletionTimestamp !== undefined) return;
    const deletionTimestamp = (this.now?.() ?? new Date(0)).toISOString();
    this.put(type, 'MODIFIED', { ...known, metadata: { ...known.metadata, deletionTimestamp } }, known);
  }

  private require(type: ResourceType, key: ObjectKey, expected: Preconditions): KubeObject {
    const known = this.find(type, key);
    if (!known) throw refusal(404, 'NotFound', `${type.plural} "${key.name}" not found`);
    const { uid, resourceVersion } = known.metadata;
    if ((expected.uid ?? uid) !== uid || (expected.resourceVersion ?? resourceVersion) !== resourceVersion) {
      throw refusal(409, 'Conflict', `${type.plural} "${key.name}" is another or has moved on`);
    }
    return known;
  }

  private put<T extends KubeObject>(
    type: ResourceType<T>,
    change: 'ADDED' | 'MODIFIED',
    object: T,
    before: KubeObject | undefined,
  ): T {
    this.version += 1;
    if (!before) this.uids += 1;
    const uid = before?.metadata.uid ?? `${this.uidPrefix}-${this.uids}`;
    const made = before || !this.now ? {} : { creationTimestamp: this.now().toISOString() };
    const stored = withVersion({ ...object, metadata: { ...object.metadata, ...made, uid } }, this.version);
    this.record(type, change, stored, before);
    return stored;
  }

  private record(type: ResourceType, change: Change['type'], object: KubeObject, before: KubeObject | undefined): void {
    const entry: Change = { version: this.version, type: change, plural: type.plural, object, before };
    this.changes.push(entry);
    const objects = this.current.get(type.plural) ?? new Map<string, KubeObject>();
    this.current.set(type.plural, enter(objects, entry));
    this.changed(entry);
    for (const watch of this.watches) deliver(watch, entry);
  }

  private stateFor(type: ResourceType, options: ListOptions): { version: number; items: readonly KubeObject[] } {
    const asked = Number(options.resourceVersion ?? '');
    if (asked > this.version) throw tooLarge();
    // A quorum read is never behind; one "not older than" a version may be at any that is not older, and so may "0".
    const lag = options.resourceVersion === undefined ? undefined : this.lagBehindTo;
    const version = lag === undefined ? this.version : Math.min(this.version, lag);
    const items = [...this.snapshot(type, version).values()].filter((object) => selects(options, object));
    return { version, items };
  }

  private sendInitial({ type, options, pipe }: OpenWatch): void {
    if (!this.watchList) throw refusal(422, 'Invalid', 'sendInitialEvents is forbidden for watch');
    if (Number(options.resourceVersion ?? '') > this.version) throw tooLarge();
    const { version, items } = this.stateFor(type, options);
    for (const object of items) pipe.push({ type: 'ADDED', object });
    pipe.push({ type: 'BOOKMARK', object: bookmarkAt(version, { 'k8s.io/initial-events-end': 'true' }) });
    for (const change of this.changes) if (change.version > version) deliver({ type, options, pipe }, change);
  }

  private sendHistory(watch: OpenWatch): void {
    const from = Number(watch.options.resourceVersion ?? '0');
    if (from > this.version) throw tooLarge();
    if (from < this.compacted) throw refusal(410, 'Expired', 'too old resource version');
    for (const change of this.changes) if (change.version > from) deliver(watch, change);
  }
}

function enter(objects: Map<string, KubeObject>, { type, object }: Change): Map<string, KubeObject> {
  const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
  if (type === 'DELETED') objects.delete(key);
  else objects.set(key, object);
  return objects;
}

interface Preconditions {
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** What a selector makes of a change: an object that no longer matches is deleted for that watch. */
function deliver({ type, options, pipe }: OpenWatch, change: Change): void {
  if (change.plural !== type.plural) return;
  const was = change.before !== undefined && selects(options, change.before);
  const is = change.type !== 'DELETED' && selects(options, change.object);
  if (is) pipe.push({ type: was ? 'MODIFIED' : 'ADDED', object: change.object });
  else if (was) pipe.push({ type: 'DELETED', object: change.object });
}

function selects(options: ListOptions, object: KubeObject): boolean {
  const { namespace, name, labels } = object.metadata;
  if (options.namespace !== undefined && options.namespace !== namespace) return false;
  if (options.fieldSelector && options.fieldSelector !== `metadata.name=${name}`) return false;
  const [label = '', value] = options.labelSelector?.split('=') ?? [];
  return label === '' || labels?.[label] === value;
}

function keyIn(type: ResourceType, { metadata }: KubeObject): ObjectKey {
  return { namespace: type.namespaced ? (metadata.namespace ?? '') : '', name: metadata.name };
}

function withVersion<T extends KubeObject>(object: T, version: number): T {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
}

function bookmarkAt(version: number, annotations?: Record<string, string>): BookmarkObject {
  return { metadata: { resourceVersion: String(version), ...(annotations ? { annotations } : {}) } };
}

/** RFC 7396. */
function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> = typeof target === 'object' && target !== null ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = merge(result[name], value);
  }
  return result;
}

/** An error as the API server answers it. */
export function refusal(status: number, reason: string, message: string, retryAfterMs?: number): KubeApiError {
  return new KubeApiError(status, { reason, message }, retryAfterMs);
}

/** What an API server says that is behind the version asked for. */
export function tooLarge(): KubeApiError {
  return new KubeApiError(504, {
    reason: 'Timeout',
    message: 'Too large resource version',
    details: { causes: [{ reason: 'ResourceVersionTooLarge' }] },
  });
}
