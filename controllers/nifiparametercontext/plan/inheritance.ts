// The contexts that a context inherits from: whether they are there, and their ids in NiFi. Pure.
// They are found in NiFi by their line, never by their status, which may be of another NiFi. A circle would have each of them wait for
// the other for ever, so it is told before NiFi is asked.

import type { DefaultedNiFiParameterContext } from '../../../api/v1/zz_generated.nifiparametercontext.ts';
import { stalled, type Verdict, working } from '../../nifi/verdict.ts';
import { type ContextInNiFi, contextOf } from './plan.ts';

type Context = DefaultedNiFiParameterContext;
/** The NiFiParameterContext of a name in the same namespace. */
export type Siblings = (name: string) => Context | undefined;

const field = 'spec.inheritedParameterContexts';

/** What no waiting mends. */
export function inheritanceObstacle(object: Context, siblings: Siblings): Verdict | undefined {
  for (const name of namesIn(object)) {
    const sibling = siblings(name);
    if (sibling === undefined) {
      const mend = 'which does not exist: create it or correct the name';
      return stalled('ReferenceMissing', `${field} names the NiFiParameterContext ${name}, ${mend}`);
    }
    const cluster = sibling.spec.clusterRef.name;
    if (cluster !== object.spec.clusterRef.name) {
      const mend = `which lives in the NiFiCluster ${cluster}: inherit from contexts of the same cluster`;
      return stalled('InvalidSpec', `${field} names the NiFiParameterContext ${name}, ${mend}`);
    }
    if (leadsTo(object.metadata.name, sibling, siblings)) {
      return stalled(
        'InvalidSpec',
        `${field} leads back to this context by way of ${name}: take it out of one of them`,
      );
    }
  }
  return undefined;
}

/** Ids in the order of the spec, or what is waited for. */
export function inheritedIds(
  object: Context,
  siblings: Siblings,
  contexts: readonly ContextInNiFi[],
): { readonly ids: readonly string[] } | { readonly waiting: Verdict } {
  const ids: string[] = [];
  for (const name of namesIn(object)) {
    const owner = { kind: 'NiFiParameterContext', namespace: object.metadata.namespace ?? '', name };
    const found = contextOf(owner, siblings(name)?.spec.displayName ?? name, contexts);
    if (found === undefined) {
      const words = `${field} names the NiFiParameterContext ${name}, which is not in NiFi yet: look at its status`;
      return { waiting: working('ReferenceNotReady', words) };
    }
    ids.push(found.id);
  }
  return { ids };
}

/** Index of contexts by those that they inherit from, as `namespace/name`. */
export function inheritedIndex(object: Context): readonly string[] {
  return namesIn(object).map((name) => `${object.metadata.namespace ?? ''}/${name}`);
}

/** Whether `from` inherits from the context of this name, by however many others, or is it. */
export function leadsTo(
  target: string,
  from: Context,
  siblings: Siblings,
  seen: ReadonlySet<string> = new Set(),
): boolean {
  if (from.metadata.name === target) return true;
  if (seen.has(from.metadata.name)) return false;
  const path = new Set([...seen, from.metadata.name]);
  return namesIn(from).some((name) => {
    const next = siblings(name);
    return next !== undefined && leadsTo(target, next, siblings, path);
  });
}

/** What an older schema let in may lack any field. */
function namesIn({ spec }: Context): readonly string[] {
  return (spec as Partial<Context['spec']> | undefined)?.inheritedParameterContexts?.map(({ name }) => name) ?? [];
}
