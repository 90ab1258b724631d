// Parameter contexts: list, read, create, change in the background, delete. Source: OpenAPI of NiFi 2.11, transcript 05 of the
// reference; NiFi's ParameterContextResource.
// Surprising: NiFi never tells a sensitive value. In a change, a parameter that is only named is removed, a sensitive one with a null value
// keeps what it has, and what is not named at all stays. Names of contexts are unique, so one cannot be created twice.

import { booleanIn, field, type JsonObject, listIn, objectAt, objectIn, optional, textIn } from '../decode.ts';
import type { NodeCalls } from '../types.ts';
import { type AsyncProgress, decodeProgress } from './async-requests.ts';
import { nextRevision, type Revision, revisionIn, revisionQuery } from './controller.ts';

export interface Parameter {
  readonly name: string;
  readonly description: string;
  readonly sensitive: boolean;
  /** null is "no value set"; absent when it is sensitive, which NiFi does not tell. */
  readonly value?: string | null;
  /** It comes from a parameter provider and is not ours to change. */
  readonly provided: boolean;
}

export interface ParameterContext {
  readonly id: string;
  readonly revision: Revision;
  readonly name: string;
  readonly description: string;
  /** Its own, not those that it inherits. */
  readonly parameters: readonly Parameter[];
  /** Ids, the one that wins first. */
  readonly inherited: readonly string[];
  /** Ids of the process groups that use it. */
  readonly boundGroups: readonly string[];
}

export type ParameterWrite =
  /** Creates or changes it. */
  | {
      readonly name: string;
      readonly sensitive: boolean;
      /** null: no value set. */
      readonly value: string | null;
      readonly description?: string;
    }
  /** Removes it; refused while something that runs refers to it. */
  | { readonly name: string; readonly remove: true };

export interface ParameterContextChange {
  readonly name?: string;
  readonly description?: string;
  readonly parameters: readonly ParameterWrite[];
  /** The whole new order of ids; what there is stays when absent. */
  readonly inherited?: readonly string[];
}

/** GET /flow/parameter-contexts: all that the operator may read. */
export async function listParameterContexts(node: NodeCalls): Promise<readonly ParameterContext[]> {
  const answer = objectAt(await node.request({ method: 'GET', path: '/flow/parameter-contexts' }), 'answer');
  return listIn(answer, 'parameterContexts')
    .map((each) => objectAt(each, 'parameter context'))
    .filter((entity) => booleanIn(objectIn(entity, 'permissions'), 'canRead'))
    .map(decodeContext);
}

/** GET /parameter-contexts/{id}; kind `NotFound` when there is none. */
export async function getParameterContext(node: NodeCalls, id: string): Promise<ParameterContext> {
  return decodeContext(await node.request({ method: 'GET', path: '/parameter-contexts/{id}', params: { id } }));
}

/** POST /parameter-contexts; 409 with kind `AlreadyExists` when the name is taken. */
export async function createParameterContext(
  node: NodeCalls,
  context: ParameterContextChange & { readonly name: string },
): Promise<ParameterContext> {
  const body = { revision: nextRevision({ version: 0 }), component: componentOf(context) };
  return decodeContext(await node.request({ method: 'POST', path: '/parameter-contexts', body }));
}

/**
 * POST /parameter-contexts/{id}/update-requests: stops what uses a changed parameter, changes it, starts it again. 409 when it cannot be
 * done at all, such as a change of what is sensitive.
 */
export async function startParameterUpdate(
  node: NodeCalls,
  context: Pick<ParameterContext, 'id' | 'revision'>,
  change: ParameterContextChange,
): Promise<AsyncProgress> {
  const { id } = context;
  const body = { id, revision: nextRevision(context.revision), component: { id, ...componentOf(change) } };
  const path = '/parameter-contexts/{id}/update-requests';
  return decodeProgress(await node.request({ method: 'POST', path, params: { id }, body }));
}

/** GET …/update-requests/{requestId}, asked of the node that took it; kind `NotFound` when the node forgot it. */
export async function getParameterUpdate(node: NodeCalls, id: string, requestId: string): Promise<AsyncProgress> {
  const path = '/parameter-contexts/{id}/update-requests/{requestId}';
  return decodeProgress(await node.request({ method: 'GET', path, params: { id, requestId } }));
}

/** DELETE …/update-requests/{requestId}; cancels one that is not complete. */
export async function deleteParameterUpdate(node: NodeCalls, id: string, requestId: string): Promise<void> {
  const path = '/parameter-contexts/{id}/update-requests/{requestId}';
  await node.request({ method: 'DELETE', path, params: { id, requestId } });
}

/** DELETE /parameter-contexts/{id}; 409 (`InUse`) while another context inherits it or something that runs uses it. */
export async function deleteParameterContext(
  node: NodeCalls,
  context: Pick<ParameterContext, 'id' | 'revision'>,
): Promise<void> {
  const { id } = context;
  const query = revisionQuery(context.revision);
  await node.request({ method: 'DELETE', path: '/parameter-contexts/{id}', params: { id }, query });
}

function componentOf(change: ParameterContextChange): object {
  const { parameters, inherited, ...settings } = change;
  return {
    ...settings,
    parameters: parameters.map((parameter) => ({ parameter: written(parameter) })),
    ...(inherited && { inheritedParameterContexts: inherited.map((id) => ({ id, component: { id } })) }),
  };
}

function written(write: ParameterWrite): object {
  if ('remove' in write) {
    return { name: write.name };
  }
  // `sensitive` is always there, so NiFi never takes this for a removal; a null value alone would keep what there is.
  return write.value === null ? { ...write, valueRemoved: true } : write;
}

function decodeContext(value: unknown): ParameterContext {
  const entity = objectAt(value, 'parameter context');
  const component = objectIn(entity, 'component');
  return {
    id: textIn(entity, 'id'),
    revision: revisionIn(entity),
    name: textIn(component, 'name'),
    description: optional(component, 'description', textIn).description ?? '',
    parameters: listIn(component, 'parameters')
      .map((each) => objectIn(objectAt(each, 'parameter'), 'parameter'))
      .filter((parameter) => field(parameter, 'inherited') !== true)
      .map(decodeParameter)
      // NiFi keeps sets: the order of an answer means nothing and may differ from node to node.
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    inherited: listIn(component, 'inheritedParameterContexts').map(idOf),
    boundGroups: listIn(component, 'boundProcessGroups').map(idOf).toSorted(),
  };
}

function decodeParameter(parameter: JsonObject): Parameter {
  const sensitive = booleanIn(parameter, 'sensitive');
  return {
    name: textIn(parameter, 'name'),
    description: optional(parameter, 'description', textIn).description ?? '',
    sensitive,
    ...(sensitive ? {} : { value: optional(parameter, 'value', textIn).value ?? null }),
    provided: field(parameter, 'provided') === true,
  };
}

function idOf(reference: unknown): string {
  return textIn(objectAt(reference, 'reference'), 'id');
}
