// Decides whether an identity may do something, by NiFi's rules: the nearest policy on the way up decides alone.
// A resource without any policy on its way up is closed, and NiFi says so in other words than for a policy that leaves one out.

import { HttpError } from '../errors.ts';
import type { ClusterState } from '../flow/state.ts';
import type { Action, Policy } from './model.ts';

/** Who asks. */
export interface User {
  readonly identity: string;
  readonly anonymous: boolean;
}

export interface AccessRules {
  /** False where everybody who has a name may do everything: the single-user authorizer. */
  readonly managed: boolean;
}

const names: Readonly<Record<string, string>> = {
  '/flow': 'the user interface',
  '/controller': 'the controller',
  '/tenants': 'users/user groups',
  '/policies': 'policies',
  '/system': 'system',
  '/counters': 'counters',
  '/provenance': 'provenance',
  '/parameter-contexts': 'parameter contexts',
};
const groupResource = /^((?:\/[a-z-]+)?)\/process-groups\/(.+)$/;

/** The policy that decides: the resource's own, or the nearest one above it. */
export function effectivePolicy(state: ClusterState, resource: string, action: Action): Policy | undefined {
  for (const policy of state.policies.values()) {
    if (policy.resource === resource && policy.action === action) return policy;
  }
  const parent = parentResource(state, resource);
  return parent === undefined ? undefined : effectivePolicy(state, parent, action);
}

export function mayAccess(
  rules: AccessRules,
  state: ClusterState,
  user: User,
  resource: string,
  action: Action,
): boolean {
  if (!rules.managed) return true;
  const policy = effectivePolicy(state, resource, action);
  return policy !== undefined && listed(state, policy, user);
}

/** Throws 403 with NiFi's words. */
export function authorize(rules: AccessRules, state: ClusterState, user: User, resource: string, action: Action): void {
  if (mayAccess(rules, state, user, resource, action)) return;
  if (!effectivePolicy(state, resource, action)) {
    throw new HttpError(403, 'No applicable policies could be found. Contact the system administrator.');
  }
  const verb = action === 'read' ? 'view' : 'modify';
  throw new HttpError(403, `Unable to ${verb} ${nameOf(state, resource)}. Contact the system administrator.`);
}

export function permissions(rules: AccessRules, state: ClusterState, user: User, resource: string): Permissions {
  return {
    canRead: mayAccess(rules, state, user, resource, 'read'),
    canWrite: mayAccess(rules, state, user, resource, 'write'),
  };
}

export interface Permissions {
  readonly canRead: boolean;
  readonly canWrite: boolean;
}

/** Whether the resource names something that there is: `/process-groups/<id>` must exist, `/flow` always does. */
export function componentOf(state: ClusterState, resource: string): string | undefined {
  const id = groupResource.exec(resource)?.[2];
  return id !== undefined && state.groups.has(id) ? id : undefined;
}

function listed(state: ClusterState, policy: Policy, user: User): boolean {
  const tenants = [...state.users.values()].filter(({ identity }) => identity === user.identity);
  // CompositeConfigurableUserGroupProvider throws for an identity that two providers know: nobody gets in under it.
  if (new Set(tenants.map(({ ofDirectory }) => ofDirectory)).size > 1) {
    throw new HttpError(500, 'An unexpected error has occurred. Please check the logs for additional details.');
  }
  for (const tenant of tenants) {
    if (policy.users.has(tenant.id)) return true;
    for (const group of policy.userGroups) if (state.userGroups.get(group)?.users.has(tenant.id)) return true;
  }
  return false;
}

function parentResource(state: ClusterState, resource: string): string | undefined {
  if (resource === '/parameter-contexts') return '/controller';
  const match = groupResource.exec(resource);
  if (!match) return undefined;
  const [, kind = '', id = ''] = match;
  const parent = state.groups.get(id)?.parentId;
  if (parent !== undefined) return `${kind}/process-groups/${parent}`;
  if (kind === '/operation') return `/process-groups/${id}`;
  return kind === '/policies' ? '/policies' : undefined;
}

function nameOf(state: ClusterState, resource: string): string {
  const group = componentOf(state, resource);
  return group === undefined ? (names[resource] ?? resource) : `Process Group with ID ${group}`;
}
