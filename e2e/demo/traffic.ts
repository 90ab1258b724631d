// Lets a flow of the demo have something in its queues, for the played NiFi runs no processor by itself. Each queue of the group begins
// with a stock; while its source runs, as much comes in as goes out, and when only its sink runs, it empties, as a drain wants it.
// The stock comes once: flow files that were lost would be missed for as long as the demo runs.

import type { Cluster } from '../nifi/cluster/cluster.ts';
import type { NiFiWorld } from '../nifi/world.ts';

export const stock = 200;
const tickMs = 250;
const steady = 2;
const drained = 25;

/** Plays the groups of these names, `group` by `cluster` (as the world knows it), as soon as they are there. Returns its end. */
export function playTraffic(
  nifi: NiFiWorld,
  groups: readonly (readonly [cluster: string, group: string])[],
): () => void {
  const stocked = new Set<string>();
  const ticking = setInterval(() => {
    for (const [key, group] of groups) {
      if (nifi.knows(key)) tick(nifi.cluster(key), group, stocked);
    }
  }, tickMs);
  return () => clearInterval(ticking);
}

function tick({ state, members }: Cluster, name: string, stocked: Set<string>): void {
  if (state === undefined) return;
  const group = [...state.groups.values()].find((each) => each.name === name);
  const runs = (id: string): boolean => state.components.get(id)?.scheduled === 'RUNNING';
  for (const { id, groupId, sourceId, destinationId } of state.connections.values()) {
    if (groupId !== group?.id) continue;
    const [made, taken] = [runs(sourceId), runs(destinationId)];
    const first = made && !stocked.has(id);
    if (first) stocked.add(id);
    for (const member of members) {
      if (made) member.generate(id, first ? stock : steady, stock);
      if (taken && !first) member.work(id, made ? steady : drained);
    }
  }
}
