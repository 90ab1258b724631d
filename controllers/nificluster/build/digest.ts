// Digests of plain values: equal for equal meaning, whatever the order of keys, and short enough for a name.

import { createHash } from 'node:crypto';

/** A letter, because a name ending in a number could be another node's record. */
export function digestOf(value: unknown): string {
  const bytes = createHash('sha256').update(canonical(value)).digest();
  const text = BigInt(`0x${bytes.toString('hex')}`).toString(36);
  return `r${text.slice(0, 9)}`;
}

/**
 * JSON with sorted keys, without what is absent or empty: a field that a later version adds must not change the
 * digest of a cluster that does not use it.
 */
export function canonical(value: unknown): string {
  return JSON.stringify(pruned(value)) ?? 'null';
}

function pruned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pruned);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .map(([key, child]) => [key, pruned(child)] as const)
    .filter(([, child]) => child !== undefined && child !== null && !isEmpty(child))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
