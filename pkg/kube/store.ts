// The cache: the latest known state of one kind, with indexes, filled by one reflector for each watched namespace (its partition).
//
// It is never written to by anyone else, and its objects are shared: nobody may change them. The surprising rule: absent from an
// unsynced partition means unknown, not deleted, so callers look at `synced` first; and a partition never goes back in time.

import { compareResourceVersions } from './resource-version.ts';
import { type KubeObject, keyOf, keyText, type ObjectKey } from './types.ts';

/** A change of the cache as handlers get it. */
export interface StoreEvent<T extends KubeObject> {
  readonly kind: 'added' | 'updated' | 'deleted';
  readonly object: T;
  /** The state before, for `updated`. */
  readonly old?: T;
  /** Part of an initial list or of a handler's first fill: it is not news. */
  readonly initial: boolean;
  /** The object vanished while we were not looking: `object` is the last state that we saw, not its final one. */
  readonly finalStateUnknown: boolean;
}

/** Gets every change in order. Must not block; what it throws is reported and does not stop the others. */
export type StoreHandler<T extends KubeObject> = (event: StoreEvent<T>) => void;

export type IndexFunctions<T> = Readonly<Record<string, (object: T) => readonly string[]>>;

interface Partition {
  resourceVersion: string | undefined;
}

/** Objects of one kind by key and by index. */
export class Store<T extends KubeObject> {
  private readonly objects = new Map<string, T>();
  private readonly indexes = new Map<string, Map<string, Map<string, T>>>();
  private readonly indexFunctions = new Map<string, (object: T) => readonly string[]>();
  private readonly handlers = new Set<StoreHandler<T>>();
  private readonly partitions = new Map<string, Partition>();
  private readonly onHandlerError: (error: unknown) => void;

  constructor(options: { indexes?: IndexFunctions<T>; onHandlerError?: (error: unknown) => void } = {}) {
    this.onHandlerError = options.onHandlerError ?? (() => undefined);
    this.addIndexes(options.indexes ?? {});
  }

  /** The object of this key; undefined when it is not there, or not known yet (see `synced`). */
  get(key: ObjectKey): T | undefined;
  get(name: string, namespace: string): T | undefined;
  get(key: ObjectKey | string, namespace = ''): T | undefined {
    return this.objects.get(keyText(typeof key === 'string' ? { name: key, namespace } : key));
  }

  /** All objects, in no order that means anything. */
  list(): readonly T[] {
    return [...this.objects.values()];
  }

  get size(): number {
    return this.objects.size;
  }

  /** The objects for which the index function gives this value. Throws RangeError for an index that was not declared. */
  byIndex(index: string, value: string): readonly T[] {
    const values = this.indexes.get(index);
    if (!values) throw new RangeError(`there is no index "${index}"`);
    return [...(values.get(value)?.values() ?? [])];
  }

  /** Declares indexes; those with a known name must be the same function. */
  addIndexes(indexes: IndexFunctions<T>): void {
    for (const [name, fn] of Object.entries(indexes)) {
      const known = this.indexFunctions.get(name);
      if (known && known !== fn) throw new RangeError(`the index "${name}" is declared twice with different functions`);
      if (known) continue;
      this.indexFunctions.set(name, fn);
      this.indexes.set(name, new Map());
      for (const [key, object] of this.objects) this.index(name, key, undefined, object);
    }
  }

  /** True when the initial list of every partition has been delivered to the handlers. */
  get synced(): boolean {
    return this.partitions.size > 0 && [...this.partitions.values()].every((p) => p.resourceVersion !== undefined);
  }

  /** How far this cache has surely seen, in every partition; undefined before `synced`. */
  get resourceVersion(): string | undefined {
    let oldest: string | undefined;
    for (const { resourceVersion } of this.partitions.values()) {
      if (resourceVersion === undefined) return undefined;
      if (oldest === undefined || compareResourceVersions(resourceVersion, oldest) < 0) oldest = resourceVersion;
    }
    return oldest;
  }

  /** How far this cache has surely seen in one namespace; undefined when it is not watched or not synced. */
  resourceVersionIn(namespace: string): string | undefined {
    return (this.partitions.get(namespace) ?? this.partitions.get(''))?.resourceVersion;
  }

  /** Calls the handler for everything that is there (`initial`) and then for every change. Returns the way to stop that. */
  subscribe(handler: StoreHandler<T>): () => void {
    for (const object of this.objects.values()) {
      this.call(handler, { kind: 'added', object, initial: true, finalStateUnknown: false });
    }
    this.handlers.add(handler);
    return () => {
      this.handlers.delete(handler);
    };
  }

  /** Reflectors only: names a partition that must be filled before the store counts as synced; '' is all namespaces. */
  addPartition(namespace: string): void {
    if (!this.partitions.has(namespace)) this.partitions.set(namespace, { resourceVersion: undefined });
  }

  /** Reflectors only: takes the whole content of a partition at once, and tells handlers of every difference. */
  replace(namespace: string, objects: ReadonlyMap<string, T>, resourceVersion: string): void {
    const partition = this.partition(namespace);
    const initial = partition.resourceVersion === undefined;
    const before = new Map<string, T | undefined>();
    for (const [key, old] of this.objects) {
      if (namespace !== '' && old.metadata.namespace !== namespace) continue;
      if (!objects.has(key)) before.set(key, old);
    }
    for (const [key, object] of objects) {
      before.set(key, this.objects.get(key));
      this.put(key, object);
    }
    for (const key of before.keys()) if (!objects.has(key)) this.drop(key);
    partition.resourceVersion = resourceVersion;
    for (const [key, old] of before) this.announceReplaced(old, objects.get(key), initial);
  }

  /** Reflectors only: an ADDED or MODIFIED event. */
  upsert(namespace: string, object: T): void {
    const key = keyText(keyOf(object));
    const old = this.objects.get(key);
    this.put(key, object);
    this.advance(namespace, object.metadata.resourceVersion);
    this.announceReplaced(old, object, false, false);
  }

  /** Reflectors only: a DELETED event; `object` is the final state. */
  remove(namespace: string, object: T): void {
    const existed = this.drop(keyText(keyOf(object)));
    this.advance(namespace, object.metadata.resourceVersion);
    if (existed) this.announce({ kind: 'deleted', object, initial: false, finalStateUnknown: false });
  }

  /** Reflectors only: a bookmark, or the resourceVersion of an event. An older one changes nothing. */
  advance(namespace: string, resourceVersion: string | undefined): void {
    const partition = this.partition(namespace);
    if (resourceVersion === undefined || partition.resourceVersion === undefined) return;
    if (compareResourceVersions(resourceVersion, partition.resourceVersion) > 0) {
      partition.resourceVersion = resourceVersion;
    }
  }

  private announceReplaced(old: T | undefined, now: T | undefined, initial: boolean, unseen = true): void {
    if (!old) {
      if (now) this.announce({ kind: 'added', object: now, initial, finalStateUnknown: false });
      return;
    }
    // Another UID under the same name: the old object was deleted and a new one made, maybe while nobody looked.
    if (!now || now.metadata.uid !== old.metadata.uid) {
      this.announce({ kind: 'deleted', object: old, initial: false, finalStateUnknown: true });
      if (now) this.announce({ kind: 'added', object: now, initial, finalStateUnknown: false });
      return;
    }
    // A relist that brings what we have is no news at all.
    if (unseen && now.metadata.resourceVersion === old.metadata.resourceVersion) return;
    this.announce({ kind: 'updated', object: now, old, initial, finalStateUnknown: false });
  }

  private announce(event: StoreEvent<T>): void {
    for (const handler of this.handlers) this.call(handler, event);
  }

  private call(handler: StoreHandler<T>, event: StoreEvent<T>): void {
    try {
      handler(event);
    } catch (error) {
      this.onHandlerError(error);
    }
  }

  private put(key: string, object: T): void {
    const old = this.objects.get(key);
    this.objects.set(key, object);
    for (const name of this.indexFunctions.keys()) this.index(name, key, old, object);
  }

  private drop(key: string): boolean {
    const old = this.objects.get(key);
    if (!old) return false;
    this.objects.delete(key);
    for (const name of this.indexFunctions.keys()) this.index(name, key, old, undefined);
    return true;
  }

  private index(name: string, key: string, old: T | undefined, now: T | undefined): void {
    const fn = this.indexFunctions.get(name);
    const values = this.indexes.get(name);
    if (!fn || !values) return;
    for (const value of this.valuesOf(fn, old)) {
      const members = values.get(value);
      members?.delete(key);
      if (members?.size === 0) values.delete(value);
    }
    if (!now) return;
    for (const value of this.valuesOf(fn, now)) {
      const members = values.get(value) ?? new Map<string, T>();
      values.set(value, members.set(key, now));
    }
  }

  private valuesOf(fn: (object: T) => readonly string[], object: T | undefined): readonly string[] {
    try {
      return object ? fn(object) : [];
    } catch (error) {
      this.onHandlerError(error);
      return [];
    }
  }

  private partition(namespace: string): Partition {
    const partition = this.partitions.get(namespace);
    if (!partition) throw new RangeError(`the store has no partition "${namespace}"`);
    return partition;
  }
}
