// Prints the API reference of a kind as Markdown: one table row a field, in the order in which the schema is written, with type,
// default, bounds and the messages of its rules. What is not in the schema is not in the reference.
// Surprise: a shape that stands in several places is spelled out at the first, and the others point there.

import type { CustomResource } from './kind.ts';
import type { Json, Structural } from './structural.ts';

interface Row {
  readonly path: string;
  readonly schema: Structural;
  readonly required: boolean;
  /** Path where the fields of this shape are listed already. */
  readonly listedAt?: string;
}

/** Path of each shape that was listed, by the value that holds its fields. */
type Listed = Map<object, string>;

/** The section of one kind. */
export function referenceOf(kind: CustomResource): string {
  return [
    `## ${kind.kind}`,
    '',
    `\`${kind.group}/${kind.version}\`. ${kind.description}`,
    `Short names: ${kind.shortNames.map((name) => `\`${name}\``).join(', ')}; category: ${kind.categories.map((name) => `\`${name}\``).join(', ')}.`,
    '',
    '### Rules on the whole object',
    '',
    ...kind.rules.map((rule) => `- ${rule.message ?? ''}`),
    ...(kind.spec['x-kubernetes-validations'] ?? []).map((rule) => `- ${rule.message ?? ''}`),
    '',
    '### spec',
    '',
    ...table(kind.spec, 'spec'),
    '### status',
    '',
    ...table(kind.status, 'status'),
  ].join('\n');
}

function table(schema: Structural, root: string): string[] {
  const rows = [...children(schema, root, new Map())];
  return ['| field | type | meaning |', '|---|---|---|', ...rows.map(line), ''];
}

function* children(schema: Structural, path: string, listed: Listed): Generator<Row> {
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    const required = schema.required?.includes(name) ?? false;
    yield* withChildren({ path: `${path}.${name}`, schema: child, required }, listed);
  }
  const { items, additionalProperties: value } = schema;
  if (items) yield* entries(items, `${path}[]`, listed);
  if (value) yield* entries(value, `${path}.<key>`, listed);
}

/** Entries of a list or map: their type stands in the row of the list, so only their fields get rows. */
function* entries(schema: Structural, path: string, listed: Listed): Generator<Row> {
  if (schema.properties) listed.set(schema.properties, path);
  yield* children(schema, path, listed);
}

function* withChildren(row: Row, listed: Listed): Generator<Row> {
  const shape = row.schema.properties ?? row.schema.items?.properties;
  const listedAt = shape && listed.get(shape);
  if (listedAt !== undefined) {
    yield { ...row, listedAt };
    return;
  }
  if (shape) listed.set(shape, row.schema.properties ? row.path : `${row.path}[]`);
  yield row;
  yield* children(row.schema, row.path, listed);
}

function line({ path, schema, required, listedAt }: Row): string {
  const notes = [
    schema.description ?? '',
    required ? 'Required.' : '',
    listedAt === undefined ? '' : `Fields as in \`${listedAt}\`.`,
    schema.default === undefined || isEmpty(schema.default) ? '' : `Default: \`${JSON.stringify(schema.default)}\`.`,
    bounds(schema),
    ...(schema['x-kubernetes-validations'] ?? []).map((rule) => `Rule: ${rule.message ?? ''}.`),
  ];
  return `| \`${path}\` | ${typeName(schema)} | ${notes.filter(Boolean).join(' ').replaceAll('|', '\\|')} |`;
}

function typeName(schema: Structural): string {
  if (schema['x-kubernetes-int-or-string']) return 'quantity';
  if (schema['x-kubernetes-preserve-unknown-fields']) return 'object, any fields';
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.additionalProperties) return `map of ${typeName(schema.additionalProperties)}`;
  if (schema.type !== 'array') return schema.type ?? 'any';
  const keys = schema['x-kubernetes-list-map-keys']?.join(', ');
  const kind = keys ? `list by ${keys}` : schema['x-kubernetes-list-type'] === 'set' ? 'set' : 'list';
  return `${kind} of ${typeName(schema.items ?? {})}`;
}

function bounds(schema: Structural): string {
  const { minimum, maximum, maxItems, maxProperties, pattern } = schema;
  if (minimum !== undefined && maximum !== undefined) return `From ${minimum} to ${maximum}.`;
  if (maxItems !== undefined) return `At most ${maxItems} entries.`;
  if (maxProperties !== undefined) return `At most ${maxProperties} entries.`;
  return pattern === undefined ? '' : `Form: \`${pattern}\`.`;
}

function isEmpty(value: Json): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
