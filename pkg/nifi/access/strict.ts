// `spec.access.strict`: what is neither ours, nor listed, nor the operator's or the nodes', is taken away: users, groups, and what
// somebody was given by hand beside the role. A policy that nobody is left in is deleted, so that its resource inherits again.

import type { PolicySummary, UserDetails } from '../endpoints/tenants.ts';
import { type Access, isOwn, keyOf, type RoleName, rightsOf, roleNames } from './roles.ts';
import type { Tenants } from './tenants.ts';

export async function removeForeign(tenants: Tenants, access: Access, root: string): Promise<void> {
  const rights = (kind: 'users' | 'groups', name: string): ReadonlySet<string> => {
    const roles = roleNames.filter((role: RoleName) => access[role][kind].includes(name));
    return new Set(roles.flatMap((role) => rightsOf(role, root).map(keyOf)));
  };
  for (const user of await tenants.users()) {
    if (access.untouched.includes(user.identity)) continue;
    const own = rights('users', user.identity);
    if (own.size === 0 && user.configurable) await tenants.removeUser(user);
    else await removeExtra(tenants, user, new Set([...own, ...throughGroups(tenants, user)]));
  }
  for (const group of tenants.groups) {
    if (isOwn(access, group.identity)) continue;
    const own = rights('groups', group.identity);
    if (own.size === 0 && group.configurable) await tenants.removeGroup(group);
    else await removeExtra(tenants, group, own);
  }
}

/** Of a user NiFi also tells what its groups may: not to be looked at one by one, of everybody in a directory. */
function throughGroups(tenants: Tenants, { groupIds }: UserDetails): readonly string[] {
  return tenants.groups.filter(({ id }) => groupIds.includes(id)).flatMap(({ policies }) => policies.map(keyOf));
}

async function removeExtra(
  tenants: Tenants,
  { id, policies }: { readonly id: string; readonly policies: readonly PolicySummary[] },
  own: ReadonlySet<string>,
): Promise<void> {
  for (const summary of policies.filter((policy) => !own.has(keyOf(policy)))) {
    await tenants.withdraw(await tenants.policy(summary), (each) => each === id, true);
  }
}
