// The bodies of requests about a parameter context, out of a plan and the wish that has the values. Pure.
// Surprise: a sensitive parameter is always written with its value, though only its description differs: without one NiFi would take
// the value away, and an unchanged value stops nothing.

import { type ContextChange, type ContextWish, descriptionOf } from '../plan/plan.ts';

export type ParameterBody =
  | { readonly name: string; readonly sensitive: boolean; readonly value: string | null; readonly description: string }
  | { readonly name: string; readonly remove: true };

export interface ChangeBody {
  readonly name?: string;
  readonly description?: string;
  readonly inherited?: readonly string[];
  readonly parameters: readonly ParameterBody[];
}

/** A context with everything that it should have, our line included. */
export function newContext(wish: ContextWish, inherited: readonly string[]): ChangeBody & { readonly name: string } {
  const { name, parameters } = wish;
  return { name, description: descriptionOf(wish), parameters: written(wish, [...parameters.keys()]), inherited };
}

export function changeBody(wish: ContextWish, { set, remove, ...settings }: ContextChange): ChangeBody {
  const removed = remove.map((name) => ({ name, remove: true }) as const);
  return { ...settings, parameters: [...written(wish, set), ...removed] };
}

function written({ parameters }: ContextWish, names: readonly string[]): readonly ParameterBody[] {
  return names.flatMap((name) => {
    const parameter = parameters.get(name);
    return parameter === undefined ? [] : [{ name, ...parameter }];
  });
}
