// Where in NiFi a dataflow is or may be, as an annotation of the object: written before a group is made or moved, so that whoever comes
// after a crash knows every place to look in. Pure.
// Surprise: it names the object's UID. One that was copied from another, annotations and all, begins without a place.

import { createHash } from 'node:crypto';
import { annotations } from '../../api/v1/labels.ts';
import type { DefaultedNiFiDataflow } from '../../api/v1/zz_generated.nifidataflow.ts';
import type { FlowWish, Settled, Target } from './plan/world.ts';

export interface Place {
  /** Name of the NiFiCluster. */
  readonly cluster: string;
  /** Ids of the groups that it may be in; `root` is one too. */
  readonly parents: readonly string[];
  /** Of its own group, once that was seen. */
  readonly id?: string;
  /** Digest of what was asked for when all was last as asked; empty while it is being changed to something else. */
  readonly settled?: string;
}

/** Undefined when nothing was ever made for this object, or the annotation is not ours. */
export function placeOf({ metadata }: Pick<DefaultedNiFiDataflow, 'metadata'>): Place | undefined {
  const value = parsed(metadata.annotations?.[annotations.place]);
  if (typeof value !== 'object' || value === null) return undefined;
  const { uid, cluster, parents, id, settled } = value as Readonly<Record<string, unknown>>;
  if (uid !== metadata.uid || typeof cluster !== 'string' || !Array.isArray(parents)) return undefined;
  return {
    cluster,
    parents: parents.filter((each) => typeof each === 'string'),
    ...(typeof id === 'string' && { id }),
    ...(typeof settled === 'string' && { settled }),
  };
}

/** The patch that writes it. */
export function placePatch(uid: string | undefined, { cluster, parents, id, settled }: Place): object {
  return { metadata: { annotations: { [annotations.place]: JSON.stringify({ uid, cluster, parents, id, settled }) } } };
}

export function isSamePlace(one: Place | undefined, other: Place): boolean {
  return JSON.stringify(placePatch('', other)) === (one && JSON.stringify(placePatch('', one)));
}

/** The same with this parent among those to look in. */
export function placeWith(place: Place | undefined, cluster: string, parentId: string): Place {
  if (place?.cluster !== cluster) return { cluster, parents: [parentId] };
  return place.parents.includes(parentId) ? place : { ...place, parents: [...place.parents, parentId] };
}

/** What the spec asks for and what that is in NiFi, in 64 bits: whether a change was asked for, or was made in NiFi. */
export function digestOfWish(wish: FlowWish, { contents, context, parentId }: Target): string {
  const { name, position, state, sync, updateStrategy, skipInvalidComponents } = wish;
  const asked = [name, position, state, sync, updateStrategy, skipInvalidComponents];
  const text = JSON.stringify([asked, contents, context?.id, parentId]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** The same on the way to something else: what was asked for before stands no more, so it is brought anew when it is wanted again. */
export function onTheWay(place: Place): Place {
  return place.settled === undefined ? place : { ...place, settled: '' };
}

/** The same about to leave: whoever wants it there after all makes all of it as asked, as for the first time. */
export function leavingFrom(place: Place): Place {
  const { settled: _, ...left } = place;
  return left;
}

export function settledAs(place: Place | undefined, digest: string): Settled {
  if (place?.settled === undefined) return 'Never';
  return place.settled === digest ? 'Now' : 'Before';
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    // Somebody edited it: the group is found by its mark where the spec asks for it.
    return undefined;
  }
}
