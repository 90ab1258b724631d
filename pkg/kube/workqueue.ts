// The work queue: which keys need a reconcile, and when. A key is never given to two workers at once, an event that arrives while its
// key is being worked on is never lost, live events overtake resyncs, and namespaces take turns.
//
// Semantics are client-go's dirty/processing sets with controller-runtime's priority queue on top. The surprising rules: adding a key
// now swallows its pending delayed add, because the earlier of the two does the work of both; and keys of low priority may be paced,
// so that a start before thousands of keys leaves room for what happens meanwhile.

import { type Clock, systemClock } from './clock.ts';
import { DelayHeap } from './delay-heap.ts';
import { FairLane } from './fair-lane.ts';
import { type KubeMetrics, noMetrics } from './metrics.ts';
import { Pace } from './pace.ts';

/** Where initial lists and resyncs stand; live events are at 0. */
export const lowPriority = -100;

export interface AddOptions {
  /** Higher goes first; 0 when absent. A key that is already waiting keeps the higher of the two. */
  readonly priority?: number;
}

export interface WorkQueueOptions {
  readonly name?: string;
  readonly clock?: Clock;
  readonly metrics?: KubeMetrics;
  /** First retry delay, doubled with each failure; 5 ms when absent. */
  readonly baseDelayMs?: number;
  /** The longest retry delay; 1000 s when absent. */
  readonly maxDelayMs?: number;
  /** How many keys of low priority are handed out in a second, one after another; all there are when absent. */
  readonly lowPerSecond?: number;
}

export interface WorkItem {
  readonly key: string;
  readonly priority: number;
}

interface Ready {
  readonly key: string;
  readonly priority: number;
  readonly since: number;
}

/** Keys to work on, each at most once. */
export class WorkQueue {
  private readonly clock: Clock;
  private readonly metrics: KubeMetrics;
  private readonly name: string;
  private readonly baseDelayMs: number;
  private readonly maxDelayMs: number;
  /** Needs work: waiting in a lane, or (when also in `processing`) to be queued again by done. */
  private readonly dirty = new Map<string, Ready>();
  private readonly processing = new Map<string, { readonly startedAt: number }>();
  private readonly lanes = new Map<number, FairLane<Ready>>();
  private readonly delayed = new DelayHeap();
  private readonly failures = new Map<string, number>();
  private readonly pace: Pace | undefined;
  private readonly takers: ((item: WorkItem | undefined) => void)[] = [];
  private readonly idle: (() => void)[] = [];
  private cancelTimer: (() => void) | undefined;
  private cancelPause: (() => void) | undefined;
  private timerAt = Number.POSITIVE_INFINITY;
  private draining = false;
  private lastProgressAt: number;

  constructor(options: WorkQueueOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.metrics = options.metrics ?? noMetrics;
    this.name = options.name ?? '';
    this.baseDelayMs = options.baseDelayMs ?? 5;
    this.maxDelayMs = options.maxDelayMs ?? 1_000_000;
    this.lastProgressAt = this.clock.monotonicMs();
    const { lowPerSecond } = options;
    this.pace = lowPerSecond === undefined ? undefined : new Pace(lowPerSecond);
  }

  /** The key needs work now. Nothing happens after shutDown. */
  add(key: string, options: AddOptions = {}): void {
    if (this.draining) return;
    const delayedPriority = this.delayed.remove(key)?.priority;
    const priority = Math.max(options.priority ?? 0, delayedPriority ?? Number.NEGATIVE_INFINITY);
    const waiting = this.dirty.get(key);
    if (waiting && waiting.priority >= priority) return;
    if (!waiting) this.metrics.queueAdded(this.name);
    const ready = { key, priority, since: waiting?.since ?? this.clock.monotonicMs() };
    this.dirty.set(key, ready);
    if (this.processing.has(key)) return;
    this.push(ready);
    this.hand();
  }

  /** The key needs work in `ms`; an earlier pending add wins, and the higher priority. */
  addAfter(key: string, ms: number, options: AddOptions = {}): void {
    if (this.draining) return;
    const priority = options.priority ?? 0;
    if (ms <= 0 || this.dirty.has(key)) {
      this.add(key, { priority });
      return;
    }
    this.delayed.add(key, this.clock.monotonicMs() + ms, priority);
    this.arm();
  }

  /** The key's work failed: it comes again after a delay that doubles with every failure. */
  addRateLimited(key: string, options: AddOptions = {}): void {
    const failures = this.failures.get(key) ?? 0;
    this.failures.set(key, failures + 1);
    this.metrics.queueRetried(this.name);
    this.addAfter(key, Math.min(this.baseDelayMs * 2 ** failures, this.maxDelayMs), options);
  }

  /** Forgets the key's failures, not the key. */
  forget(key: string): void {
    this.failures.delete(key);
  }

  /** How often the key has failed since it was last forgotten. */
  numRequeues(key: string): number {
    return this.failures.get(key) ?? 0;
  }

  /** The next key, when there is one; undefined once the queue is shut down and empty. Every key must be given back by done. */
  get(): Promise<WorkItem | undefined> {
    const next = this.take();
    if (next || this.draining) return Promise.resolve(next);
    return new Promise((resolve) => this.takers.push(resolve));
  }

  /** The work on the key is over; it is queued again when it was added meanwhile. */
  done(key: string): void {
    const work = this.processing.get(key);
    if (!work) return;
    this.processing.delete(key);
    this.lastProgressAt = this.clock.monotonicMs();
    this.metrics.queueWorked(this.name, this.lastProgressAt - work.startedAt);
    const again = this.dirty.get(key);
    if (again) this.push(again);
    this.hand();
    if (this.processing.size === 0) for (const resolve of this.idle.splice(0)) resolve();
  }

  /** Takes no more keys, drops those that wait, and resolves when the keys at work are done. */
  shutDown(): Promise<void> {
    this.draining = true;
    this.cancelTimer?.();
    this.cancelPause?.();
    this.delayed.clear();
    this.dirty.clear();
    this.lanes.clear();
    this.metrics.queueDepth(this.name, 0);
    for (const taker of this.takers.splice(0)) taker(undefined);
    if (this.processing.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  /** Keys that could be worked on now. */
  get depth(): number {
    let busy = 0;
    for (const key of this.processing.keys()) if (this.dirty.has(key)) busy += 1;
    return this.dirty.size - busy;
  }

  /** What metrics and health checks ask: keys at work, how long they have been in sum and at most, and since when nothing moved. */
  get progress(): { processing: number; unfinishedMs: number; longestMs: number; stillMs: number } {
    const now = this.clock.monotonicMs();
    let unfinishedMs = 0;
    let longestMs = 0;
    for (const { startedAt } of this.processing.values()) {
      unfinishedMs += now - startedAt;
      longestMs = Math.max(longestMs, now - startedAt);
    }
    const busy = this.processing.size > 0 || this.depth > 0;
    return { processing: this.processing.size, unfinishedMs, longestMs, stillMs: busy ? now - this.lastProgressAt : 0 };
  }

  private hand(): void {
    while (this.takers.length > 0) {
      const item = this.take();
      if (!item) break;
      this.takers.shift()?.(item);
    }
    this.metrics.queueDepth(this.name, this.depth);
  }

  private take(): WorkItem | undefined {
    let best: Ready | undefined;
    for (const [priority, lane] of this.lanes) {
      // Entries whose key moved to a higher lane stay behind and are skipped here.
      const first = lane.peek((ready) => this.dirty.get(ready.key) === ready);
      if (!first) this.lanes.delete(priority);
      else if (!best || first.priority > best.priority) best = first;
    }
    if (!best) return undefined;
    const now = this.clock.monotonicMs();
    if (best.priority <= lowPriority && this.pace?.tryTake(now) === false) {
      this.wakeIn(this.pace.nextInMs(now));
      return undefined;
    }
    this.lanes.get(best.priority)?.shift();
    this.dirty.delete(best.key);
    if (this.processing.size === 0) this.lastProgressAt = now;
    this.processing.set(best.key, { startedAt: now });
    this.metrics.queueWaited(this.name, now - best.since);
    return { key: best.key, priority: best.priority };
  }

  private push(ready: Ready): void {
    const lane = this.lanes.get(ready.priority) ?? new FairLane<Ready>();
    this.lanes.set(ready.priority, lane);
    lane.push(ready);
    if (this.processing.size === 0 && this.dirty.size === 1) this.lastProgressAt = this.clock.monotonicMs();
  }

  /** What waits is looked at again when the pace allows the next; whoever is added meanwhile is handed out as always. */
  private wakeIn(ms: number): void {
    this.cancelPause ??= this.clock.setTimeout(() => {
      this.cancelPause = undefined;
      this.hand();
    }, ms);
  }

  private arm(): void {
    const next = this.delayed.nextAt;
    if (next >= this.timerAt) return;
    this.cancelTimer?.();
    this.timerAt = next;
    this.cancelTimer = this.clock.setTimeout(() => this.wake(), Math.max(0, next - this.clock.monotonicMs()));
  }

  private wake(): void {
    this.timerAt = Number.POSITIVE_INFINITY;
    // A timer may fire up to a millisecond early; what is not due is armed again.
    for (const item of this.delayed.takeDue(this.clock.monotonicMs())) this.add(item.key, { priority: item.priority });
    this.arm();
  }
}
