// What has to be done in NiFi so that there is exactly the client that the spec asks for. Pure: it is asked with the cached list to see
// whether there is anything to do, and again with a list that was read in the same task as the writes.
// Surprise: NiFi cannot change the class of a client. Another type is another client, made before the former one goes; the former
// keeps its place until no flow uses it, under another name because names are unique.

import { isMarkedFor, marked, markerIn, type Owner } from '../../nifi/markers.ts';

/** What the planner reads of a client in NiFi. */
export interface ClientInNiFi {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly description: string;
  /** null: not set; of sensitive properties NiFi shows asterisks. */
  readonly properties: Readonly<Record<string, string | null>>;
  /** Names of the properties that NiFi does not tell. */
  readonly sensitive: readonly string[];
}

export interface ClientWish {
  readonly owner: Owner;
  readonly name: string;
  readonly className: string;
  readonly description: string;
  readonly properties: ReadonlyMap<string, string>;
  /** Those of the properties whose values come from Secrets. */
  readonly secret: ReadonlySet<string>;
}

export type ClientStep =
  | { readonly kind: 'Create' }
  | { readonly kind: 'Update'; readonly id: string; readonly change: ClientChange }
  /** Makes room for a client of another class under the name. */
  | { readonly kind: 'Rename'; readonly id: string; readonly name: string }
  | { readonly kind: 'DeleteFormer'; readonly id: string };

export interface ClientChange {
  readonly name?: string;
  readonly description?: string;
  /** Names of properties to set, values of Secrets never among the words of a plan. */
  readonly set: readonly string[];
  readonly unset: readonly string[];
}

export interface ClientPlan<C extends ClientInNiFi> {
  readonly current: C | undefined;
  readonly steps: readonly ClientStep[];
  /** A client that somebody else made has the name. */
  readonly nameTakenBy: C | undefined;
}

/** `stale` are the names of sensitive properties whose values are not known to be in NiFi. */
export function planClient<C extends ClientInNiFi>(
  wish: ClientWish,
  clients: readonly C[],
  stale: ReadonlySet<string>,
): ClientPlan<C> {
  const ours = clientsOf(wish.owner, clients);
  const current = ours.find(({ type }) => type === wish.className);
  const former = ours.filter((each) => each !== current);
  const holder = clients.find(({ name, id }) => name === wish.name && id !== current?.id);
  if (holder !== undefined && !former.includes(holder)) return { current, steps: [], nameTakenBy: holder };
  const room: readonly ClientStep[] =
    holder === undefined ? [] : [{ kind: 'Rename', id: holder.id, name: formerName(wish.name, holder.id) }];
  return {
    current,
    nameTakenBy: undefined,
    steps: [
      ...room,
      ...(current === undefined ? [{ kind: 'Create' } as const] : updatesOf(wish, current, stale)),
      ...former.map(({ id }) => ({ kind: 'DeleteFormer', id }) as const),
    ],
  };
}

/** The clients that were made for this object, the same ones first in every answer. */
export function clientsOf<C extends ClientInNiFi>(owner: Owner, clients: readonly C[]): readonly C[] {
  const ours = clients.filter(({ description }) => isMarkedFor(description, owner));
  return ours.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** What the description of the client has to be. */
export function descriptionOf({ description, owner, properties }: ClientWish): string {
  return marked(description, { owner, sets: [...properties.keys()] });
}

/** The properties whose values NiFi does not tell: those from Secrets, and those that NiFi calls sensitive. */
export function hiddenOf(wish: ClientWish, current: ClientInNiFi | undefined): ReadonlySet<string> {
  const sensitive = (current?.sensitive ?? []).filter((name) => wish.properties.has(name));
  return new Set([...wish.secret, ...sensitive]);
}

function updatesOf(wish: ClientWish, current: ClientInNiFi, stale: ReadonlySet<string>): readonly ClientStep[] {
  const hidden = hiddenOf(wish, current);
  const differs = ([name, value]: readonly [string, string]): boolean => {
    const there = current.properties[name] ?? null;
    return hidden.has(name) ? there === null || stale.has(name) : there !== value;
  };
  const set = [...wish.properties].filter(differs).map(([name]) => name);
  const once = markerIn(current.description)?.sets ?? [];
  const unset = once.filter((name) => !wish.properties.has(name) && (current.properties[name] ?? null) !== null);
  const description = descriptionOf(wish);
  const change: ClientChange = {
    ...(current.name === wish.name ? {} : { name: wish.name }),
    ...(current.description === description ? {} : { description }),
    set,
    unset,
  };
  const isSame = change.name === undefined && change.description === undefined && set.length + unset.length === 0;
  return isSame ? [] : [{ kind: 'Update', id: current.id, change }];
}

function formerName(name: string, id: string): string {
  return `${name} (former ${id.slice(0, 8)})`;
}
