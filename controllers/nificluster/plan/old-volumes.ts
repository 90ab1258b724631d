// What a node that cannot run is given when the spec changes its volumes as well. For other volumes it would have to be
// emptied, and for that it would have to run: so it gets everything else first, on the volumes that it has. Once it
// runs, the spec's own revision is asked of it again, and it is rebuilt like any other.
// A node that leaves never gets other volumes: nothing is asked of it but to start.

import { identityOf } from '../renders.ts';
import { cannotStart } from './disrupt/broken.ts';
import type { PlanInput } from './input.ts';
import { sameVolumes } from './node.ts';
import { isReadable } from './world.ts';

/** The input of every plan: such nodes with a revision of the spec on the volumes of their records. */
export function onOldVolumes(input: PlanInput): PlanInput {
  const revisions = new Map(
    [...stuckOnOthers(input), ...departing(input)].flatMap(({ id, volumes }) => {
      const revision = input.renderOn(id, volumes);
      return revision === undefined ? [] : [[id, revision] as const];
    }),
  );
  if (revisions.size === 0) return input;
  const identities = [...revisions].map(([id, revision]) => [id, identityOf(revision)] as const);
  return {
    ...input,
    desired: new Map([...input.desired, ...identities]),
    render: (id) => revisions.get(id) ?? input.render(id),
  };
}

/** Members that cannot start, and whose volumes hold data and are to change. */
function stuckOnOthers({ cluster, world, desired }: PlanInput) {
  return cluster.members.flatMap((id) => {
    const record = world.records.get(id);
    const pod = world.pods.get(id);
    const wanted = desired.get(id);
    if (!isReadable(record) || record.established === undefined || pod === undefined || wanted === undefined) return [];
    return cannotStart(pod) && !sameVolumes(record, wanted) ? [{ id, volumes: record.volumes }] : [];
  });
}

function departing({ cluster, world }: PlanInput) {
  return [...(cluster.departing?.keys() ?? [])].flatMap((id) => {
    const record = world.records.get(id);
    return isReadable(record) ? [{ id, volumes: record.volumes }] : [];
  });
}
