// Read-your-writes: a reconcile that decides on a cache older than its own last write may do the same thing twice.
//
// The tracker remembers, for each owner, the newest resourceVersion it wrote of each kind and what it deleted, and says whether the
// caches have seen all of it (KEP-5647). It lives in memory only. After a restart the first state is newer than every earlier write where
// the API server streams it; where it lists, it may be older, so what must not be done on an old state is read once more before.

import { compareResourceVersions, newerResourceVersion } from './resource-version.ts';
import type { Store } from './store.ts';
import { type KubeObject, keyText, type ObjectKey, type ResourceType } from './types.ts';

/** What a cache has not seen yet. */
export interface Behind {
  readonly waitingFor: string;
}

interface Owned {
  uid: string | undefined;
  /** By plural.group: the newest resourceVersion written. */
  readonly versions: Map<string, { readonly type: ResourceType; readonly resourceVersion: string }>;
  /** By plural.group and key: the UID that was deleted. */
  readonly deletions: Map<string, { readonly type: ResourceType; readonly key: ObjectKey; readonly uid: string }>;
}

type StoreOf = (type: ResourceType) => Pick<Store<KubeObject>, 'get' | 'resourceVersionIn'> | undefined;

/** What was written for each owner and may not be in the caches yet. */
export class WriteTracker {
  private readonly owners = new Map<string, Owned>();
  private readonly storeOf: StoreOf;

  /** `storeOf` finds the cache of a kind; a kind without a cache is never waited for. */
  constructor(storeOf: StoreOf) {
    this.storeOf = storeOf;
  }

  /** The owner's reconcile wrote an object of this type and got this resourceVersion back. */
  wrote(owner: ObjectKey, type: ResourceType, resourceVersion: string | undefined): void {
    if (resourceVersion === undefined) return;
    const { versions } = this.of(owner);
    const known = versions.get(typeText(type))?.resourceVersion;
    versions.set(typeText(type), {
      type,
      resourceVersion: newerResourceVersion(known, resourceVersion) ?? resourceVersion,
    });
  }

  /** The owner's reconcile had the API server accept the deletion of the object with this UID. */
  deleted(owner: ObjectKey, type: ResourceType, key: ObjectKey, uid: string): void {
    this.of(owner).deletions.set(`${typeText(type)} ${keyText(key)}`, { type, key, uid });
  }

  /** True when the caches have seen every write for this owner, else what is missing. */
  caughtUp(owner: ObjectKey): true | Behind {
    const owned = this.owners.get(keyText(owner));
    if (!owned) return true;
    const behind = this.behindOnWrites(owned, owner.namespace) ?? this.behindOnDeletions(owned);
    if (behind) return behind;
    if (owned.uid === undefined) this.owners.delete(keyText(owner));
    return true;
  }

  /** Another UID under the same name is another owner: what was written for the former does not concern it. */
  observe(owner: ObjectKey, uid: string): void {
    const known = this.owners.get(keyText(owner));
    if (known?.uid !== undefined && known.uid !== uid) this.owners.delete(keyText(owner));
    this.of(owner).uid = uid;
  }

  /** The owner is gone. */
  forget(owner: ObjectKey): void {
    this.owners.delete(keyText(owner));
  }

  /** Owners with anything remembered. */
  get size(): number {
    return this.owners.size;
  }

  private behindOnWrites(owned: Owned, namespace: string): Behind | undefined {
    for (const [text, { type, resourceVersion }] of owned.versions) {
      const store = this.storeOf(type);
      const seen = store?.resourceVersionIn(type.namespaced ? namespace : '');
      if (store && (seen === undefined || compareResourceVersions(seen, resourceVersion) < 0)) {
        return { waitingFor: `${text} at resourceVersion ${resourceVersion}, have ${seen ?? 'none'}` };
      }
      owned.versions.delete(text);
    }
    return undefined;
  }

  private behindOnDeletions(owned: Owned): Behind | undefined {
    for (const [text, { type, key, uid }] of owned.deletions) {
      const metadata = this.storeOf(type)?.get(key)?.metadata;
      if (metadata?.uid === uid && metadata.deletionTimestamp === undefined) {
        return { waitingFor: `deletion of ${text}` };
      }
      owned.deletions.delete(text);
    }
    return undefined;
  }

  private of(owner: ObjectKey): Owned {
    const text = keyText(owner);
    const known = this.owners.get(text);
    if (known) return known;
    const fresh: Owned = { uid: undefined, versions: new Map(), deletions: new Map() };
    this.owners.set(text, fresh);
    return fresh;
  }
}

function typeText(type: ResourceType): string {
  return `${type.apiVersion} ${type.plural}`;
}
