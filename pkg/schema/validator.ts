// Validates objects against a structural schema with ajv: the decode boundary of a reconcile (a foreign object becomes a condition,
// never a crash), samples, and offline checks. CEL rules are not run here; the API server has run them.
// Surprise: unknown fields pass, since the API server prunes them; `closed` refuses them, for files that a person wrote.

import { Ajv, type ErrorObject } from 'ajv';
import type { Structural } from './structural.ts';
import { publish } from './structural.ts';

const kubernetesKeywords = [
  'x-kubernetes-int-or-string',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
];

/** Returns what is wrong, one sentence a problem, each beginning with the path of the field; empty when nothing is. */
export type Validate = (value: unknown) => readonly string[];

/** Compiles a schema. With `closed`, a field that the schema does not know is a problem. */
export function compileValidator(schema: Structural, options: { readonly closed?: boolean } = {}): Validate {
  const ajv = new Ajv({
    strict: true,
    strictTypes: false,
    allErrors: true,
    keywords: kubernetesKeywords,
    formats: { int32: true, int64: true, 'date-time': true },
  });
  const validate = ajv.compile(jsonSchemaOf(schema, options.closed ?? false));
  return (value) => (validate(value) ? [] : (validate.errors ?? []).map(problem));
}

/** Structural schema to JSON schema: int-or-string gets its two types, and a closed object its `additionalProperties: false`. */
function jsonSchemaOf(schema: Structural, closed: boolean): Record<string, unknown> {
  const { properties, items, additionalProperties, ...rest } = schema;
  const own = publish(rest);
  return {
    ...own,
    ...(schema['x-kubernetes-int-or-string'] ? { type: ['integer', 'string'] } : {}),
    ...(properties ? { properties: mapValues(properties, (child) => jsonSchemaOf(child, closed)) } : {}),
    ...(items ? { items: jsonSchemaOf(items, closed) } : {}),
    ...(additionalProperties ? { additionalProperties: jsonSchemaOf(additionalProperties, closed) } : {}),
    ...(closed && properties ? { additionalProperties: false } : {}),
  };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

function problem(error: ErrorObject): string {
  const path = error.instancePath
    .replaceAll('/', '.')
    .replaceAll(/\.(\d+)(?=\.|$)/g, '[$1]')
    .slice(1);
  const detail = error.keyword === 'additionalProperties' ? `: ${String(error.params['additionalProperty'])}` : '';
  return `${path === '' ? 'object' : path} ${error.message ?? 'is invalid'}${detail}`;
}
