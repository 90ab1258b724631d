// Which nodes leave and cannot start as they are. Data that nobody can read cannot be moved, so each of them is given what the
// spec would ask of it, on the volumes that it has, while nothing runs in it: else it would stay for ever, and others wait for it.
// Like any other change of a configuration it waits for the end of a pause. What is proven or given up, and what its Pod may be
// the last to hold, is left as it is.

import { isAbandoned, isLosing } from './claims.ts';
import { leavingIds } from './disrupt/needs.ts';
import type { PlanInput } from './input.ts';
import { isStuck } from './stuck.ts';
import { isReadable } from './world.ts';

/** A node that NiFi never started on is not among them: it is empty, and goes at once. */
export function stuckLeavers(known: Pick<PlanInput, 'cluster' | 'world'>): readonly number[] {
  const { cluster, world } = known;
  const { paused, rollout } = cluster.spec;
  if (cluster.members.length === 0 || paused || rollout.paused) return [];
  return leavingIds(known).filter((id) => {
    const record = world.records.get(id);
    const pod = world.pods.get(id);
    if (!isReadable(record) || record.established === undefined || record.removal !== undefined) return false;
    if (isAbandoned(known, record) || isLosing(known, record)) return false;
    return pod !== undefined && !pod.deleting && isStuck(pod);
  });
}
