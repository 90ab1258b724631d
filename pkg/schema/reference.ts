// Prints the API reference of a kind as Markdown: one table row a field, in the order in which the schema is written, with type,
// default, bounds and the messages of its rules. What is not in the schema is not in the reference.

import type { CustomResource } from './crd.ts';
import type { Json, Structural } from './structural.ts';

interface Row {
  readonly path: string;
  readonly schema: Structural;
  readonly required: boolean;
}

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
  const rows = [...children(schema, root)];
  return ['| field | type | meaning |', '|---|---|---|', ...rows.map(line), ''];
}

function* children(schema: Structural, path: string): Generator<Row> {
  for (const [name, child] of Object.entries(schema.properties ?? {})) {
    const row = { path: `${path}.${name}`, schema: child, required: schema.required?.includes(name) ?? false };
    yield row;
    yield* children(child, row.path);
  }
  if (schema.items) yield* children(schema.items, `${path}[]`);
  if (schema.additionalProperties) yield* children(schema.additionalProperties, `${path}.<key>`);
}

function line({ path, schema, required }: Row): string {
  const notes = [
    schema.description ?? '',
    required ? 'Required.' : '',
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
