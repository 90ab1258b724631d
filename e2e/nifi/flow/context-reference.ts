// How a group, a parameter and a context name a parameter context.

import type { Json } from '../format.ts';
import type { Call } from '../http/endpoint.ts';
import { permissions } from '../tenants/authorize.ts';
import type { ParameterContext } from './state.ts';

/** `{parameterContext: …}`, or nothing for a group without one. */
export function contextReference(call: Call, id: string | undefined): Json {
  const context = id === undefined ? undefined : call.state.parameterContexts.get(id);
  return context ? { parameterContext: referenceTo(call, context) } : {};
}

export function referenceTo(call: Call, { id, name }: ParameterContext): Json {
  return {
    id,
    permissions: permissions(call.node.rules, call.state, call.user, '/parameter-contexts'),
    component: { id, name },
  };
}
