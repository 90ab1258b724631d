// Caps how many of something run at once: requests to the API server, spawned shells; and makes requests outlive an API
// server that is away for a while, as a kubelet does.

import { KubeApiError, KubeTransportError } from '../../pkg/kube/errors.ts';

/** Runs `task` when fewer than the cap run; first come, first served. */
export type Limiter = <T>(task: () => Promise<T>) => Promise<T>;

export function createLimiter(cap: number): Limiter {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running >= cap) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

/**
 * A limiter that tries again for as long as the API server is not to be reached or is in trouble of its own, until
 * `signal` aborts. A task may so be carried out twice: the caller takes AlreadyExists and Conflict for done.
 */
export function createPatientLimiter(cap: number, pause: () => Promise<void>, signal: AbortSignal): Limiter {
  const limit = createLimiter(cap);
  return async (task) => {
    for (;;) {
      try {
        return await limit(task);
      } catch (error) {
        if (signal.aborted || !passes(error)) throw error;
        await pause();
      }
    }
  };
}

function passes(error: unknown): boolean {
  return (
    error instanceof KubeTransportError ||
    (error instanceof KubeApiError && (error.status >= 500 || error.status === 429))
  );
}
