// Looks at a cluster all the while, from the side of NiFi's processes: how many of its nodes were down at a time, and which of
// them ever. A node is down while its process does not run or does not call itself connected.

import { podName } from '../../api/v1/labels.ts';
import type { ClusterHandle } from '../lab/cluster.ts';
import type { Lab } from '../lab/lab.ts';

export interface Watched {
  /** The most nodes that were down at once. */
  readonly most: number;
  /** Nodes that were down at any time. */
  readonly ever: ReadonlySet<number>;
  stop(): void;
}

const everyMs = 20;

/** Watches these nodes until it is stopped; one that has left counts as down no more. */
export function watchNodes({ nifi }: Lab, { namespace, name }: ClusterHandle, ids: readonly number[]): Watched {
  const ever = new Set<number>();
  let most = 0;
  const look = (): void => {
    const up = new Set(
      nifi
        .nodes()
        .filter((node) => node.namespace === namespace && node.running && node.connection === 'CONNECTED')
        .map(({ pod }) => pod),
    );
    const down = ids.filter((id) => !up.has(podName(name, id)));
    most = Math.max(most, down.length);
    for (const id of down) ever.add(id);
  };
  const timer = setInterval(look, everyMs);
  return {
    get most() {
      return most;
    },
    ever,
    stop: () => clearInterval(timer),
  };
}
