// The API's own lint: what the API server would accept and a user would regret. Every field is described and bounded, every list says
// how it merges, every rule says what mends it, every default is valid. One sentence a problem, beginning with the path.
// The API server's own checks (structural form, CEL compilation and cost) are crdlint's.

import { applyDefaults } from './defaults.ts';
import type { CustomResource } from './kind.ts';
import type { Structural } from './structural.ts';
import { validatorOf } from './validator.ts';

const longestSummary = 100;
const requiredColumns = ['Ready', 'Age'];
/** Of a kind with a scale subresource. */
const scaledColumns = ['Replicas', 'Phase', 'Version'];

/** Problems of a kind; empty when there is none. */
export function lintKind(kind: CustomResource): string[] {
  const columns = kind.columns.map(({ name }) => name);
  const required = kind.scale === undefined ? requiredColumns : [...requiredColumns, ...scaledColumns];
  return [
    ...required.filter((name) => !columns.includes(name)).map((name) => `columns: ${name} is missing`),
    ...[...walk(kind.spec, 'spec')].flatMap(([path, schema]) => lintSchema(path, schema)),
    ...[...walk(kind.status, 'status')].flatMap(([path, schema]) => lintSchema(path, schema)),
  ];
}

/** Every schema with its path, parents first; list entries as `path[]`, map values as `path.*`. */
export function* walk(schema: Structural, path: string): Generator<readonly [string, Structural]> {
  yield [path, schema];
  for (const [name, child] of Object.entries(schema.properties ?? {})) yield* walk(child, `${path}.${name}`);
  if (schema.items) yield* walk(schema.items, `${path}[]`);
  if (schema.additionalProperties) yield* walk(schema.additionalProperties, `${path}.*`);
}

function lintSchema(path: string, schema: Structural): string[] {
  const problems = [...descriptionProblems(schema), ...boundProblems(schema), ...listProblems(schema)];
  for (const { rule, message } of schema['x-kubernetes-validations'] ?? []) {
    if (!message) problems.push(`rule without a message: ${rule}`);
  }
  if (schema.default !== undefined) {
    const filled = applyDefaults(schema, schema.default);
    problems.push(...validatorOf(schema)(filled).map((problem) => `default: ${problem}`));
  }
  return problems.map((problem) => `${path}: ${problem}`);
}

function descriptionProblems({ description }: Structural): string[] {
  if (!description) return ['no description'];
  const [summary = ''] = description.split(/(?<=[.;])\s/);
  const problems = summary.length > longestSummary ? [`first sentence longer than ${longestSummary} characters`] : [];
  if (!description.endsWith('.')) problems.push('description does not end with a full stop');
  return problems;
}

function boundProblems(schema: Structural): string[] {
  const problems: string[] = [];
  if (schema.type === 'string' && !schema.enum && schema.maxLength === undefined)
    problems.push('string without maxLength');
  if (schema.type === 'integer' && schema.minimum === undefined) problems.push('integer without minimum');
  if (schema.type === 'integer' && schema.format === 'int32' && schema.maximum === undefined) {
    problems.push('integer without maximum');
  }
  if (schema.additionalProperties && schema.maxProperties === undefined) problems.push('map without maxProperties');
  return problems;
}

function listProblems(schema: Structural): string[] {
  if (schema.type !== 'array') return [];
  const problems = schema.maxItems === undefined ? ['list without maxItems'] : [];
  const listType = schema['x-kubernetes-list-type'];
  if (!listType) problems.push('list without list type');
  const required = schema.items?.required ?? [];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (listType === 'map' && keys.length === 0) problems.push('list map without keys');
  problems.push(...keys.filter((key) => !required.includes(key)).map((key) => `list key ${key} is not required`));
  if (listType === 'set' && schema.items?.type === 'object' && schema.items['x-kubernetes-map-type'] !== 'atomic') {
    problems.push('set of objects that are not atomic');
  }
  return problems;
}
