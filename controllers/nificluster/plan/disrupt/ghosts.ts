// What is left of nodes that are no more. NiFi keeps a node in its view until somebody deletes it, and a flow change that
// must reach every node would wait for a ghost. Deleted is only what NiFi itself has as gone; it says so of a dead node by
// itself. And configurations that belong to nobody.

import { hostName, parseId } from '../../../../api/v1/labels.ts';
import type { ViewNode } from '../../../../pkg/nifi/types.ts';
import type { PlanInput } from '../input.ts';
import { isFresh } from './connection.ts';
import { asking, type Turn } from './turn.ts';

export function ghostsTurn(input: PlanInput): Turn {
  const ghosts = ghostsOf(input).filter(({ entry }) => ['DISCONNECTED', 'OFFLOADED'].includes(entry.status));
  return {
    nifi: ghosts.map(({ id, entry }) => {
      const note = `Removing node ${id} from NiFi's cluster: it is no member and has no Pod`;
      return asking(input, 'Remove', id, entry, { why: 'RemovalRequested', note });
    }),
  };
}

/** Configurations of a node that was a member for so short a time that a crash left it without a record to know it by. */
export function straysTurn({ cluster, world }: PlanInput): Turn {
  const known = (id: number): boolean => cluster.members.includes(id) || world.records.has(id) || world.pods.has(id);
  const strays = world.revisions.filter(({ id }) => !known(id));
  return {
    steps: strays.map(({ id, kind, name, uid }) => ({ kind: 'DeleteRevision', id, object: { kind, name, uid } })),
  };
}

/** Entries at an address of this cluster whose id is no member and has nothing in Kubernetes. */
export function ghostsOf(input: PlanInput): readonly { readonly id: number; readonly entry: ViewNode }[] {
  const { cluster, world } = input;
  if (world.view === undefined || !isFresh(input, world.view.takenAtMs)) return [];
  return world.view.nodes.flatMap((entry) => {
    const id = idAt(entry.address, cluster.name);
    if (id === undefined || cluster.members.includes(id) || world.pods.has(id) || world.records.has(id)) return [];
    return entry.address === hostName(cluster.name, id, cluster.namespace) ? [{ id, entry }] : [];
  });
}

function idAt(address: string, cluster: string): number | undefined {
  const [pod = ''] = address.split('.');
  return pod.startsWith(`${cluster}-`) ? parseId(pod.slice(cluster.length + 1)) : undefined;
}
