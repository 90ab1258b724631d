// What one attempt of a background task may use of its gateway. Everything here ends by itself: calls have deadlines, pauses end with
// the gateway. Surprising: what follows an aborted attempt to its end (`finishOn`, `pause`) goes on after the signal, calls do not begin.

import { type Clock, sleep } from '../../kube/clock.ts';
import type { Asker } from '../asker.ts';
import type { Cached } from '../cached.ts';
import { NiFiUnreachableError } from '../errors.ts';
import type { ClusterView, TaskContext } from '../types.ts';

export interface ContextOptions {
  readonly clock: Clock;
  readonly asker: Asker;
  readonly view: Cached<ClusterView>;
  readonly transport: TaskContext['transport'];
  /** Ends this attempt. */
  readonly signal: AbortSignal;
  /** Ends the gateway. */
  readonly closing: AbortSignal;
}

export function taskContext(options: ContextOptions): TaskContext {
  const { clock, asker, view, transport, signal, closing } = options;
  const startedAtMs = clock.monotonicMs();
  const viewSince = async (sinceMs: number): Promise<ClusterView> => {
    signal.throwIfAborted();
    return await view.since(sinceMs);
  };
  const freshView = (): Promise<ClusterView> => viewSince(startedAtMs);
  return {
    transport,
    signal,
    freshView,
    nowMs: () => clock.monotonicMs(),
    recentView: (maxAgeMs) => viewSince(clock.monotonicMs() - maxAgeMs),
    lookAgain: () => view.renew(),
    pause: async (ms) => {
      await sleep(clock, ms, closing);
      if (closing.aborted) {
        throw new NiFiUnreachableError(-1, 'Aborted', 'The gateway was closed');
      }
    },
    call: async (use, given) => await asker.askConnected(view.peek() ?? (await freshView()), use, { signal, ...given }),
    callOn: (id, use) => {
      signal.throwIfAborted();
      return asker.ask(id, use);
    },
    finishOn: (id, use) => asker.ask(id, use),
  };
}
