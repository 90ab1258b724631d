// Validates objects against a structural schema: the decode boundary of a reconcile (a foreign object becomes a condition, never a
// crash), samples, and offline checks. CEL rules are not run here; the API server has run them.
// It walks the object beside the schema and compiles nothing: code made for schemas of this size took a fifth of a second of every
// process and more memory than all data of a cluster.
// Surprise: unknown fields pass, since the API server prunes them; `closed` refuses them, for files that a person wrote.

import type { SchemaType, Structural } from './structural.ts';

/** Returns what is wrong, one sentence a problem, each beginning with the path of the field; empty when nothing is. */
export type Validate = (value: unknown) => readonly string[];

/** With `closed`, a field that the schema does not know is a problem. */
export function validatorOf(schema: Structural, { closed = false }: { readonly closed?: boolean } = {}): Validate {
  const patterns = new Map<string, RegExp>();
  return (value) => {
    const walk: Walk = { closed, patterns, problems: [] };
    check(walk, schema, value, '');
    return walk.problems;
  };
}

interface Walk {
  readonly closed: boolean;
  /** By their text: a kind repeats its patterns. */
  readonly patterns: Map<string, RegExp>;
  readonly problems: string[];
}

/** A value of the wrong type has that one problem, and no others. */
function check(walk: Walk, schema: Structural, value: unknown, path: string): void {
  const types = typesOf(schema);
  const type = types.find((one) => isOfType[one](value));
  if (types.length > 0 && type === undefined) {
    tell(walk, path, `must be ${types.join(' or ')}`);
    return;
  }
  if (schema.enum !== undefined && !schema.enum.some((one) => one === value))
    tell(walk, path, `must be one of ${schema.enum.join(', ')}`);
  if (typeof value === 'string') checkText(walk, schema, value, path);
  else if (typeof value === 'number') checkNumber(walk, schema, value, path);
  else if (Array.isArray(value)) checkList(walk, schema, value, path);
  else if (isRecord(value)) checkObject(walk, schema, value, path);
}

function typesOf({ type, 'x-kubernetes-int-or-string': intOrString }: Structural): readonly SchemaType[] {
  if (intOrString) return intOrStringTypes;
  return type === undefined ? [] : [type];
}

const intOrStringTypes: readonly SchemaType[] = ['integer', 'string'];

const isOfType = {
  object: isRecord,
  array: Array.isArray,
  string: (value: unknown) => typeof value === 'string',
  integer: Number.isInteger,
  boolean: (value: unknown) => typeof value === 'boolean',
} satisfies Record<SchemaType, (value: unknown) => boolean>;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The API server counts characters, not the halves that JavaScript makes of some. */
function checkText(walk: Walk, { minLength, maxLength, pattern }: Structural, value: string, path: string): void {
  bounds(walk, path, () => Array.from(value).length, [minLength, maxLength], 'characters');
  if (pattern === undefined) return;
  const known = walk.patterns.get(pattern);
  const expression = known ?? new RegExp(pattern, 'u');
  if (known === undefined) walk.patterns.set(pattern, expression);
  if (!expression.test(value)) tell(walk, path, `must match ${pattern}`);
}

function checkNumber(walk: Walk, { minimum, maximum }: Structural, value: number, path: string): void {
  if (minimum !== undefined && value < minimum) tell(walk, path, `must be at least ${minimum}`);
  if (maximum !== undefined && value > maximum) tell(walk, path, `must be at most ${maximum}`);
}

function checkList(walk: Walk, schema: Structural, value: readonly unknown[], path: string): void {
  bounds(walk, path, () => value.length, [schema.minItems, schema.maxItems], 'items');
  if (schema.items === undefined) return;
  for (const [index, item] of value.entries()) check(walk, schema.items, item, `${path}[${index}]`);
}

/** A field that is undefined is one that is not there: JSON has no such value. */
function checkObject(walk: Walk, schema: Structural, value: Readonly<Record<string, unknown>>, path: string): void {
  const { properties, additionalProperties, required = [], minProperties, maxProperties } = schema;
  bounds(walk, path, () => Object.keys(value).length, [minProperties, maxProperties], 'fields');
  for (const name of required)
    if (!Object.hasOwn(value, name) || value[name] === undefined) tell(walk, path, `must have the field ${name}`);
  if (properties === undefined && additionalProperties === undefined) return;
  for (const [name, field] of Object.entries(value)) {
    if (field === undefined) continue;
    const known = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    if (known !== undefined) check(walk, known, field, path === '' ? name : `${path}.${name}`);
    else if (walk.closed) tell(walk, path, `must not have the field ${name}`);
  }
}

function bounds(
  walk: Walk,
  path: string,
  size: () => number,
  [least, most]: readonly [number | undefined, number | undefined],
  what: string,
): void {
  if (least === undefined && most === undefined) return;
  const count = size();
  if (least !== undefined && count < least) tell(walk, path, `must have at least ${least} ${what}`);
  if (most !== undefined && count > most) tell(walk, path, `must have at most ${most} ${what}`);
}

function tell({ problems }: Walk, path: string, what: string): void {
  problems.push(`${path === '' ? 'object' : path} ${what}`);
}
