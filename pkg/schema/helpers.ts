// The words a schema is written in: string, integer, object, list, map …, each with the bounds that the API server's CEL cost
// estimate needs. A helper makes the unbounded form impossible to write: it asks for the bound as an argument.
// Surprise: a list of objects says by which fields its entries are known, or that it is replaced as a whole; there is no default.

import type { Json, Rule, Structural } from './structural.ts';

interface Common {
  readonly default?: Json;
  readonly rules?: readonly Rule[];
}

export interface StringOptions extends Common {
  readonly max: number;
  readonly min?: number;
  readonly pattern?: string;
}

export interface IntegerOptions extends Common {
  readonly min: number;
  readonly max: number;
}

export interface ObjectOptions extends Common {
  /** Name of the generated TypeScript interface. */
  readonly name?: string;
  readonly required?: Readonly<Record<string, Structural>>;
  readonly optional?: Readonly<Record<string, Structural>>;
  /** Entries of a `set` must be atomic. */
  readonly atomic?: true;
}

export interface ListOptions extends Common {
  readonly max: number;
  readonly min?: number;
}

export function string(description: string, options: StringOptions): Structural {
  return {
    type: 'string',
    description,
    ...(options.pattern === undefined ? {} : { pattern: options.pattern }),
    ...(options.min === undefined ? {} : { minLength: options.min }),
    maxLength: options.max,
    ...common(options),
  };
}

/** A string of a closed set. */
export function enumeration(description: string, values: readonly string[], options: Common = {}): Structural {
  return { type: 'string', description, enum: values, ...common(options) };
}

export function integer(description: string, options: IntegerOptions): Structural {
  return {
    type: 'integer',
    format: 'int32',
    description,
    minimum: options.min,
    maximum: options.max,
    ...common(options),
  };
}

export function boolean(description: string, options: Common = {}): Structural {
  return { type: 'boolean', description, ...common(options) };
}

export function object(description: string, options: ObjectOptions): Structural {
  const required = Object.keys(options.required ?? {});
  return {
    type: 'object',
    description,
    properties: { ...options.required, ...options.optional },
    ...(required.length === 0 ? {} : { required }),
    ...(options.atomic ? { 'x-kubernetes-map-type': 'atomic' as const } : {}),
    ...(options.name === undefined ? {} : { 'x-ts-name': options.name }),
    ...common(options),
  };
}

/** An object whose fields the schema does not know: kept as the user wrote it. */
export function opaqueObject(description: string): Structural {
  return { type: 'object', description, 'x-kubernetes-preserve-unknown-fields': true };
}

/** A map of free keys. `max` bounds the number of its entries. */
export function map(description: string, value: Structural, options: ListOptions): Structural {
  return {
    type: 'object',
    description,
    additionalProperties: value,
    ...(options.min === undefined ? {} : { minProperties: options.min }),
    maxProperties: options.max,
    ...common(options),
  };
}

/** A list whose entries are known by the fields `keys`: two writers may own one entry each, and a key comes once. */
export function listMap(
  description: string,
  keys: readonly string[],
  item: Structural,
  options: ListOptions,
): Structural {
  return {
    ...list(description, item, options),
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': keys,
  };
}

/** A list without order in which a value comes once. */
export function set(description: string, item: Structural, options: ListOptions): Structural {
  return { ...list(description, item, options), 'x-kubernetes-list-type': 'set' };
}

/** A list whose order matters; it is replaced as a whole. */
export function atomicList(description: string, item: Structural, options: ListOptions): Structural {
  return { ...list(description, item, options), 'x-kubernetes-list-type': 'atomic' };
}

/** A CEL rule. `message` says which field is wrong and what mends it. */
export function rule(cel: string, message: string, extra: Omit<Rule, 'rule' | 'message'> = {}): Rule {
  return { rule: cel, message, ...extra };
}

/** The same schema with other words: one shape, described where it is used. */
export function described(description: string, schema: Structural): Structural {
  return { ...schema, description };
}

function list(description: string, items: Structural, options: ListOptions): Structural {
  return {
    type: 'array',
    description,
    items,
    ...(options.min === undefined ? {} : { minItems: options.min }),
    maxItems: options.max,
    ...common(options),
  };
}

function common(options: Common): Pick<Structural, 'default' | 'x-kubernetes-validations'> {
  return {
    ...(options.default === undefined ? {} : { default: options.default }),
    ...(options.rules === undefined ? {} : { 'x-kubernetes-validations': options.rules }),
  };
}
