// NiFi's users and groups. Source: OpenAPI of NiFi 2.11, transcript 02 of the reference.
// Surprising: the search matches parts of an identity without regard to case, so the answer is compared again. What a user or group
// may do is told as summaries: of a user also what its groups may.

import { booleanIn, type JsonObject, listIn, objectAt, objectIn, optional, textIn } from '../decode.ts';
import type { NodeCalls } from '../types.ts';
import { nextRevision, type Revision, revisionIn, revisionQuery } from './controller.ts';
import type { PolicyAction } from './policies.ts';

export interface User {
  readonly id: string;
  readonly identity: string;
  /** False for one of a directory, which NiFi cannot change. */
  readonly configurable: boolean;
}

/** A policy by what it is about. */
export interface PolicySummary {
  readonly id: string;
  readonly action: PolicyAction;
  readonly resource: string;
}

export interface UserDetails extends User {
  readonly revision: Revision;
  readonly groupIds: readonly string[];
  /** Those of its groups among them. */
  readonly policies: readonly PolicySummary[];
}

export interface UserGroup {
  readonly id: string;
  readonly identity: string;
  readonly revision: Revision;
  readonly configurable: boolean;
  readonly users: readonly User[];
  readonly policies: readonly PolicySummary[];
}

/** The user of exactly this identity, a directory's before one of NiFi's own; undefined when there is none. Needs `/tenants` read. */
export async function findUser(node: NodeCalls, identity: string): Promise<User | undefined> {
  const found = await findUsers(node, identity);
  return found.find(({ configurable }) => !configurable) ?? found[0];
}

/** All users of exactly this identity: a directory and NiFi's own file may both have it. */
export async function findUsers(node: NodeCalls, identity: string): Promise<readonly User[]> {
  const path = '/tenants/search-results';
  const answer = objectAt(await node.request({ method: 'GET', path, query: { q: identity } }), 'answer');
  return listIn(answer, 'users')
    .map(decodeUser)
    .filter((user) => user.identity === identity);
}

/** GET /tenants/users: all of them, those of a directory as well. */
export async function listUsers(node: NodeCalls): Promise<readonly UserDetails[]> {
  const answer = objectAt(await node.request({ method: 'GET', path: '/tenants/users' }), 'answer');
  return listIn(answer, 'users').map(decodeDetails);
}

/** GET /tenants/users/{id}. */
export async function getUser(node: NodeCalls, id: string): Promise<UserDetails> {
  return decodeDetails(await node.request({ method: 'GET', path: '/tenants/users/{id}', params: { id } }));
}

/** POST /tenants/users; 409 with kind `AlreadyExists` when the identity is taken. */
export async function createUser(node: NodeCalls, identity: string): Promise<User> {
  const body = { revision: nextRevision({ version: 0 }), component: { identity } };
  return decodeUser(await node.request({ method: 'POST', path: '/tenants/users', body }));
}

/** DELETE /tenants/users/{id}: it is taken out of every group and policy as well (StandardPolicyBasedAuthorizerDAO). */
export async function deleteUser(node: NodeCalls, { id, revision }: UserDetails): Promise<void> {
  await node.request({ method: 'DELETE', path: '/tenants/users/{id}', params: { id }, query: revisionQuery(revision) });
}

/** GET /tenants/user-groups: all of them with their members and what they may do, those of a directory as well. */
export async function listUserGroups(node: NodeCalls): Promise<readonly UserGroup[]> {
  const answer = objectAt(await node.request({ method: 'GET', path: '/tenants/user-groups' }), 'answer');
  return listIn(answer, 'userGroups').map(decodeGroup);
}

/** POST /tenants/user-groups without members; 409 with kind `AlreadyExists` when the identity is taken. */
export async function createUserGroup(node: NodeCalls, identity: string): Promise<UserGroup> {
  const body = { revision: nextRevision({ version: 0 }), component: { identity, users: [] } };
  return decodeGroup(await node.request({ method: 'POST', path: '/tenants/user-groups', body }));
}

/** PUT /tenants/user-groups/{id} with the whole new list of members. */
export async function putUserGroup(node: NodeCalls, group: UserGroup, userIds: readonly string[]): Promise<UserGroup> {
  const { id, identity, revision } = group;
  const users = userIds.map((each) => ({ id: each }));
  const body = { revision: nextRevision(revision), component: { id, identity, users } };
  return decodeGroup(await node.request({ method: 'PUT', path: '/tenants/user-groups/{id}', params: { id }, body }));
}

/** DELETE /tenants/user-groups/{id}: it is taken out of every policy as well. */
export async function deleteUserGroup(node: NodeCalls, { id, revision }: UserGroup): Promise<void> {
  const path = '/tenants/user-groups/{id}';
  await node.request({ method: 'DELETE', path, params: { id }, query: revisionQuery(revision) });
}

function decodeUser(value: unknown): User {
  const entity = objectAt(value, 'user');
  const component = objectIn(entity, 'component');
  const { configurable = true } = optional(component, 'configurable', booleanIn);
  return { id: textIn(entity, 'id'), identity: textIn(component, 'identity'), configurable };
}

function decodeDetails(value: unknown): UserDetails {
  const entity = objectAt(value, 'user');
  const component = objectIn(entity, 'component');
  return {
    ...decodeUser(value),
    revision: revisionIn(entity),
    groupIds: listIn(component, 'userGroups').map((group) => textIn(objectAt(group, 'group'), 'id')),
    policies: policiesIn(component),
  };
}

function decodeGroup(value: unknown): UserGroup {
  const entity = objectAt(value, 'group');
  const component = objectIn(entity, 'component');
  return {
    id: textIn(entity, 'id'),
    identity: textIn(component, 'identity'),
    revision: revisionIn(entity),
    configurable: booleanIn(component, 'configurable'),
    users: listIn(component, 'users').map(decodeUser),
    policies: policiesIn(component),
  };
}

function policiesIn(component: JsonObject): readonly PolicySummary[] {
  return listIn(component, 'accessPolicies').map((value) => {
    const entity = objectAt(value, 'policy');
    const policy = objectIn(entity, 'component');
    const action = textIn(policy, 'action') === 'read' ? 'read' : 'write';
    return { id: textIn(entity, 'id'), action, resource: textIn(policy, 'resource') };
  });
}
