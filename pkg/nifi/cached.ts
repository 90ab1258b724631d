// One answer of NiFi that many callers read: kept with its age, fetched by one request at a time, repeated after failures.
// It never makes a caller wait: `get` answers at once, and `landed` is called when there is something new to read. Without a period
// it asks only while somebody does: after a failure `landed` has the caller ask again when it is time.
// Surprising: the age counts from when the request was *sent*, so an answer is never believed to be newer than it can be.

import type { Cancel, Clock } from '../kube/clock.ts';
import type { Breaker } from './breaker.ts';

export interface CachedOptions<T> {
  readonly clock: Clock;
  readonly random: () => number;
  /** Asks NiFi; what it answers carries the time at which it was asked. */
  readonly fetch: () => Promise<T>;
  readonly breaker: Breaker;
  /** Called when an awaited answer has come, when the answer changed, and when it starts or ceases to fail. */
  readonly landed: () => void;
  /** Whether two answers are the same to a reader. */
  readonly same: (a: T, b: T) => boolean;
  /** Without being asked, fetch once per this period (jittered). */
  readonly periodMs?: number;
  /** Told of each failure, and with undefined of each success; returns whether readers should hear of it. */
  readonly failed: (error: unknown) => boolean;
}

export class Cached<T extends { readonly takenAtMs: number }> {
  private readonly options: CachedOptions<T>;
  private value: T | undefined;
  private running: Promise<T> | undefined;
  private lastFailure: unknown;
  private wanted = false;
  private closed = false;
  private cancelTimer: Cancel | undefined;

  constructor(options: CachedOptions<T>) {
    this.options = options;
  }

  /** The last answer, however old. */
  peek(): T | undefined {
    return this.value;
  }

  /** The last answer if it is young enough; otherwise a newer one is on its way. */
  get(maxAgeMs: number): T | undefined {
    if (this.value !== undefined && this.options.clock.monotonicMs() - this.value.takenAtMs <= maxAgeMs) {
      return this.value;
    }
    this.renew();
    return undefined;
  }

  /** However young the last answer is, a newer one is on its way: something was changed just now. */
  renew(): void {
    this.wanted = true;
    this.start();
  }

  /**
   * An answer that was asked for at `sinceMs` or later; joins a request that is under way when it is new enough. Fails with the last
   * failure, without asking, while the pause after it lasts.
   */
  async since(sinceMs: number): Promise<T> {
    let last = this.value;
    while (last === undefined || last.takenAtMs < sinceMs) {
      if (this.running === undefined && !this.options.breaker.tryAcquire()) {
        throw this.lastFailure;
      }
      last = await (this.running ?? this.fetchNow());
    }
    return last;
  }

  /** Something changed that may end a series of failures: the next attempt need not wait. */
  poke(): void {
    if (this.wanted || this.options.periodMs !== undefined) {
      this.options.breaker.allowProbe();
      this.start();
    }
  }

  close(): void {
    this.closed = true;
    this.cancelTimer?.();
  }

  private start(): void {
    if (this.running !== undefined || this.closed) {
      return;
    }
    if (this.options.breaker.tryAcquire()) {
      // The failure is already kept by fetchNow; nobody waits for this promise.
      this.fetchNow().catch(() => undefined);
    } else {
      this.schedule();
    }
  }

  private due(): void {
    if (this.options.periodMs === undefined) {
      this.wanted = false;
      this.options.landed();
    } else {
      this.start();
    }
  }

  private async fetchNow(): Promise<T> {
    this.cancelTimer?.();
    this.running = this.options.fetch();
    try {
      const value = await this.running;
      this.running = undefined;
      this.succeed(value);
      return value;
    } catch (error) {
      this.running = undefined;
      this.fail(error);
      throw error;
    }
  }

  private succeed(value: T): void {
    this.options.breaker.success();
    const tell = this.wanted || this.value === undefined || !this.options.same(this.value, value);
    const recovered = this.options.failed(undefined);
    this.value = value;
    this.wanted = false;
    this.schedule();
    if (tell || recovered) {
      this.options.landed();
    }
  }

  private fail(error: unknown): void {
    this.lastFailure = error;
    this.options.breaker.failure();
    const tell = this.options.failed(error);
    this.schedule();
    if (tell && !this.closed) {
      this.options.landed();
    }
  }

  private schedule(): void {
    const { clock, breaker, periodMs, random } = this.options;
    this.cancelTimer?.();
    const retryAtMs = breaker.retryAtMs;
    if (this.closed || (periodMs === undefined && !this.wanted)) {
      return;
    }
    const failing = breaker.state !== 'closed';
    const pauseMs = failing
      ? (retryAtMs ?? clock.monotonicMs()) - clock.monotonicMs()
      : (periodMs ?? 0) * (0.9 + random() / 5);
    this.cancelTimer = clock.setTimeout(() => this.due(), Math.max(1, pauseMs));
  }
}
