// Fills users and policies from authorizers.xml where a disk has none yet.
// The initial admin gets no policy on the root process group, /system or /provenance: the flow is made later than the policies.

import type { AccessSeed } from '../config/authorizers.ts';
import { type IdentityMapping, mapIdentity } from '../config/identity.ts';
import { StartRefused } from '../errors.ts';
import type { ClusterState } from '../flow/state.ts';
import { type Action, nameUuid } from './model.ts';

const adminPolicies: readonly (readonly [string, Action])[] = [
  ['/flow', 'read'],
  ['/tenants', 'read'],
  ['/tenants', 'write'],
  ['/policies', 'read'],
  ['/policies', 'write'],
  ['/controller', 'read'],
  ['/controller', 'write'],
];
const nodePolicies: readonly (readonly [string, Action])[] = [
  ['/proxy', 'write'],
  ['/controller', 'read'],
];

/** Throws StartRefused when an identity that is to get policies is no initial user. */
export function checkSeed(seed: AccessSeed, mappings: readonly IdentityMapping[]): void {
  const users = new Set(seed.users.map((identity) => mapIdentity(mappings, identity)));
  if (seed.admin !== undefined && !users.has(mapIdentity(mappings, seed.admin))) {
    throw new StartRefused(`Unable to locate initial admin ${mapIdentity(mappings, seed.admin)} to seed policies`);
  }
  for (const node of seed.nodes) {
    const identity = mapIdentity(mappings, node);
    if (!users.has(identity)) throw new StartRefused(`Unable to locate node ${identity} to seed policies.`);
  }
}

/** Seeds an empty state. */
export function seedAccess(state: ClusterState, seed: AccessSeed, mappings: readonly IdentityMapping[]): void {
  for (const unmapped of seed.users) {
    const identity = mapIdentity(mappings, unmapped);
    const id = nameUuid(identity);
    state.users.set(id, { id, identity });
  }
  for (const identity of seed.groups) {
    const id = nameUuid(identity);
    state.userGroups.set(id, { id, identity, users: new Set() });
  }
  if (seed.admin !== undefined) grant(state, adminPolicies, mapIdentity(mappings, seed.admin));
  for (const node of seed.nodes) grant(state, nodePolicies, mapIdentity(mappings, node));
}

function grant(state: ClusterState, policies: readonly (readonly [string, Action])[], identity: string): void {
  const user = nameUuid(identity);
  for (const [resource, action] of policies) {
    const id = nameUuid(`${resource} ${action}`);
    const known = state.policies.get(id);
    if (known) known.users = new Set([...known.users, user]);
    else state.policies.set(id, { id, resource, action, users: new Set([user]), userGroups: new Set() });
  }
}
