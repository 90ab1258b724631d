// What has to be done in NiFi so that there is exactly the parameter context that the spec asks for. Pure: it is asked with the cached
// list to see whether there is anything to do, and again with what was read in the same task as the write.
// Surprise: a version change of a flow may overwrite the description of a context that it uses, our line with it (NiFi 2.10, 2.11). So
// the id that is kept in Kubernetes counts before the line, and the line is written again.

import { isMarkedFor, marked, markerIn, type Owner, ownerText } from '../../nifi/markers.ts';

export interface ParameterInNiFi {
  readonly name: string;
  readonly description: string;
  readonly sensitive: boolean;
  /** null: no value; absent of a sensitive one, which NiFi does not tell. */
  readonly value?: string | null;
  /** A parameter provider's, not ours to remove. */
  readonly provided: boolean;
}

/** What the planner reads of a context in NiFi. */
export interface ContextInNiFi {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** Its own, not those that it inherits. */
  readonly parameters: readonly ParameterInNiFi[];
  /** Ids, the one that wins first. */
  readonly inherited: readonly string[];
}

export interface WishedParameter {
  /** null: no value, which is not the empty text. Never null of a sensitive one. */
  readonly value: string | null;
  readonly sensitive: boolean;
  readonly description: string;
}

export interface ContextWish {
  readonly owner: Owner;
  readonly name: string;
  readonly description: string;
  readonly parameters: ReadonlyMap<string, WishedParameter>;
  /** Whether a context of this name that no object of Kubernetes stands for is taken over. */
  readonly adopt: boolean;
}

/** What Kubernetes keeps of a context that we made or took over. */
export interface Place {
  readonly id: string;
  /** Names of the parameters that we may have set. */
  readonly sets: readonly string[];
}

export interface ContextSituation<C extends ContextInNiFi> {
  readonly contexts: readonly C[];
  /** Ids of what the spec inherits from, in its order. */
  readonly inherited: readonly string[];
  /** Names of sensitive parameters whose values are not known to be in NiFi. */
  readonly stale: ReadonlySet<string>;
  readonly place: Place | undefined;
  /** `ownerText` of the other objects that work on contexts of this NiFi: theirs are never taken over. */
  readonly rivals: ReadonlySet<string>;
}

export interface ContextChange {
  readonly name?: string;
  readonly description?: string;
  readonly inherited?: readonly string[];
  /** Names of parameters to write; no value of a Secret is among the words of a plan. */
  readonly set: readonly string[];
  readonly remove: readonly string[];
}

export interface ContextPlan<C extends ContextInNiFi> {
  /** Ours, or to be taken over. */
  readonly current: C | undefined;
  readonly step: { readonly kind: 'Create' } | { readonly kind: 'Update'; readonly change: ContextChange } | undefined;
  /** A context that is not ours has the name. */
  readonly nameTakenBy: C | undefined;
}

export function planContext<C extends ContextInNiFi>(
  wish: ContextWish,
  situation: ContextSituation<C>,
): ContextPlan<C> {
  const { contexts, place, rivals } = situation;
  const ours = contextOf(wish.owner, wish.name, contexts, place);
  const holder = contexts.find(({ name, id }) => name === wish.name && id !== ours?.id);
  const adopted = ours === undefined && holder !== undefined && mayAdopt(wish, holder, rivals) ? holder : undefined;
  const current = ours ?? adopted;
  if (holder !== undefined && holder !== adopted) return { current, step: undefined, nameTakenBy: holder };
  if (current === undefined) return { current, step: { kind: 'Create' }, nameTakenBy: undefined };
  const change = changeOf(wish, current, situation);
  return { current, step: change && { kind: 'Update', change }, nameTakenBy: undefined };
}

/**
 * The context that was made for this object: by the id that is kept, or else by the line, which an import of a flow may have copied
 * to another context; then the one with the name is it, or else always the same.
 */
export function contextOf<C extends ContextInNiFi>(
  owner: Owner,
  name: string,
  contexts: readonly C[],
  place?: Place,
): C | undefined {
  const kept = contexts.find(({ id }) => id === place?.id);
  if (kept !== undefined) return kept;
  const lined = contexts.filter(({ description }) => isMarkedFor(description, owner));
  return lined.find((each) => each.name === name) ?? lined.toSorted((a, b) => (a.id < b.id ? -1 : 1))[0];
}

/** What the description of the context has to be. */
export function descriptionOf({ description, owner, parameters }: ContextWish): string {
  return marked(description, { owner, sets: [...parameters.keys()] });
}

/** The sensitive values, which NiFi does not tell. */
export function hiddenOf({ parameters }: ContextWish): ReadonlyMap<string, string> {
  return new Map(
    [...parameters].flatMap(([name, { sensitive, value }]) => (sensitive && value !== null ? [[name, value]] : [])),
  );
}

/** Names of all parameters that we may have set in a context of ours: by what Kubernetes keeps and by the line. */
export function onceSet({ description }: ContextInNiFi, owner: Owner, place: Place | undefined): ReadonlySet<string> {
  const lined = isMarkedFor(description, owner) ? (markerIn(description)?.sets ?? []) : [];
  return new Set([...lined, ...(place?.sets ?? [])]);
}

function mayAdopt(wish: ContextWish, { description }: ContextInNiFi, rivals: ReadonlySet<string>): boolean {
  const marker = markerIn(description);
  return wish.adopt && (marker === undefined || !rivals.has(ownerText(marker.owner)));
}

function changeOf<C extends ContextInNiFi>(
  wish: ContextWish,
  current: C,
  { inherited, stale, place }: ContextSituation<C>,
): ContextChange | undefined {
  const there = new Map(current.parameters.map((parameter) => [parameter.name, parameter]));
  // NiFi changes no parameter from plain to sensitive or back: it is removed first, and written by the next update.
  const turned = [...wish.parameters].flatMap(([name, { sensitive }]) =>
    (there.get(name)?.sensitive ?? sensitive) === sensitive ? [] : [name],
  );
  const set = [...wish.parameters].flatMap(([name, wished]) =>
    !turned.includes(name) && differs(wished, there.get(name), stale.has(name)) ? [name] : [],
  );
  const dropped = [...onceSet(current, wish.owner, place)].filter(
    (name) => !wish.parameters.has(name) && there.get(name)?.provided === false,
  );
  const change: ContextChange = {
    ...(current.name === wish.name ? {} : { name: wish.name }),
    ...(current.description === descriptionOf(wish) ? {} : { description: descriptionOf(wish) }),
    ...(sameOrder(current.inherited, inherited) ? {} : { inherited }),
    set,
    remove: [...turned, ...dropped],
  };
  return Object.keys(change).length === 2 && set.length + change.remove.length === 0 ? undefined : change;
}

function differs(wished: WishedParameter, there: ParameterInNiFi | undefined, isStale: boolean): boolean {
  if (there === undefined || there.description !== wished.description) return true;
  return wished.sensitive ? isStale : (there.value ?? null) !== wished.value;
}

function sameOrder(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index]);
}
