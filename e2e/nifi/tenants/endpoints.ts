// /tenants: users and groups. They have revisions like components, beginning at 0.

import { randomUUID } from 'node:crypto';
import { HttpError } from '../errors.ts';
import { advance, bodyRevision, checkCreation, queryRevision, verifyRevision } from '../flow/revisions.ts';
import { timeOfDay } from '../format.ts';
import type { Call, Endpoint } from '../http/endpoint.ts';
import { authorize } from './authorize.ts';
import { groupEntity, tenantReference, userEntity } from './entities.ts';
import type { Tenant, UserGroup } from './model.ts';

interface TenantBody {
  readonly component?: {
    readonly id?: string;
    readonly identity?: string;
    readonly users?: readonly { readonly id?: string }[];
  };
}

export const tenantEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/tenants/users',
    scope: 'replicated',
    authorize: mayRead,
    run: (call) => ({
      json: {
        generated: timeOfDay(call.node.clock.now()),
        users: [...call.state.users.values()].map((user) => userEntity(call, user, 'read')),
      },
    }),
  },
  {
    method: 'POST',
    path: '/tenants/users',
    scope: 'replicated',
    check: (call) => checkNew(call, 'User'),
    authorize: mayWrite,
    run: (call) => {
      const user: Tenant = { id: randomUUID(), identity: newIdentity(call) };
      call.state.users.set(user.id, user);
      return { status: 201, json: userEntity(call, user, 'created'), location: call.uri(`/tenants/users/${user.id}`) };
    },
  },
  {
    method: 'GET',
    path: '/tenants/users/{id}',
    scope: 'replicated',
    authorize: mayRead,
    run: (call) => ({ json: userEntity(call, userOf(call), 'read') }),
  },
  {
    method: 'PUT',
    path: '/tenants/users/{id}',
    scope: 'replicated',
    check: checkChange,
    authorize: mayWrite,
    verify: (call) => verifyChange(call, configurable(userOf(call), 'user').id),
    run: (call) => {
      const user = userOf(call);
      user.identity = component(call).identity ?? user.identity;
      advance(call.state.revisions, user.id, bodyRevision(call.body));
      return { json: userEntity(call, user, 'written') };
    },
  },
  {
    method: 'DELETE',
    path: '/tenants/users/{id}',
    scope: 'replicated',
    authorize: mayWrite,
    verify: (call) => verifyDeletion(call, configurable(userOf(call), 'user').id),
    run: (call) => {
      const user = userOf(call);
      const entity = userEntity(call, user, 'gone');
      call.state.users.delete(user.id);
      for (const group of call.state.userGroups.values()) group.users = without(group.users, user.id);
      for (const policy of call.state.policies.values()) policy.users = without(policy.users, user.id);
      return { json: entity };
    },
  },
  {
    method: 'GET',
    path: '/tenants/user-groups',
    scope: 'replicated',
    authorize: mayRead,
    run: (call) => ({
      json: { userGroups: [...call.state.userGroups.values()].map((group) => groupEntity(call, group, 'read')) },
    }),
  },
  {
    method: 'POST',
    path: '/tenants/user-groups',
    scope: 'replicated',
    check: (call) => checkNew(call, 'User group'),
    authorize: mayWrite,
    run: (call) => {
      const group: UserGroup = { id: randomUUID(), identity: newIdentity(call), users: usersOf(call) };
      call.state.userGroups.set(group.id, group);
      return {
        status: 201,
        json: groupEntity(call, group, 'created'),
        location: call.uri(`/tenants/user-groups/${group.id}`),
      };
    },
  },
  {
    method: 'GET',
    path: '/tenants/user-groups/{id}',
    scope: 'replicated',
    authorize: mayRead,
    run: (call) => ({ json: groupEntity(call, groupOf(call), 'read') }),
  },
  {
    method: 'PUT',
    path: '/tenants/user-groups/{id}',
    scope: 'replicated',
    check: checkChange,
    authorize: mayWrite,
    verify: (call) => verifyChange(call, configurable(groupOf(call), 'user group').id),
    run: (call) => {
      const group = groupOf(call);
      group.identity = component(call).identity ?? group.identity;
      group.users = component(call).users === undefined ? group.users : usersOf(call);
      advance(call.state.revisions, group.id, bodyRevision(call.body));
      return { json: groupEntity(call, group, 'written') };
    },
  },
  {
    method: 'DELETE',
    path: '/tenants/user-groups/{id}',
    scope: 'replicated',
    authorize: mayWrite,
    verify: (call) => verifyDeletion(call, configurable(groupOf(call), 'user group').id),
    run: (call) => {
      const group = groupOf(call);
      const entity = groupEntity(call, group, 'gone');
      call.state.userGroups.delete(group.id);
      for (const policy of call.state.policies.values()) policy.userGroups = without(policy.userGroups, group.id);
      return { json: entity };
    },
  },
  {
    method: 'GET',
    path: '/tenants/search-results',
    scope: 'replicated',
    authorize: mayRead,
    run: (call) => {
      const text = (call.query.get('q') ?? '').toLowerCase();
      const matches = (tenant: Tenant | UserGroup) => tenant.identity.toLowerCase().includes(text);
      return {
        json: {
          users: [...call.state.users.values()].filter(matches).map((user) => tenantReference(call, user)),
          userGroups: [...call.state.userGroups.values()].filter(matches).map((group) => tenantReference(call, group)),
        },
      };
    },
  },
];

function component(call: Call): NonNullable<TenantBody['component']> {
  return (call.body as TenantBody | undefined)?.component ?? {};
}

function newIdentity(call: Call): string {
  const identity = component(call).identity ?? '';
  const taken = [...call.state.users.values(), ...call.state.userGroups.values()].some(
    (tenant) => tenant.identity === identity,
  );
  if (taken) throw new HttpError(409, `User/user group already exists with the identity '${identity}'.`);
  return identity;
}

function usersOf(call: Call): ReadonlySet<string> {
  const ids = (component(call).users ?? []).map((user) => user.id ?? '');
  for (const id of ids) if (!call.state.users.has(id)) throw new HttpError(404, `Unable to find user with id '${id}'.`);
  return new Set(ids);
}

function userOf(call: Call): Tenant {
  const id = call.params['id'] ?? '';
  const user = call.state.users.get(id);
  if (!user) throw new HttpError(404, `Unable to find user with id '${id}'.`);
  return user;
}

/** What a directory gives is not found by the provider that would have to change it. */
function configurable<T extends Tenant | UserGroup>(tenant: T, what: string): T {
  if (tenant.ofDirectory === true) throw new HttpError(404, `Unable to find ${what} with id '${tenant.id}'.`);
  return tenant;
}

function groupOf(call: Call): UserGroup {
  const id = call.params['id'] ?? '';
  const group = call.state.userGroups.get(id);
  if (!group) throw new HttpError(404, `Unable to find user group with id '${id}'.`);
  return group;
}

function checkNew(call: Call, what: string): void {
  if (component(call).identity === undefined) throw new HttpError(400, `${what} details must be specified.`);
  checkCreation(call.body, what);
}

function checkChange(call: Call): void {
  bodyRevision(call.body);
  const given = component(call).id;
  const id = call.params['id'] ?? '';
  if (given !== id) {
    throw new HttpError(
      400,
      `The id (${given ?? 'null'}) in the request body does not equal the id of the requested resource (${id}).`,
    );
  }
}

function verifyChange(call: Call, id: string): void {
  verifyRevision(call.state.revisions, id, bodyRevision(call.body));
}

function verifyDeletion(call: Call, id: string): void {
  verifyRevision(call.state.revisions, id, queryRevision(call.query));
}

function without(ids: ReadonlySet<string>, id: string): ReadonlySet<string> {
  return new Set([...ids].filter((other) => other !== id));
}

function mayRead(call: Call): void {
  checkManaged(call);
  authorize(call.node.rules, call.state, call.user, '/tenants', 'read');
}

function mayWrite(call: Call): void {
  checkManaged(call);
  authorize(call.node.rules, call.state, call.user, '/tenants', 'write');
}

/** Throws 409 where users and policies are not NiFi's own. */
export function checkManaged(call: Call): void {
  if (call.node.rules.managed) return;
  throw new HttpError(
    409,
    'This NiFi is not configured to internally manage users, groups, or policies.  Please contact your system administrator.',
  );
}
