// Validates objects against a structural schema with ajv: the decode boundary of a reconcile (a foreign object becomes a condition,
// never a crash), samples, and offline checks. CEL rules are not run here; the API server has run them.
// Equal shapes are compiled once: a kind repeats its shapes, and compiled code is most of the memory that a validator costs.
// Surprise: unknown fields pass, since the API server prunes them; `closed` refuses them, for files that a person wrote.

import { Ajv, type ErrorObject } from 'ajv';
import type { Structural } from './structural.ts';

/** Returns what is wrong, one sentence a problem, each beginning with the path of the field; empty when nothing is. */
export type Validate = (value: unknown) => readonly string[];

type JsonSchema = Readonly<Record<string, unknown>>;

interface Translation {
  readonly closed: boolean;
  /** Definitions by name, and their names by the text of the definition. */
  readonly definitions: Map<string, JsonSchema>;
  readonly names: Map<string, string>;
}

/** Compiles a schema. With `closed`, a field that the schema does not know is a problem. */
export function compileValidator(schema: Structural, options: { readonly closed?: boolean } = {}): Validate {
  const ajv = new Ajv({ strict: true, strictTypes: false, allErrors: true, inlineRefs: false });
  const validate = ajv.compile(jsonSchema(schema, options));
  return (value) => (validate(value) ? [] : (validate.errors ?? []).map(problem));
}

/** The JSON schema of a structural one, for whoever validates without ajv; equal shapes are in its `$defs`. */
export function jsonSchema(schema: Structural, options: { readonly closed?: boolean } = {}): JsonSchema {
  const translation: Translation = { closed: options.closed ?? false, definitions: new Map(), names: new Map() };
  const root = translate(translation, schema);
  return { ...root, $defs: Object.fromEntries(translation.definitions) };
}

/** What validates, and nothing that only describes. */
function translate(translation: Translation, schema: Structural): JsonSchema {
  const { items, additionalProperties } = schema;
  const own: JsonSchema = {
    ...Object.fromEntries(
      validating.flatMap((keyword) => (schema[keyword] === undefined ? [] : [[keyword, schema[keyword]]])),
    ),
    ...(schema['x-kubernetes-int-or-string'] ? { type: ['integer', 'string'] } : {}),
    ...(items ? { items: translate(translation, items) } : {}),
    ...(additionalProperties ? { additionalProperties: translate(translation, additionalProperties) } : {}),
  };
  return schema.properties ? reference(translation, { ...own, ...fields(translation, schema.properties) }) : own;
}

const validating = [
  'type',
  'enum',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'required',
] as const satisfies readonly (keyof Structural)[];

function fields(translation: Translation, properties: Readonly<Record<string, Structural>>): JsonSchema {
  const translated = Object.entries(properties).map(([name, child]) => [name, translate(translation, child)] as const);
  return {
    properties: Object.fromEntries(translated),
    ...(translation.closed ? { additionalProperties: false } : {}),
  };
}

function reference({ definitions, names }: Translation, definition: JsonSchema): JsonSchema {
  const text = JSON.stringify(definition);
  const name = names.get(text) ?? `shape${names.size}`;
  names.set(text, name);
  definitions.set(name, definition);
  return { $ref: `#/$defs/${name}` };
}

function problem(error: ErrorObject): string {
  const path = error.instancePath
    .replaceAll('/', '.')
    .replaceAll(/\.(\d+)(?=\.|$)/g, '[$1]')
    .slice(1);
  const detail = error.keyword === 'additionalProperties' ? `: ${String(error.params['additionalProperty'])}` : '';
  return `${path === '' ? 'object' : path} ${error.message ?? 'is invalid'}${detail}`;
}
