// Durations as the API writes them: Go's notation with whole hours, minutes and seconds ("60s", "1h10m").
// The schema checks form and bounds at admission; `parseDuration` gives code the number of milliseconds.

import { rule, string } from './helpers.ts';
import type { Structural } from './structural.ts';

const durationPattern = '^([0-9]+h)?([0-9]+m)?([0-9]+s)?$';
const longest = '720h';

/** A duration field with a default and a lower bound, at most 30 days. */
export function duration(
  description: string,
  options: { readonly default?: string; readonly min: string },
): Structural {
  return string(description, {
    min: 2,
    max: 16,
    pattern: durationPattern,
    ...(options.default === undefined ? {} : { default: options.default }),
    rules: [
      rule(
        `duration(self) >= duration('${options.min}') && duration(self) <= duration('${longest}')`,
        `must be a duration from ${options.min} to ${longest}, such as 90s, 70m or 1h30m`,
      ),
    ],
  });
}

/**
 * Milliseconds of a duration such as "70m" or "1h10m".
 * @throws RangeError when the text is not a duration of the API
 */
export function parseDuration(text: string): number {
  const match = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (!match || text === '') throw new RangeError(`"${text}" is not a duration such as 90s, 70m or 1h30m`);
  const [, hours = '0', minutes = '0', seconds = '0'] = match;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}
