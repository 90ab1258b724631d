// Stops asking a node, or a cluster, that keeps failing, and lets one probe through after a pause that doubles.
// Own rather than a library's: the clock is injected, and the time of the next probe must be known to schedule it.
// Surprising: only failures to get an answer count. A NiFi that says 409 or 500 is alive, and asking it less would not help.

import type { Clock } from '../kube/clock.ts';
import type { BreakerState } from './observe.ts';

export interface BreakerOptions {
  readonly clock: Clock;
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number;
  /** Failures in a row that open it. */
  readonly threshold: number;
  readonly firstPauseMs: number;
  readonly maxPauseMs: number;
  readonly onChange?: (state: BreakerState) => void;
}

export class Breaker {
  private readonly options: BreakerOptions;
  private current: BreakerState = 'closed';
  private failures = 0;
  private pauses = 0;
  private probeAtMs = 0;

  constructor(options: BreakerOptions) {
    this.options = options;
  }

  get state(): BreakerState {
    return this.current;
  }

  /** When a call may be made again, monotonic; undefined when it may be made now. */
  get retryAtMs(): number | undefined {
    return this.current === 'open' && this.options.clock.monotonicMs() < this.probeAtMs ? this.probeAtMs : undefined;
  }

  /** Whether a call may be made now. After the pause exactly one caller gets true; its outcome must be reported. */
  tryAcquire(): boolean {
    if (this.current === 'closed') {
      return true;
    }
    if (this.current === 'half-open' || this.retryAtMs !== undefined) {
      return false;
    }
    this.become('half-open');
    return true;
  }

  success(): void {
    this.failures = 0;
    this.pauses = 0;
    this.become('closed');
  }

  failure(): void {
    this.failures += 1;
    // A call that began before it opened says nothing new.
    if (this.current === 'half-open' || (this.current === 'closed' && this.failures >= this.options.threshold)) {
      const { firstPauseMs, maxPauseMs, random, clock } = this.options;
      const pauseMs = Math.min(maxPauseMs, firstPauseMs * 2 ** this.pauses);
      this.pauses = Math.min(this.pauses + 1, 30);
      this.probeAtMs = clock.monotonicMs() + pauseMs * (0.75 + random() / 2);
      this.become('open');
    }
  }

  /** Something changed that may mend it (or a probe was given up): the next caller may probe at once. */
  allowProbe(): void {
    if (this.current !== 'closed') {
      this.probeAtMs = this.options.clock.monotonicMs();
      this.become('open');
    }
  }

  private become(state: BreakerState): void {
    if (state !== this.current) {
      this.current = state;
      this.options.onChange?.(state);
    }
  }
}
