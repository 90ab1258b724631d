// Merges nifi.properties: NiFi's defaults for the version, this node's values over them, the user's over both; and
// splits off what came out of a Secret. A later layer always wins over the whole of an earlier one.
// Surprising rule: a key whose value would be empty is left out, unless the user set it so. NiFi reads both alike.

import { knownProperties } from './known-properties.ts';
import { nodeProperties } from './node-properties.ts';
import type { NodeConfigInput } from './types.ts';

export interface PropertyEntry {
  readonly key: string;
  readonly value: string;
}

export interface PropertySection {
  readonly title: string;
  readonly entries: readonly PropertyEntry[];
}

const furtherKeys = 'Of this cluster and its user';

/** The public part, in a fixed order: the known keys by section, then all others by name. */
export function nifiPropertySections(input: NodeConfigInput): PropertySection[] {
  const known = knownProperties(input.version);
  const sectionOf = new Map(known.map(({ key, section }) => [key, section]));
  const sections = new Map<string, PropertyEntry[]>();
  for (const [key, value] of mergedValues(input)) {
    const title = sectionOf.get(key) ?? furtherKeys;
    sections.set(title, [...(sections.get(title) ?? []), { key, value }]);
  }
  return [...sections].map(([title, entries]) => ({ title, entries }));
}

function mergedValues(input: NodeConfigInput): Map<string, string> {
  const known = knownProperties(input.version);
  const decided = nodeProperties(input);
  const values = new Map<string, string>();
  for (const { key, defaultValue } of known) {
    const value = key in decided ? decided[key] : defaultValue;
    if (value !== undefined && value !== '') values.set(key, value);
  }
  const knownKeys = new Set(known.map(({ key }) => key));
  for (const key of Object.keys(decided)
    .filter((key) => !knownKeys.has(key) && isFamilyMember(key))
    .toSorted()) {
    values.set(key, decided[key] ?? '');
  }
  for (const key of Object.keys(input.overrides.nifiProperties).toSorted()) {
    values.set(key, input.overrides.nifiProperties[key] ?? '');
  }
  for (const key of Object.keys(input.secretOverrides.nifiProperties)) values.delete(key);
  return values;
}

/** Keys that are made up as needed and so are in no default file. All other unknown keys are of another release. */
function isFamilyMember(key: string): boolean {
  return /^nifi\.(?:security\.identity\.mapping|content\.repository\.directory|provenance\.repository\.directory|nar\.library\.directory|python\.extensions\.source\.directory)\./.test(
    key,
  );
}
