// Somebody who asks for a kind again and again, and notes every time that there is no answer.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Stage } from './stage.ts';

const EVERY_MS = 200;

export interface Asking {
  /** What went wrong since the beginning. Throws when nothing was asked. */
  stop(): Promise<readonly string[]>;
}

export function asking(stage: Stage, kind: string): Asking {
  const failures: string[] = [];
  const ended = new AbortController();
  let asked = 0;
  const work = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      asked += 1;
      await stage.kubectl('get', kind, '--all-namespaces').catch((error: unknown) => failures.push(String(error)));
      await sleep(EVERY_MS);
    }
  };
  const working = work();
  return {
    async stop() {
      ended.abort();
      await working;
      if (asked === 0) throw new Error(`nobody asked for ${kind}`);
      return failures;
    },
  };
}
