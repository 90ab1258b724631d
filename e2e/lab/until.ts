// Waiting for the world in tests: asks again until the answer is yes, and says what it waited for when it never is.

import { setTimeout as sleep } from 'node:timers/promises';

export interface UntilOptions {
  readonly timeoutMs?: number;
  readonly everyMs?: number;
  /** Told in the error: the state of what was waited for. */
  readonly describe?: () => unknown;
}

/** Resolves with the first answer that is neither false nor undefined. Throws Error after the time. */
export async function until<T>(
  what: string,
  ask: () => T | false | undefined | Promise<T | false | undefined>,
  { timeoutMs = 30_000, everyMs = 25, describe }: UntilOptions = {},
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== false && answer !== undefined) return answer;
    if (performance.now() > end) {
      const state = describe === undefined ? '' : `: ${JSON.stringify(await describe(), undefined, 1)}`;
      throw new Error(`waited ${timeoutMs} ms in vain until ${what}${state}`);
    }
    await sleep(everyMs);
  }
}
