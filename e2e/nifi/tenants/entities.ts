// Users, groups and policies as NiFi's JSON shows them. A revision with `lastModifier` is only in the answer to a write.

import { revisionEntity } from '../flow/revisions.ts';
import type { ClusterState } from '../flow/state.ts';
import { timeOfDay } from '../format.ts';
import type { Call } from '../http/endpoint.ts';
import { componentOf, permissions } from './authorize.ts';
import type { Policy, Tenant, UserGroup } from './model.ts';

type Json = Readonly<Record<string, unknown>>;

/** `shown`: how the revision is shown; `gone` is the answer to a DELETE, which has neither revision nor uri. */
export type Shown = 'read' | 'written' | 'gone';

export function userEntity(call: Call, user: Tenant, shown: Shown): Json {
  return {
    ...head(call, user.id, `/tenants/users/${user.id}`, shown),
    ...(shown === 'gone' ? {} : { bulletins: [] }),
    component: {
      id: user.id,
      identity: user.identity,
      configurable: true,
      userGroups: groupsOf(call.state, user).map((group) => tenantReference(call, group)),
      accessPolicies: policiesOf(call.state, (policy) => policy.users.has(user.id)).map((policy) =>
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
      configurable: true,
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
    component: { id: tenant.id, identity: tenant.identity, configurable: true },
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
  const lastModifier = shown === 'written' ? call.user.identity : undefined;
  return {
    ...(shown === 'gone' ? {} : { revision: revisionEntity(call.state.revisions, id, lastModifier) }),
    id,
    ...(shown === 'gone' ? {} : { uri: call.uri(path) }),
    permissions: permissions(call.node.rules, call.state, call.user, resource),
  };
}

function groupsOf(state: ClusterState, user: Tenant): readonly UserGroup[] {
  return [...state.userGroups.values()].filter((group) => group.users.has(user.id));
}

function policiesOf(state: ClusterState, picks: (policy: Policy) => boolean): readonly Policy[] {
  return [...state.policies.values()].filter(picks);
}

function present<T>(ids: ReadonlySet<string>, known: ReadonlyMap<string, T>): readonly T[] {
  return [...ids].map((id) => known.get(id)).filter((item) => item !== undefined);
}
