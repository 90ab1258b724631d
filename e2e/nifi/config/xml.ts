// Reads NiFi's provider files: lists of {identifier, class, property name → text}.
// A file that is not well-formed, or that lacks its root element, ends the start as it does in NiFi.

import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { StartRefused } from '../errors.ts';

export interface Provider {
  readonly identifier: string;
  readonly className: string;
  readonly properties: ReadonlyMap<string, string>;
}

interface RawProvider {
  readonly identifier?: unknown;
  readonly id?: unknown;
  readonly class?: unknown;
  readonly property?: readonly (string | { readonly '@_name'?: string; readonly '#text'?: unknown })[];
}

const lists = new Set([
  'property',
  'userGroupProvider',
  'accessPolicyProvider',
  'authorizer',
  'provider',
  'local-provider',
  'cluster-provider',
]);
const parser = new XMLParser({
  ignoreAttributes: false,
  parseTagValue: false,
  trimValues: true,
  isArray: (name) => lists.has(name),
});

/** Element name → its providers, in the file's order. */
export function parseProviders(text: string, file: string, root: string): ReadonlyMap<string, readonly Provider[]> {
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw new StartRefused(`Unable to load ${file}: ${valid.err.msg} at line ${valid.err.line}`);
  const document = parser.parse(text) as Record<string, Record<string, readonly RawProvider[]> | string | undefined>;
  // An empty root is an empty string to the parser.
  const elements = document[root];
  if (elements === undefined) throw new StartRefused(`Unable to load ${file}: no element <${root}>`);
  const providers = new Map<string, readonly Provider[]>();
  if (typeof elements === 'string') return providers;
  for (const [name, list] of Object.entries(elements)) {
    if (Array.isArray(list)) providers.set(name, list.map(toProvider));
  }
  return providers;
}

function toProvider(raw: RawProvider): Provider {
  const properties = new Map<string, string>();
  for (const item of raw.property ?? []) {
    if (typeof item === 'string' || item['@_name'] === undefined) continue;
    const text = item['#text'];
    properties.set(item['@_name'], typeof text === 'string' ? text : '');
  }
  return { identifier: textOf(raw.identifier ?? raw.id), className: textOf(raw.class), properties };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
