// Whether a definition refers to parameters that nobody gives: NiFi would take it and call its components invalid. Pure.
// It is asked before a definition is brought, so that a flow that works is not replaced by one that does not.
// What a version of a registry needs is in the registry; NiFi says in its own words what is missing there, once it is in NiFi.

import { parametersOf } from '../../../pkg/nifi/definition.ts';
import { stalled, type Verdict } from '../../nifi/verdict.ts';
import type { ContextInNiFi } from '../../nifiparametercontext/plan/plan.ts';
import type { FlowWish } from './world.ts';

export function missingParameters(
  { source, context, skipInvalidComponents }: FlowWish,
  contextId: string | undefined,
  contexts: readonly ContextInNiFi[],
): Verdict | undefined {
  if (source.kind === 'Registry' || skipInvalidComponents) return undefined;
  const given = givenBy(contextId, contexts);
  const missing = parametersOf(source.definition).filter((name) => !given.has(name));
  if (missing.length === 0) return undefined;
  const names = missing.slice(0, 5).join(', ');
  const more = missing.length > 5 ? ` and ${missing.length - 5} more` : '';
  const mend =
    context === undefined
      ? 'give spec.parameterContextRef a NiFiParameterContext that has them'
      : `which the NiFiParameterContext ${context} of spec.parameterContextRef does not give: add them to it`;
  return stalled('ParameterMissing', `spec.source.definition needs the parameters ${names}${more}, ${mend}`);
}

/** With all that it inherits; a circle ends where it was before. */
function givenBy(contextId: string | undefined, contexts: readonly ContextInNiFi[]): ReadonlySet<string> {
  const names = new Set<string>();
  const seen = new Set<string>();
  const next = contextId === undefined ? [] : [contextId];
  for (let id = next.pop(); id !== undefined; id = next.pop()) {
    const context = seen.has(id) ? undefined : contexts.find((each) => each.id === id);
    seen.add(id);
    for (const { name } of context?.parameters ?? []) names.add(name);
    next.push(...(context?.inherited ?? []));
  }
  return names;
}
