// Parameters as components refer to them: `#{name}` in a property, looked up in the context of the component's own group.
// A group has its own context or none; it does not take its parent's (ProcessGroup.getParameterContext).

import type { ClusterState, Component, ControllerService, Parameter, ParameterContext } from './state.ts';

const reference = /#\{([^}]+)\}/g;

type Configured = Component | ControllerService;

export interface EffectiveParameter {
  readonly parameter: Parameter;
  /** Where it is defined. */
  readonly context: ParameterContext;
}

/** Own parameters and inherited ones; of two with one name the nearer wins. */
export function effectiveParameters(
  state: ClusterState,
  context: ParameterContext,
): ReadonlyMap<string, EffectiveParameter> {
  const found = new Map<string, EffectiveParameter>();
  for (const parameter of context.parameters) found.set(parameter.name, { parameter, context });
  for (const id of context.inherited) {
    const other = state.parameterContexts.get(id);
    if (!other) continue;
    for (const [name, inherited] of effectiveParameters(state, other)) if (!found.has(name)) found.set(name, inherited);
  }
  return found;
}

export function referencedNames(component: Configured): ReadonlySet<string> {
  const values = Object.values(component.properties).filter((value) => value !== null);
  return new Set(values.flatMap((value) => [...value.matchAll(reference)].map((match) => bare(match[1] ?? ''))));
}

export function contextOf(state: ClusterState, component: Configured): ParameterContext | undefined {
  const id = state.groups.get(component.groupId)?.parameterContextId;
  return id === undefined ? undefined : state.parameterContexts.get(id);
}

/** Every processor and service that would get another value if this context changed this parameter. */
export function referencing(state: ClusterState, context: ParameterContext, name: string): readonly Configured[] {
  return [...state.components.values(), ...state.services.values()].filter((component) => {
    if (!referencedNames(component).has(name)) return false;
    const used = contextOf(state, component);
    return used !== undefined && effectiveParameters(state, used).get(name)?.context.id === context.id;
  });
}

/** Contexts that take parameters from this one, directly or not, and this one itself. */
export function heirs(state: ClusterState, id: string): ReadonlySet<string> {
  const found = new Set([id]);
  for (const context of state.parameterContexts.values()) {
    if (context.inherited.includes(id)) for (const heir of heirs(state, context.id)) found.add(heir);
  }
  return found;
}

function bare(name: string): string {
  return name.trim().replace(/^'(.*)'$/, '$1');
}
