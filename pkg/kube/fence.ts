// The write fence: a leader may write only while no other can have taken the lease.
//
// The check compares monotonic time in the same turn of the event loop that writes the bytes, because a blocked loop also delays the
// timer that would have stopped a former leader. Without leader election the fence is open for ever.

import { type Clock, systemClock } from './clock.ts';
import { FencedError } from './errors.ts';

/** Opens with the lease and shuts by itself. */
export class WriteFence {
  private readonly clock: Clock;
  private deadline = Number.POSITIVE_INFINITY;
  /** leaseTransitions of the term that we write in; undefined without leader election. */
  term: number | undefined;

  constructor(clock: Clock = systemClock) {
    this.clock = clock;
  }

  /** Throws FencedError when writes are not allowed now. */
  check(): void {
    const late = this.clock.monotonicMs() - this.deadline;
    if (late < 0) return;
    throw new FencedError(
      this.deadline === Number.NEGATIVE_INFINITY
        ? 'This process does not hold the lease'
        : `The lease was last renewed too long ago (${Math.round(late)} ms past the deadline)`,
    );
  }

  get open(): boolean {
    return this.clock.monotonicMs() < this.deadline;
  }

  /** Allows writes until this monotonic time. */
  openUntil(deadline: number, term: number): void {
    this.deadline = deadline;
    this.term = term;
  }

  /** Allows no writes from now on. */
  close(): void {
    this.deadline = Number.NEGATIVE_INFINITY;
  }
}
