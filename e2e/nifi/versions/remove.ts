// Takes a group out of the flow with everything in it. Whether that is allowed is decided before.

import { type ClusterState, childrenOf, inGroup, type ProcessGroup } from '../flow/state.ts';

export function removeTree(state: ClusterState, group: ProcessGroup): void {
  for (const child of childrenOf(state, group.id)) removeTree(state, child);
  for (const items of [state.components, state.connections, state.services]) {
    for (const { id } of inGroup<{ readonly id: string; readonly groupId: string }>(items, group.id)) {
      items.delete(id);
      state.revisions.delete(id);
    }
  }
  state.groups.delete(group.id);
  state.revisions.delete(group.id);
}
