// Fills in defaults the way the API server does: top-down, so a default `{}` on an object lets the defaults inside it appear, and an
// absent object without a default stays absent. Tests and offline checks use it; a running operator gets objects filled in already.

import type { Json, Structural } from './structural.ts';

/** A copy of `value` with every default of `schema` in place. */
export function applyDefaults(schema: Structural, value: Json): Json {
  if (isList(value)) {
    const { items } = schema;
    return items ? value.map((item) => applyDefaults(items, item)) : value;
  }
  return isRecord(value) ? defaultedObject(schema, value) : value;
}

function defaultedObject(schema: Structural, value: Readonly<Record<string, Json>>): Json {
  const filled: Record<string, Json> = {};
  for (const [name, entry] of Object.entries(value)) {
    const child = schema.properties?.[name] ?? schema.additionalProperties;
    filled[name] = child ? applyDefaults(child, entry) : entry;
  }
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    if (filled[name] === undefined && child.default !== undefined) filled[name] = applyDefaults(child, child.default);
  }
  return filled;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isRecord(value: Json): value is Readonly<Record<string, Json>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
