// Waiting for the world in tests: asks again until the answer is yes, and says what it waited for when it never is.
// An API server on a machine that is busy may not answer in time: whoever waits asks again, and is told of it only at the end.

import { setTimeout as sleep } from 'node:timers/promises';
import { KubeTransportError } from '../../pkg/kube/errors.ts';

/** For one request of a test: on a machine with other things to do an API server may answer late. */
export const PATIENCE_MS = 30_000;

export interface UntilOptions {
  /** A minute by default: only a test that fails waits so long. */
  readonly timeoutMs?: number;
  readonly everyMs?: number;
  /** Told in the error: the state of what was waited for. */
  readonly describe?: () => unknown;
}

/** Resolves with the first answer that is neither false nor undefined. Throws Error after the time. */
export async function until<T>(
  what: string,
  ask: () => T | false | undefined | Promise<T | false | undefined>,
  { timeoutMs = 60_000, everyMs = 25, describe }: UntilOptions = {},
): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    let unanswered: KubeTransportError | undefined;
    try {
      const answer = await ask();
      if (answer !== false && answer !== undefined) return answer;
    } catch (error) {
      if (!(error instanceof KubeTransportError)) throw error;
      unanswered = error;
    }
    if (performance.now() > end) {
      const state = describe === undefined ? '' : `: ${await stateOf(describe)}`;
      throw new Error(`waited ${timeoutMs} ms in vain until ${what}${state}`, { cause: unanswered });
    }
    await sleep(everyMs);
  }
}

/** That the state cannot be told is no reason to keep back what was waited for. */
async function stateOf(describe: () => unknown): Promise<string> {
  try {
    return JSON.stringify(await describe(), undefined, 1);
  } catch (error) {
    return String(error);
  }
}
