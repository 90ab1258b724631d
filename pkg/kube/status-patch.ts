// The merge patch that turns one status into another, so that a status that is as it should be costs no write. Pure.

/** The top-level fields that differ, null for those that are gone; undefined when none does. */
export function statusPatch(before: object, now: object): Record<string, unknown> | undefined {
  const old = before as Readonly<Record<string, unknown>>;
  const fresh = now as Readonly<Record<string, unknown>>;
  const fields = [...new Set([...Object.keys(old), ...Object.keys(fresh)])];
  const changed = fields.filter((field) => stable(old[field]) !== stable(fresh[field]));
  return changed.length === 0 ? undefined : Object.fromEntries(changed.map((field) => [field, fresh[field] ?? null]));
}

/** JSON with sorted keys: the API server returns them in an order of its own. */
function stable(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? 'absent'
  );
}
