// A structural schema as JSON schema, for whoever validates by that: Helm checks the values of a chart.
// Only what validates is in it. Equal shapes are told once, in `$defs`.
// Surprise: unknown fields pass unless `closed`, as the API server prunes them.

import type { Structural } from './structural.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

interface Translation {
  readonly closed: boolean;
  /** Definitions by name, and their names by the text of the definition. */
  readonly definitions: Map<string, JsonSchema>;
  readonly names: Map<string, string>;
}

/** The JSON schema of a structural one. With `closed`, a field that the schema does not know is a problem. */
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
