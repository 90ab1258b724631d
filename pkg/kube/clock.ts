// Time as the runtime sees it: wall time for what people read, monotonic time for every decision, and timers.
//
// Nothing in pkg/kube may call Date.now or the global setTimeout, so that tests own time. The surprising rule: an NTP step or a
// wrong wall clock must never move a deadline, hence deadlines are always monotonicMs.

/** Cancels a timer; harmless when it has fired. */
export type Cancel = () => void;

/** Wall time, monotonic milliseconds and timers. */
export interface Clock {
  now(): Date;
  monotonicMs(): number;
  setTimeout(fn: () => void, ms: number): Cancel;
}

/** What a timer of Node holds; one that is given more fires after a millisecond, and who sets it anew each time never rests. */
const longestTimerMs = 2 ** 31 - 1;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  setTimeout(fn, ms) {
    let timer: NodeJS.Timeout | undefined;
    const wait = (leftMs: number): void => {
      timer =
        leftMs > longestTimerMs
          ? setTimeout(() => wait(leftMs - longestTimerMs), longestTimerMs)
          : setTimeout(fn, leftMs);
    };
    wait(ms);
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`, or at once when the signal aborts: look at the signal afterwards. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const finish = () => {
      cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.setTimeout(finish, ms);
    signal?.addEventListener('abort', finish);
  });
}

interface FakeTimer {
  readonly at: number;
  readonly fn: () => void;
}

/** A clock for tests: time stands still until `advance`, `stall` or `stepWallClock` moves it. */
export class FakeClock implements Clock {
  private monotonic = 0;
  private wall: number;
  private readonly timers = new Set<FakeTimer>();

  constructor(start = '2026-01-01T00:00:00.000Z') {
    this.wall = Date.parse(start);
  }

  now(): Date {
    return new Date(this.wall);
  }

  monotonicMs(): number {
    return this.monotonic;
  }

  setTimeout(fn: () => void, ms: number): Cancel {
    const timer = { at: this.monotonic + Math.max(0, ms), fn };
    this.timers.add(timer);
    return () => {
      this.timers.delete(timer);
    };
  }

  /** The number of timers that have not fired. */
  get pendingTimers(): number {
    return this.timers.size;
  }

  /** Milliseconds until the next timer fires; undefined when there is none. */
  get nextTimerMs(): number | undefined {
    const next = this.earliest(Number.POSITIVE_INFINITY);
    return next && Math.max(0, next.at - this.monotonic);
  }

  /** Lets time pass: fires due timers in order and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const end = this.monotonic + ms;
    await settle();
    for (let next = this.earliest(end); next; next = this.earliest(end)) {
      this.pass(Math.max(0, next.at - this.monotonic));
      this.timers.delete(next);
      next.fn();
      await settle();
    }
    this.pass(end - this.monotonic);
    await settle();
  }

  /** Time passes but no timer fires: a blocked event loop, or a stopped process. */
  stall(ms: number): void {
    this.pass(ms);
  }

  /** Moves wall time only, as an NTP step does. */
  stepWallClock(ms: number): void {
    this.wall += ms;
  }

  private pass(ms: number): void {
    this.monotonic += ms;
    this.wall += ms;
  }

  private earliest(end: number): FakeTimer | undefined {
    let first: FakeTimer | undefined;
    for (const timer of this.timers) if (timer.at <= end && (!first || timer.at < first.at)) first = timer;
    return first;
  }
}

/** Lets every promise that can settle without a timer or I/O do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
