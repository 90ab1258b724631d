// NiFi's access policies: who may do what. Source: OpenAPI of NiFi 2.11, transcript 02 of the reference.
// Surprising: asked for the policy of a resource that has none, NiFi may answer with that of a parent. Writing to that one would
// give rights on the parent, so such an answer is marked as inherited and is never to be changed.

import { listIn, objectAt, objectIn, textIn } from '../decode.ts';
import { NiFiApiError } from '../errors.ts';
import type { NodeCalls } from '../types.ts';
import { nextRevision, type Revision, revisionIn, revisionQuery } from './controller.ts';
import type { PolicySummary } from './tenants.ts';

export type PolicyAction = 'read' | 'write';

export interface Policy {
  readonly id: string;
  readonly revision: Revision;
  readonly action: PolicyAction;
  /** The resource that was asked for, e.g. `/data/process-groups/<id>`. */
  readonly resource: string;
  /** The answer is the policy of another resource, from which this one inherits. */
  readonly inherited: boolean;
  readonly userIds: readonly string[];
  readonly groupIds: readonly string[];
}

export interface NewPolicy {
  readonly action: PolicyAction;
  readonly resource: string;
  readonly userIds: readonly string[];
  readonly groupIds: readonly string[];
}

/** GET /policies/{action}/{resource}; undefined when neither the resource nor a parent has one. */
export async function findPolicy(node: NodeCalls, action: PolicyAction, resource: string): Promise<Policy | undefined> {
  const params = { action, resource: resource.slice(1) };
  try {
    const answer = await node.request({ method: 'GET', path: '/policies/{action}/{resource}', params });
    return decodePolicy(answer, action, resource);
  } catch (error) {
    if (error instanceof NiFiApiError && error.kind === 'NotFound') {
      return undefined;
    }
    throw error;
  }
}

/** GET /policies/{id}: exactly that one. */
export async function getPolicy(node: NodeCalls, { id, action, resource }: PolicySummary): Promise<Policy> {
  return decodePolicy(await node.request({ method: 'GET', path: '/policies/{id}', params: { id } }), action, resource);
}

/** DELETE /policies/{id}: what is below inherits again. */
export async function deletePolicy(node: NodeCalls, { id, revision }: Policy): Promise<void> {
  await node.request({ method: 'DELETE', path: '/policies/{id}', params: { id }, query: revisionQuery(revision) });
}

/** POST /policies; 409 with kind `AlreadyExists` when the resource has one by now. */
export async function createPolicy(node: NodeCalls, policy: NewPolicy): Promise<Policy> {
  const { action, resource } = policy;
  const body = { revision: nextRevision({ version: 0 }), component: { action, resource, ...tenantsOf(policy) } };
  return decodePolicy(await node.request({ method: 'POST', path: '/policies', body }), action, resource);
}

/** PUT /policies/{id} with the whole new list of users and groups. */
export async function putPolicy(node: NodeCalls, policy: Policy): Promise<Policy> {
  const { id, action, resource } = policy;
  const body = { revision: nextRevision(policy.revision), component: { id, ...tenantsOf(policy) } };
  return decodePolicy(
    await node.request({ method: 'PUT', path: '/policies/{id}', params: { id }, body }),
    action,
    resource,
  );
}

function tenantsOf(policy: NewPolicy): object {
  return {
    users: policy.userIds.map((id) => ({ id })),
    userGroups: policy.groupIds.map((id) => ({ id })),
  };
}

function decodePolicy(value: unknown, action: PolicyAction, resource: string): Policy {
  const entity = objectAt(value, 'policy');
  const component = objectIn(entity, 'component');
  return {
    id: textIn(entity, 'id'),
    revision: revisionIn(entity),
    action,
    resource,
    inherited: textIn(component, 'resource') !== resource,
    userIds: listIn(component, 'users').map(idOf),
    groupIds: listIn(component, 'userGroups').map(idOf),
  };
}

function idOf(tenant: unknown): string {
  return textIn(objectAt(tenant, 'tenant'), 'id');
}
