// NiFi's users. Source: OpenAPI of NiFi 2.11, transcript 02 of the reference.
// Surprising: the search matches parts of an identity without regard to case, so the answer is compared again.

import { listIn, objectAt, objectIn, textIn } from '../decode.ts';
import type { NodeCalls } from '../types.ts';
import { nextRevision } from './controller.ts';

export interface User {
  readonly id: string;
  readonly identity: string;
}

/** The user of exactly this identity; undefined when there is none. Needs `/tenants` read. */
export async function findUser(node: NodeCalls, identity: string): Promise<User | undefined> {
  const path = '/tenants/search-results';
  const answer = objectAt(await node.request({ method: 'GET', path, query: { q: identity } }), 'answer');
  return listIn(answer, 'users')
    .map(decodeUser)
    .find((user) => user.identity === identity);
}

/** POST /tenants/users; 409 with kind `AlreadyExists` when the identity is taken. */
export async function createUser(node: NodeCalls, identity: string): Promise<User> {
  const body = { revision: nextRevision({ version: 0 }), component: { identity } };
  return decodeUser(await node.request({ method: 'POST', path: '/tenants/users', body }));
}

function decodeUser(value: unknown): User {
  const entity = objectAt(value, 'user');
  return { id: textIn(entity, 'id'), identity: textIn(objectIn(entity, 'component'), 'identity') };
}
