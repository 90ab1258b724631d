// Users, groups and policies as NiFi's JSON shows them. A revision with `lastModifier` is only in the answer to a write.

import { bodyRevision, revisionEntity } from '../flow/revisions.ts';
import type { ClusterState } from '../flow/state.ts';
import { timeOfDay } from '../format.ts';
import type { Call } from '../http/endpoint.ts';
import { componentOf, permissions } from './authorize.ts';
import type { Policy, Tenant, UserGroup } from './model.ts';

type Json = Readonly<Record<string, unknown>>;

/** What an entity is the answer to. After a creation it shows the creator's clientId, which is not kept; a DELETE's has no revision. */
export type Shown = 'read' | 'created' | 'written' | 'gone';

export function userEntity(call: Call, user: Tenant, shown: Shown): Json {
  return {
    ...head(call, user.id, `/tenants/users/${user.id}`, shown),
    ...(shown === 'gone' ? {} : { bulletins: [] }),
    component: {
      id: user.id,
      identity: user.identity,
      configurable: user.ofDirectory !== true,
      userGroups: groupsOf(call.state, user).map((group) => tenantReference(call, group)),
      accessPolicies: policiesOf(call.state, (policy) => reaches(call.state, policy, user)).map((policy) =>
        policySummary(call, policy),
      ),
    },
  };
}

export function groupEntity(call: Call, group: UserGroup, shown: Shown): Json {
  return {
    ...head(call, group.id, `/tenants/user-groups/${group.id}`, shown),
    ...(shown === 'gone' ? {} : { bulletins: [] }),
    component: {
      id: group.id,
      identity: group.identity,
      configurable: group.ofDirectory !== true,
      users: present(group.users, call.state.users).map((user) => tenantReference(call, user)),
      accessPolicies: policiesOf(call.state, (policy) => policy.userGroups.has(group.id)).map((policy) =>
        policySummary(call, policy),
      ),
    },
  };
}

export function policyEntity(call: Call, policy: Policy, shown: Shown): Json {
  return {
    ...head(call, policy.id, `/policies/${policy.id}`, shown, '/policies'),
    ...(shown === 'gone' ? {} : { bulletins: [] }),
    generated: timeOfDay(call.node.clock.now()),
    component: {
      id: policy.id,
      resource: policy.resource,
      action: policy.action,
      ...componentReference(call, policy),
      configurable: true,
      users: present(policy.users, call.state.users).map((user) => tenantReference(call, user)),
      userGroups: present(policy.userGroups, call.state.userGroups).map((group) => tenantReference(call, group)),
    },
  };
}

export function tenantReference(call: Call, tenant: Tenant | UserGroup): Json {
  return {
    revision: revisionEntity(call.state.revisions, tenant.id),
    id: tenant.id,
    permissions: permissions(call.node.rules, call.state, call.user, '/tenants'),
    component: { id: tenant.id, identity: tenant.identity, configurable: tenant.ofDirectory !== true },
  };
}

function policySummary(call: Call, policy: Policy): Json {
  return {
    revision: revisionEntity(call.state.revisions, policy.id),
    id: policy.id,
    permissions: permissions(call.node.rules, call.state, call.user, '/policies'),
    component: {
      id: policy.id,
      resource: policy.resource,
      action: policy.action,
      ...componentReference(call, policy),
      configurable: true,
    },
  };
}

function componentReference(call: Call, policy: Policy): Json {
  const id = componentOf(call.state, policy.resource);
  const group = id === undefined ? undefined : call.state.groups.get(id);
  if (!group) return {};
  return {
    componentReference: {
      revision: revisionEntity(call.state.revisions, group.id),
      id: group.id,
      ...(group.parentId === undefined ? {} : { parentGroupId: group.parentId }),
      permissions: permissions(call.node.rules, call.state, call.user, `/process-groups/${group.id}`),
      component: { id: group.id, name: group.name },
    },
  };
}

function head(call: Call, id: string, path: string, shown: Shown, resource = '/tenants'): Json {
  const allowed = { permissions: permissions(call.node.rules, call.state, call.user, resource) };
  if (shown === 'gone') return { id, ...allowed };
  const lastModifier = shown === 'read' ? undefined : call.user.identity;
  const revision = revisionEntity(call.state.revisions, id, lastModifier);
  const clientId = shown === 'created' ? bodyRevision(call.body).clientId : undefined;
  return {
    revision: { ...(clientId === undefined ? {} : { clientId }), ...revision },
    id,
    uri: call.uri(path),
    ...allowed,
  };
}

function groupsOf(state: ClusterState, user: Tenant): readonly UserGroup[] {
  return [...state.userGroups.values()].filter((group) => group.users.has(user.id));
}

/** Of a user NiFi also tells what its groups may (StandardPolicyBasedAuthorizerDAO.getAccessPoliciesForUser). */
function reaches(state: ClusterState, policy: Policy, user: Tenant): boolean {
  return policy.users.has(user.id) || groupsOf(state, user).some((group) => policy.userGroups.has(group.id));
}

function policiesOf(state: ClusterState, picks: (policy: Policy) => boolean): readonly Policy[] {
  return [...state.policies.values()].filter(picks);
}

function present<T>(ids: ReadonlySet<string>, known: ReadonlyMap<string, T>): readonly T[] {
  return [...ids].map((id) => known.get(id)).filter((item) => item !== undefined);
}
