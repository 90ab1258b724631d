// How long to wait before trying again: doubling with jitter, forgotten after a healthy while.
//
// The figures are client-go's reflector's: 800 ms, ×2, at most 30 s, each stretched by up to its own length so that many clients do
// not come back together; two minutes without a failure start it over.

import type { Clock } from './clock.ts';

export interface BackoffOptions {
  readonly baseMs?: number;
  readonly capMs?: number;
  readonly resetMs?: number;
  /** 0 ≤ random < 1. */
  readonly random?: () => number;
}

/** The delays of one thing that is retried. */
export class Backoff {
  private readonly clock: Clock;
  private readonly baseMs: number;
  private readonly capMs: number;
  private readonly resetMs: number;
  private readonly random: () => number;
  private failures = 0;
  private lastAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, options: BackoffOptions = {}) {
    this.clock = clock;
    this.baseMs = options.baseMs ?? 800;
    this.capMs = options.capMs ?? 30_000;
    this.resetMs = options.resetMs ?? 120_000;
    this.random = options.random ?? Math.random;
  }

  /** The next delay in milliseconds: between the doubled base and twice that. */
  next(): number {
    const now = this.clock.monotonicMs();
    if (now - this.lastAt > this.resetMs) this.failures = 0;
    const delay = Math.min(this.baseMs * 2 ** this.failures, this.capMs) * (1 + this.random());
    this.failures += 1;
    this.lastAt = now + delay;
    return delay;
  }
}
