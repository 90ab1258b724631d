// How often NiFi is asked while something is under way: soon after a change, then less and less, because what has not moved
// for long will not move in the next second either. An offload may take hours.
// Only the pace is remembered, and nothing is decided from it: after a restart of the operator it begins anew.

import type { ObjectKey } from '../../pkg/kube/types.ts';
import type { ClusterView } from '../../pkg/nifi/types.ts';
import type { World } from './plan/world.ts';

const shortestMs = 300;
const longestMs = 10_000;

interface Seen {
  readonly state: string;
  /** Monotonic. */
  readonly sinceMs: number;
}

export class Paces {
  private readonly seen = new Map<string, Seen>();

  /** Milliseconds between two questions: a fifth of the time that everything has been as it is, 0.3 to 10 s. */
  intervalMs(key: ObjectKey, world: Pick<World, 'pods'>, view: ClusterView | undefined, monotonicMs: number): number {
    const name = `${key.namespace}/${key.name}`;
    const state = stateOf(world, view);
    const before = this.seen.get(name);
    const sinceMs = before?.state === state ? before.sinceMs : monotonicMs;
    this.seen.set(name, { state, sinceMs });
    return Math.min(Math.max((monotonicMs - sinceMs) / 5, shortestMs), longestMs);
  }

  /** Something was asked of NiFi, whose effect will show soon: the interval from now on. */
  quicken(key: ObjectKey): number {
    this.forget(key);
    return shortestMs;
  }

  forget(key: ObjectKey): void {
    this.seen.delete(`${key.namespace}/${key.name}`);
  }
}

/** What a change of makes the next one likely. */
function stateOf({ pods }: Pick<World, 'pods'>, view: ClusterView | undefined): string {
  const nodes = [...pods.values()].map(({ uid, ready, deleting, disconnectedBy, container }) =>
    [uid, ready, deleting, disconnectedBy, container?.containerId, container?.started].join(' '),
  );
  const entries = (view?.nodes ?? []).map(({ nodeId, status }) => `${nodeId} ${status}`);
  return JSON.stringify([nodes.toSorted(), entries.toSorted()]);
}
