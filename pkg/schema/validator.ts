// Validates objects against a structural schema: the decode boundary of a reconcile (a foreign object becomes a condition, never a
// crash), samples, and offline checks. CEL rules are not run here; the API server has run them.
// The validator walks the object beside the schema. One that compiles schemas took a fifth of a second of every process for those of this
// size, and more memory than all data of a cluster.
// Surprise: unknown fields pass, since the API server prunes them; `closed` refuses them, for files that a person wrote.

import { type OutputUnit, Validator } from '@cfworker/json-schema';
import { jsonSchema } from './json-schema.ts';
import type { Structural } from './structural.ts';

/** Takes what JSON can be. Returns what is wrong, one sentence a problem, each beginning with the path of the field; empty when nothing is. */
export type Validate = (value: unknown) => readonly string[];

/** With `closed`, a field that the schema does not know is a problem. */
export function validatorOf(schema: Structural, options: { readonly closed?: boolean } = {}): Validate {
  const validator = new Validator(jsonSchema(schema, options), '2020-12', false);
  return (value) =>
    value === undefined ? ['there is no object'] : validator.validate(value).errors.flatMap(problemsOf);
}

/** That a part does not fit is said of everything around it, too: only the part is a problem. */
const around: ReadonlySet<string> = new Set(['$ref', 'properties', 'additionalProperties', 'items']);

function problemsOf({ keyword, instanceLocation, error }: OutputUnit): readonly string[] {
  if (around.has(keyword)) return [];
  const path = instanceLocation
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((before, name) => (/^\d+$/u.test(name) ? `${before}[${name}]` : `${before}.${name}`), '')
    .replace(/^\./u, '');
  return [`${path === '' ? 'object' : path}: ${keyword === 'false' ? 'There is no such field.' : error}`];
}
