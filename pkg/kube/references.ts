// Watches the single Secrets, ConfigMaps and other objects that specs refer to by name, only as long as something refers to them.
//
// Each is watched by a field selector on its name, so that the operator can be allowed to read exactly these and no unrelated Secret
// is ever in its memory. The surprising rule: before the first answer an object is `unknown`, which is not `missing`.

import type { ListerWatcher } from './api.ts';
import { type Clock, systemClock } from './clock.ts';
import { type KubeMetrics, type Logger, noLogger, noMetrics } from './metrics.ts';
import { Reflector } from './reflector.ts';
import { type KubeObject, keyText, type ObjectKey, type ResourceType } from './types.ts';

/** Something that a spec names. */
export interface Reference<T extends KubeObject = KubeObject> {
  readonly type: ResourceType<T>;
  readonly key: ObjectKey;
}

/** What is known of a referenced object. `unknown`: no answer yet, or nobody tracks it. */
export type ReferenceState<T extends KubeObject> =
  | { readonly state: 'unknown' | 'missing'; readonly object?: undefined }
  | { readonly state: 'present'; readonly object: T };

export interface ReferenceWatcherOptions {
  readonly client: ListerWatcher;
  /** Called with each owner that refers to an object which came, changed or went, or turned out to be missing. */
  readonly onChange: (owner: ObjectKey, reference: Reference) => void;
  readonly clock?: Clock;
  readonly metrics?: KubeMetrics;
  readonly logger?: Logger;
}

interface Watched {
  readonly reference: Reference;
  readonly reflector: Reflector<KubeObject>;
  readonly owners: Map<string, ObjectKey>;
  /** Whether its absence has been told. */
  synced: boolean;
}

/** Watches by name, counted by owner. */
export class ReferenceWatcher {
  private readonly options: ReferenceWatcherOptions;
  private readonly watched = new Map<string, Watched>();
  private readonly references = new Map<string, ReadonlySet<string>>();
  private readonly stopping = new Set<Promise<void>>();

  constructor(options: ReferenceWatcherOptions) {
    this.options = options;
  }

  /** From now on the owner refers to exactly these; none at all releases what it held. */
  track(owner: ObjectKey, references: readonly Reference[]): void {
    const ownerText = keyText(owner);
    const before = this.references.get(ownerText) ?? new Set<string>();
    const now = new Set<string>();
    for (const reference of references) {
      const text = referenceText(reference);
      now.add(text);
      (this.watched.get(text) ?? this.watch(text, reference)).owners.set(ownerText, owner);
    }
    for (const text of before) if (!now.has(text)) this.release(text, ownerText);
    if (now.size > 0) this.references.set(ownerText, now);
    else this.references.delete(ownerText);
  }

  /** What the cache knows of the object; it must be tracked by some owner. */
  get<T extends KubeObject>(type: ResourceType<T>, key: ObjectKey): ReferenceState<T> {
    const watched = this.watched.get(referenceText({ type, key }));
    if (!watched?.reflector.synced) return { state: 'unknown' };
    const object = watched.reflector.store.get(key) as T | undefined;
    return object ? { state: 'present', object } : { state: 'missing' };
  }

  /** The number of objects watched. */
  get size(): number {
    return this.watched.size;
  }

  /** Ends every watch. */
  async stop(): Promise<void> {
    for (const { reflector } of this.watched.values()) this.end(reflector);
    this.watched.clear();
    this.references.clear();
    await Promise.all(this.stopping);
  }

  private watch(text: string, reference: Reference): Watched {
    const { client, clock = systemClock, metrics = noMetrics, logger = noLogger } = this.options;
    const { type, key } = reference;
    const reflector = new Reflector<KubeObject>({
      client,
      type,
      ...(key.namespace ? { namespace: key.namespace } : {}),
      fieldSelector: `metadata.name=${key.name}`,
      clock,
      metrics,
      logger,
      onSynced: () => this.tellMissing(text),
    });
    const watched: Watched = { reference, reflector, owners: new Map(), synced: false };
    this.watched.set(text, watched);
    reflector.store.subscribe(() => this.tell(watched));
    reflector.start();
    return watched;
  }

  /** A first list without the object changes nothing in the store, but its owners wait for just that answer. */
  private tellMissing(text: string): void {
    const watched = this.watched.get(text);
    if (!watched || watched.synced) return;
    watched.synced = true;
    if (watched.reflector.store.size === 0) this.tell(watched);
  }

  private tell(watched: Watched): void {
    for (const owner of watched.owners.values()) this.options.onChange(owner, watched.reference);
  }

  private release(text: string, owner: string): void {
    const watched = this.watched.get(text);
    if (!watched) return;
    watched.owners.delete(owner);
    if (watched.owners.size > 0) return;
    this.watched.delete(text);
    this.end(watched.reflector);
  }

  private end(reflector: Reflector<KubeObject>): void {
    const stopped = reflector.stop();
    this.stopping.add(stopped);
    void stopped.finally(() => this.stopping.delete(stopped));
  }
}

function referenceText({ type, key }: Reference): string {
  return `${type.apiVersion} ${type.plural} ${keyText(key)}`;
}
