// Makes values for a field out of its schema: some that fit it, boundaries included, and some that do not, each wrong in one way.
// For tests that try every field of an API. Deterministic: the same schema gives the same values.
// Surprise: "fits" is judged by structure alone. A CEL rule, of the field or of one above it, may still refuse such a value.

import type { Json, Structural } from './structural.ts';
import { publish } from './structural.ts';
import { validatorOf } from './validator.ts';

export interface Value {
  /** Why this value: "the least", "too long" … */
  readonly what: string;
  readonly value: Json;
}

export interface FieldValues {
  readonly good: readonly Value[];
  readonly bad: readonly Value[];
}

/** Enough for the members of every enumeration of the API. */
const mostSamples = 4;

/** Texts that between them fit every pattern of the API. */
const texts = [
  'ok',
  'other-1',
  'B7',
  '7Gi',
  '90s',
  '3h',
  '2g',
  'ok.example.com:443',
  '10.1.0.0/16',
  '-Dx=y',
  '/a/b',
  'zk:2181',
  'Ok1',
];
const urls = ['ldap://other:389', 'https://other.example.com/x', '2.5.0', '(cn={0})', 'abcdefghijklmn'];

/** Values for a field. Objects with known fields have no good values of their own: their fields have. */
export function valuesOf(schema: Structural): FieldValues {
  const validate = validatorOf(schema);
  const fits = (value: Json): boolean => validate(value).length === 0;
  const proposed = [
    ...boundaries(schema),
    ...samples(schema)
      .filter(({ value }) => fits(value))
      .slice(0, mostSamples),
  ];
  return {
    good: schema.properties ? [] : unique(proposed.filter(({ value }) => fits(value))),
    bad: unique([...offences(schema), ...wrongTypes(schema)].filter(({ value }) => !fits(value))),
  };
}

function samples(schema: Structural): Value[] {
  if (schema.enum) return schema.enum.map((value) => ({ what: 'a member of the set', value }));
  if (schema['x-kubernetes-int-or-string'])
    return [
      { what: 'a number', value: 3 },
      { what: 'a text', value: '250m' },
    ];
  if (schema['x-kubernetes-preserve-unknown-fields']) return [{ what: 'any field', value: { hostNetwork: false } }];
  if (schema.type === 'string') return [...texts, ...urls].map((value) => ({ what: 'a text', value }));
  if (schema.type === 'boolean') return [true, false].map((value) => ({ what: 'a truth', value }));
  if (schema.type === 'array') return [{ what: 'an empty list', value: [] }];
  return schema.type === 'object' ? [{ what: 'an empty map', value: {} }] : [];
}

function boundaries({ type, pattern, minimum, maximum, minLength, maxLength }: Structural): Value[] {
  if (type === 'integer') {
    return [minimum, maximum].flatMap((value) => (value === undefined ? [] : [{ what: 'a boundary', value }]));
  }
  if (type !== 'string' || maxLength === undefined) return [];
  const fill = pattern?.startsWith('^-') ? '-'.padEnd(maxLength, 'a') : 'a'.repeat(maxLength);
  return [
    { what: 'the longest', value: fill },
    { what: 'the shortest', value: 'a'.repeat(minLength ?? 0) },
  ];
}

function offences(schema: Structural): Value[] {
  const { enum: values, minimum, maximum, maxLength, minLength, maxItems, maxProperties } = schema;
  const found: Value[] = [];
  if (values) found.push({ what: 'no member of the set', value: 'Bogus' });
  if (minimum !== undefined) found.push({ what: 'below the least', value: minimum - 1 });
  if (maximum !== undefined) found.push({ what: 'above the most', value: maximum + 1 });
  if (schema.type === 'integer') found.push({ what: 'a fraction', value: 1.5 });
  if (maxLength !== undefined) found.push({ what: 'too long', value: 'a'.repeat(maxLength + 1) });
  if (minLength) found.push({ what: 'too short', value: 'a'.repeat(minLength - 1) });
  if (schema.pattern !== undefined) found.push({ what: 'against the pattern', value: ' \n!' });
  if (maxItems !== undefined)
    found.push({ what: 'too many entries', value: Array.from({ length: maxItems + 1 }, (_, index) => index) });
  if (maxProperties !== undefined) {
    const keys = Array.from({ length: maxProperties + 1 }, (_, index) => `k${index}`);
    found.push({ what: 'too many keys', value: Object.fromEntries(keys.map((key) => [key, 'v'])) });
  }
  return found;
}

function wrongTypes(schema: Structural): Value[] {
  const published = publish(schema);
  if (published['x-kubernetes-int-or-string']) return [{ what: 'a truth', value: true }];
  const other: Readonly<Record<string, Json>> = {
    string: 7,
    integer: 'seven',
    boolean: 'yes',
    array: 'text',
    object: 'text',
  };
  return schema.type === undefined ? [] : [{ what: 'another type', value: other[schema.type] ?? null }];
}

function unique(values: readonly Value[]): Value[] {
  const seen = new Set<string>();
  return values.filter(({ value }) => {
    const text = JSON.stringify(value);
    return seen.has(text) ? false : seen.add(text);
  });
}
