// /policies. Asked for a resource that has no policy of its own, NiFi answers with the one that applies, which has another id and
// resource: a client that changes it changes it for everything above.

import { randomUUID } from 'node:crypto';
import { HttpError } from '../errors.ts';
import { advance, bodyRevision, checkCreation, queryRevision, verifyRevision } from '../flow/revisions.ts';
import type { Call, Endpoint } from '../http/endpoint.ts';
import { authorize, effectivePolicy } from './authorize.ts';
import { checkManaged } from './endpoints.ts';
import { policyEntity } from './entities.ts';
import type { Action, Policy } from './model.ts';

interface PolicyBody {
  readonly component?: {
    readonly id?: string;
    readonly resource?: string;
    readonly action?: string;
    readonly users?: readonly { readonly id?: string }[];
    readonly userGroups?: readonly { readonly id?: string }[];
  };
}

export const policyEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/policies/{action}/{resource*}',
    scope: 'replicated',
    authorize: mayRead,
    run: (call) => {
      const action = actionOf(call.params['action']);
      const resource = `/${call.params['resource'] ?? ''}`;
      const policy = effectivePolicy(call.state, resource, action);
      if (!policy) throw new HttpError(404, `Unable to find access policy for ${action} on ${resource}`);
      return { json: policyEntity(call, policy, 'read') };
    },
  },
  {
    method: 'POST',
    path: '/policies',
    scope: 'replicated',
    check: checkNew,
    authorize: mayWrite,
    run: create,
  },
  {
    method: 'GET',
    path: '/policies/{id}',
    scope: 'replicated',
    authorize: mayRead,
    run: (call) => ({ json: policyEntity(call, policyOf(call), 'read') }),
  },
  {
    method: 'PUT',
    path: '/policies/{id}',
    scope: 'replicated',
    check: checkChange,
    authorize: mayWrite,
    verify: (call) => verifyRevision(call.state.revisions, policyOf(call).id, bodyRevision(call.body)),
    run: (call) => {
      const policy = policyOf(call);
      const { users, userGroups } = component(call);
      if (users) policy.users = known(users, call.state.users, 'user');
      if (userGroups) policy.userGroups = known(userGroups, call.state.userGroups, 'user group');
      advance(call.state.revisions, policy.id, bodyRevision(call.body));
      return { json: policyEntity(call, policy, 'written') };
    },
  },
  {
    method: 'DELETE',
    path: '/policies/{id}',
    scope: 'replicated',
    authorize: mayWrite,
    verify: (call) => verifyRevision(call.state.revisions, policyOf(call).id, queryRevision(call.query)),
    run: (call) => {
      const policy = policyOf(call);
      const entity = policyEntity(call, policy, 'gone');
      call.state.policies.delete(policy.id);
      return { json: entity };
    },
  },
];

function create(call: Call) {
  const { resource = '', action, users = [], userGroups = [] } = component(call);
  const wanted = actionOf(action);
  const taken = [...call.state.policies.values()].some(
    (policy) => policy.resource === resource && policy.action === wanted,
  );
  if (taken) throw new HttpError(409, `Found multiple policies for '${resource}' with '${wanted}'.`);
  const policy: Policy = {
    id: randomUUID(),
    resource,
    action: wanted,
    users: known(users, call.state.users, 'user'),
    userGroups: known(userGroups, call.state.userGroups, 'user group'),
  };
  call.state.policies.set(policy.id, policy);
  return { status: 201, json: policyEntity(call, policy, 'created'), location: call.uri(`/policies/${policy.id}`) };
}

function component(call: Call): NonNullable<PolicyBody['component']> {
  return (call.body as PolicyBody | undefined)?.component ?? {};
}

function policyOf(call: Call): Policy {
  const id = call.params['id'] ?? '';
  const policy = call.state.policies.get(id);
  if (!policy) throw new HttpError(404, `Unable to find access policy with id '${id}'.`);
  return policy;
}

function actionOf(text: string | undefined): Action {
  if (text === 'read' || text === 'write') return text;
  throw new HttpError(400, "Unknown request action: only 'read' and 'write' are known.");
}

function known(
  references: readonly { readonly id?: string }[],
  tenants: ReadonlyMap<string, unknown>,
  what: string,
): ReadonlySet<string> {
  const ids = references.map((reference) => reference.id ?? '');
  for (const id of ids) if (!tenants.has(id)) throw new HttpError(404, `Unable to find ${what} with id '${id}'.`);
  return new Set(ids);
}

function checkNew(call: Call): void {
  const { resource, action, id } = component(call);
  if (resource === undefined || action === undefined)
    throw new HttpError(400, 'Access policy details must be specified.');
  if (id !== undefined) throw new HttpError(400, 'Access policy ID cannot be specified.');
  checkCreation(call.body, 'Policy');
}

function checkChange(call: Call): void {
  bodyRevision(call.body);
  const id = call.params['id'] ?? '';
  const given = component(call).id;
  if (given !== id) {
    throw new HttpError(
      400,
      `The access policy id (${given ?? 'null'}) in the request body does not equal the access policy id of the requested resource (${id}).`,
    );
  }
}

function mayRead(call: Call): void {
  checkManaged(call);
  authorize(call.node.rules, call.state, call.user, '/policies', 'read');
}

function mayWrite(call: Call): void {
  checkManaged(call);
  authorize(call.node.rules, call.state, call.user, '/policies', 'write');
}
