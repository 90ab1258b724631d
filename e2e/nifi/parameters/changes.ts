// What a request makes of a context's parameters (StandardParameterContextDAO.createParameter, StandardParameterContext): a name alone
// removes; a value that is not given stays; `valueRemoved` takes it away. And what NiFi refuses.

import { HttpError } from '../errors.ts';
import { heirs, referencing } from '../flow/parameter-references.ts';
import { componentLabel } from '../flow/scheduling.ts';
import type { ClusterState, Component, ControllerService, Parameter, ParameterContext } from '../flow/state.ts';

export interface ParameterBody {
  readonly name?: string;
  readonly value?: string | null;
  readonly sensitive?: boolean | null;
  readonly description?: string | null;
  readonly valueRemoved?: boolean | null;
  readonly inherited?: boolean | null;
}

export interface ContextBody {
  readonly id?: string;
  readonly name?: string;
  readonly description?: string | null;
  readonly parameters?: readonly { readonly parameter?: ParameterBody }[];
  readonly inheritedParameterContexts?: readonly { readonly id?: string }[];
}

const legalName = /^[A-Za-z0-9. _-]+$/;

/** Throws 400 for a name that NiFi does not take. */
export function checkNames({ parameters = [] }: ContextBody): void {
  for (const { parameter } of parameters) {
    const name = parameter?.name ?? '';
    if (legalName.test(name)) continue;
    throw new HttpError(
      400,
      `Request contains an illegal Parameter Name (${name}). Parameter names may only include letters, numbers, spaces, and the special characters .-_`,
    );
  }
}

/** The parameters as they are after the request; what it does not name stays. */
export function changedParameters(
  before: readonly Parameter[],
  { parameters = [] }: ContextBody,
): readonly Parameter[] {
  const after = new Map(before.map((parameter) => [parameter.name, parameter]));
  for (const { parameter: given } of parameters) {
    if (!given?.name || given.inherited) continue;
    const name = given.name.trim();
    const known = after.get(name);
    after.delete(name);
    if (isRemoval(given)) continue;
    const kept = known?.value ?? null;
    after.set(name, {
      name,
      sensitive: given.sensitive === true,
      description: given.description ?? known?.description,
      value: given.value ?? (given.valueRemoved === true ? null : kept),
    });
  }
  return [...after.values()];
}

export function inheritedIds(
  context: ParameterContext,
  { inheritedParameterContexts }: ContextBody,
): readonly string[] {
  return inheritedParameterContexts?.map(({ id }) => id ?? '') ?? context.inherited;
}

/** Throws 404 for a context that is not there and 409 for a circle. */
export function checkInherited(state: ClusterState, id: string | undefined, ids: readonly string[]): void {
  for (const inherited of ids) {
    const context = state.parameterContexts.get(inherited);
    if (!context) throw new HttpError(404, `Unable to find Parameter Context with id '${inherited}'.`);
    if (id === undefined || !heirs(state, id).has(inherited)) continue;
    throw new HttpError(
      409,
      `Circular references in Parameter Contexts not allowed. [${context.name}] was detected in a cycle.`,
    );
  }
}

/** Throws 409 when a parameter would change its sensitivity, or go while something that runs refers to it. */
export function checkChanges(state: ClusterState, context: ParameterContext, body: ContextBody): void {
  for (const { parameter: given } of body.parameters ?? []) {
    const known = context.parameters.find(({ name }) => name === given?.name?.trim());
    if (!known || !given) continue;
    if (isRemoval(given)) checkRemoval(state, context, known.name);
    else if (known.sensitive !== (given.sensitive === true)) {
      const word = (sensitive: boolean): string => (sensitive ? 'sensitive' : 'not sensitive');
      throw refused(
        context,
        `Cannot update Parameters because doing so would change Parameter '${known.name}' from ${word(known.sensitive)} to ${word(!known.sensitive)}`,
      );
    }
  }
}

/** Components that get another value by this request: by a changed parameter, or by what is inherited from now on. */
export function affectedComponents(
  state: ClusterState,
  context: ParameterContext,
  body: ContextBody,
): readonly (Component | ControllerService)[] {
  const after = new Map(changedParameters(context.parameters, body).map((parameter) => [parameter.name, parameter]));
  const names = new Set([...context.parameters.map(({ name }) => name), ...after.keys()]);
  const changed = [...names].filter((name) => {
    const before = context.parameters.find((parameter) => parameter.name === name);
    return before?.value !== after.get(name)?.value;
  });
  const found = changed.flatMap((name) => referencing(state, { ...context, parameters: [...after.values()] }, name));
  return [...new Map(found.map((component) => [component.id, component])).values()];
}

function checkRemoval(state: ClusterState, context: ParameterContext, name: string): void {
  for (const component of referencing(state, context, name)) {
    if ('scheduled' in component && component.scheduled === 'RUNNING') {
      throw refused(
        context,
        `Cannot remove parameter '${name}' because it is referenced by ${componentLabel(component)}, which is currently running`,
      );
    }
    if ('state' in component && component.state !== 'DISABLED') {
      throw refused(
        context,
        `Cannot remove parameter '${name}' because it is referenced by ${component.name}, which currently has a state of ${component.state}`,
      );
    }
  }
}

function refused({ name }: ParameterContext, why: string): HttpError {
  return new HttpError(
    409,
    `Could not update inherited Parameter Contexts for Parameter Context [${name}] because: ${why}`,
  );
}

function isRemoval({ value, sensitive, description, valueRemoved }: ParameterBody): boolean {
  const nothing = (value ?? null) === null && (sensitive ?? null) === null && (description ?? null) === null;
  return nothing && valueRemoved !== true;
}
