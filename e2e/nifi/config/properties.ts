// Reads nifi.properties and bootstrap.conf as Java does, and refuses what NiFi's loader refuses.
// NiFi accepts a key twice only with the same value: a file that was appended to is the usual way to break that.

import { parseLines } from 'dot-properties';
import { StartRefused } from '../errors.ts';

export type Properties = ReadonlyMap<string, string>;

/** Throws StartRefused for a key that has two values. */
export function parseProperties(text: string): Properties {
  const properties = new Map<string, string>();
  const clashing = new Set<string>();
  for (const line of parseLines(text)) {
    if (typeof line === 'string') continue;
    const [key = '', value = ''] = line;
    const known = properties.get(key);
    if (known !== undefined && known !== value) clashing.add(key);
    properties.set(key, value);
  }
  if (clashing.size > 0) {
    const keys = [...clashing].join(', ');
    throw new StartRefused(`Duplicate property keys with different values were found in the properties file: ${keys}`);
  }
  return properties;
}

/** The value without surrounding blanks; undefined when the key is absent or empty, which are the same to NiFi. */
export function property(properties: Properties, key: string): string | undefined {
  const value = properties.get(key)?.trim();
  return value === '' ? undefined : value;
}

/** Like `property`, with StartRefused naming the key when there is no value. */
export function requiredProperty(properties: Properties, key: string): string {
  const value = property(properties, key);
  if (value === undefined) throw new StartRefused(`Required property [${key}] is not set`);
  return value;
}

/** A TCP port, or StartRefused. */
export function portProperty(properties: Properties, key: string): number | undefined {
  const value = property(properties, key);
  if (value === undefined) return undefined;
  const port = Number(value);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new StartRefused(`Property [${key}] is not a port: ${value}`);
  return port;
}
