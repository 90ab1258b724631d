// RFC 3339 times in annotations. Pure: nothing here asks what time it is.

/** `2026-11-21T12:00:00.000Z` for milliseconds since the epoch. */
export function timestampText(ms: number): string {
  return new Date(ms).toISOString();
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/iu;

/** Milliseconds since the epoch; undefined for a text that is no RFC 3339 time (section 5.6: date, T, time, offset). */
export function parseTimestamp(text: string | undefined): number | undefined {
  if (text === undefined || !rfc3339.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
