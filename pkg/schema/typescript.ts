// Prints TypeScript interfaces for a kind, in two views: as the user writes it (a field with a default may be absent) and as the
// API server returns it (`Defaulted…`: a field with a default is always there, so code needs no fall-backs).
// Surprise: a named object whose two views are alike is printed once; only where defaults make a difference are there two.

import type { CustomResource } from './kind.ts';
import type { Structural } from './structural.ts';

type View = 'user' | 'defaulted';

const scalarTypes = { string: 'string', integer: 'number', boolean: 'boolean' } as const;

interface Printer {
  readonly interfaces: Map<string, string>;
}

/** The text of the generated module, without its header. */
export function typescriptOf(kind: CustomResource): string {
  const printer: Printer = { interfaces: new Map() };
  typeOf(printer, kind.spec, 'user');
  typeOf(printer, kind.spec, 'defaulted');
  typeOf(printer, kind.status, 'defaulted');
  const parts = [rootInterface(kind, 'user'), rootInterface(kind, 'defaulted'), ...printer.interfaces.values()];
  return parts.join('\n');
}

function rootInterface(kind: CustomResource, view: View): string {
  const prefix = view === 'defaulted' ? 'Defaulted' : '';
  const spec = interfaceName(kind.spec['x-ts-name'] ?? `${kind.kind}Spec`, kind.spec, view);
  const status = kind.status['x-ts-name'] ?? `${kind.kind}Status`;
  const note = view === 'user' ? 'As the user writes it.' : 'As the API server returns it: every default filled in.';
  return [
    `/** ${kind.description} ${note} */`,
    `export interface ${prefix}${kind.kind} extends KubeObject {`,
    `  readonly apiVersion: '${kind.group}/${kind.version}';`,
    `  readonly kind: '${kind.kind}';`,
    `  readonly spec: ${spec};`,
    `  readonly status?: ${status};`,
    '}',
    '',
  ].join('\n');
}

function typeOf(printer: Printer, schema: Structural, view: View): string {
  if (schema.enum) return schema.enum.map((value) => `'${value}'`).join(' | ');
  if (schema['x-kubernetes-int-or-string']) return 'number | string';
  if (schema.type === 'array') return `readonly ${parenthesised(typeOf(printer, schema.items ?? {}, view))}[]`;
  if (schema.type === 'object') return objectType(printer, schema, view);
  return schema.type === undefined ? 'unknown' : scalarTypes[schema.type];
}

function objectType(printer: Printer, schema: Structural, view: View): string {
  if (schema.additionalProperties)
    return `Readonly<Record<string, ${typeOf(printer, schema.additionalProperties, view)}>>`;
  if (!schema.properties) return 'Readonly<Record<string, unknown>>';
  const baseName = schema['x-ts-name'];
  if (baseName === undefined) return `{ ${fields(printer, schema, view).join(' ')} }`;
  const name = interfaceName(baseName, schema, view);
  const body = fields(printer, schema, view, true).map((field) => `  ${field}\n`);
  const text = `/** ${schema.description ?? baseName} */\nexport interface ${name} {\n${body.join('')}}\n`;
  const known = printer.interfaces.get(name);
  if (known !== undefined && shape(known) !== shape(text)) throw new Error(`two different schemas are named ${name}`);
  if (known === undefined) printer.interfaces.set(name, text);
  return name;
}

function fields(printer: Printer, schema: Structural, view: View, documented = false): string[] {
  return Object.entries(schema.properties ?? {}).map(([name, child]) => {
    const present = schema.required?.includes(name) || (view === 'defaulted' && child.default !== undefined);
    const field = `readonly ${name}${present ? '' : '?'}: ${typeOf(printer, child, view)};`;
    return documented && child.description ? `/** ${child.description} */\n  ${field}` : field;
  });
}

/** Without its comments, which say what a shape is used for and may differ from place to place. */
function shape(text: string): string {
  return text.replaceAll(/\/\*\*.*\*\//g, '');
}

function interfaceName(name: string, schema: Structural, view: View): string {
  return view === 'defaulted' && hasDefaults(schema) ? `Defaulted${name}` : name;
}

function hasDefaults(schema: Structural): boolean {
  const children = [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties];
  return children.some((child) => child !== undefined && (child.default !== undefined || hasDefaults(child)));
}

function parenthesised(type: string): string {
  return type.includes(' | ') ? `(${type})` : type;
}
