// What the conversion needs of JSON: values by path, equality, canonical text, and what of one value another lacks. Pure.
// Surprise: an absent value and `undefined` are one and the same here, and `null` is a value of its own.

import type { Json } from '../../pkg/schema/structural.ts';

export type Fields = Readonly<Record<string, Json>>;

/** Whether it is an object and no list. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

/** The value at the end of the path. */
export function at(value: Json | undefined, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((inner, key) => (isFields(inner) ? inner[key] : undefined), value);
}

/** A copy with this value at the end of the path; undefined takes it out, and leaves the objects on the way. */
export function withAt(value: Json | undefined, path: readonly string[], leaf: Json | undefined): Fields {
  const fields = isFields(value) ? value : {};
  const [key = '', ...rest] = path;
  if (rest.length === 0) return withField(fields, key, leaf);
  if (leaf === undefined && !isFields(fields[key])) return fields;
  return { ...fields, [key]: withAt(fields[key], rest, leaf) };
}

function withField(fields: Fields, key: string, leaf: Json | undefined): Fields {
  const { [key]: _, ...others } = fields;
  return leaf === undefined ? others : { ...fields, [key]: leaf };
}

export function equal(left: Json | undefined, right: Json | undefined): boolean {
  return left === right || canonical(left ?? null) === canonical(right ?? null);
}

/** The same text for the same value, in whatever order its keys came. */
export function canonical(value: Json): string {
  return JSON.stringify(value, (_, inner: Json) =>
    isFields(inner) ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

/** The fields of `value` that `other` does not have, at any depth; undefined when there are none. Lists are taken whole. */
export function beyond(value: Json | undefined, other: Json | undefined): Json | undefined {
  if (value === undefined) return undefined;
  if (other === undefined) return value;
  if (!isFields(value) || !isFields(other)) return undefined;
  const found = Object.entries(value).flatMap(([key, inner]) => {
    const rest = beyond(inner, other[key]);
    return rest === undefined ? [] : [[key, rest] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** `under` with the fields of `over` in it, at any depth; where both have a value, that of `over`. */
export function laidOver(over: Json | undefined, under: Json | undefined): Json | undefined {
  if (over === undefined) return under;
  if (!isFields(over) || !isFields(under)) return over;
  const keys = [...new Set([...Object.keys(over), ...Object.keys(under)])];
  const merged = keys.map((key) => [key, laidOver(over[key], under[key])] as const);
  return Object.fromEntries(merged.flatMap(([key, inner]) => (inner === undefined ? [] : [[key, inner]])));
}
