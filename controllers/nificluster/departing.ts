// What the spec would ask of nodes that leave and cannot start, as if they were members. Pure.
// They are members for nothing else. One whose settings are not in order is left out: what is wrong with them is told once it
// is a member again.

import type { DefaultedNiFiCluster } from '../../api/v1/zz_generated.nificluster.ts';
import { stuckLeavers } from './plan/stuck-leavers.ts';
import type { World } from './plan/world.ts';
import type { References } from './references.ts';
import type { ResolvedCluster } from './resolved.ts';
import { type SignInState, withSignIn } from './sign-in.ts';
import { validate } from './validate.ts';

interface Known {
  readonly object: DefaultedNiFiCluster;
  /** Those of the members: a node that refers to others of its own is left out. */
  readonly references: References;
  readonly signIn: SignInState;
  readonly world: World;
}

export function withDeparting(cluster: ResolvedCluster, { object, references, signIn, world }: Known): ResolvedCluster {
  const ids = stuckLeavers({ cluster, world });
  if (ids.length === 0) return cluster;
  const asMembers = { ...object, spec: { ...object.spec, nodeIds: ids } };
  return { ...cluster, departing: withSignIn(validate(asMembers, references).cluster, signIn).nodes };
}
