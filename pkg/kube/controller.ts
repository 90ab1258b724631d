// Runs one reconcile function: workers take keys from the queue, one worker a key, and the outcome decides when the key comes again.
//
// It knows no kind. The surprising rule: a failure's class decides everything (errors.ts), and every other thing thrown, even what is
// not an Error, counts as a failure of that key alone and never stops a worker.

import { type Clock, systemClock } from './clock.ts';
import { type Condition, findCondition } from './conditions.ts';
import { FencedError, messageOf, ReconcileError, StalledError, WaitingError } from './errors.ts';
import { type KubeMetrics, type Logger, noLogger, noMetrics, type ReconcileResult } from './metrics.ts';
import type { Source } from './reflector.ts';
import { type KubeObject, keyText, type ObjectKey, parseKey } from './types.ts';
import { type AddOptions, lowPriority, type WorkItem, WorkQueue } from './workqueue.ts';

/** What a reconcile may ask for: to be called again after a while. */
export interface Result {
  readonly requeueAfterMs?: number;
}

export interface ReconcileContext {
  /** The one `now` of this reconcile. */
  readonly now: Date;
  readonly monotonicMs: number;
  /** Aborted when the process stops and the grace period is over, or leadership is lost. */
  readonly signal: AbortSignal;
  /** How often this key has failed in a row before. */
  readonly failures: number;
}

export type ReconcileFunction = (key: ObjectKey, context: ReconcileContext) => Promise<Result | undefined>;

export interface ControllerOptions {
  readonly name: string;
  readonly reconcile: ReconcileFunction;
  /** 4 when absent. */
  readonly workers?: number;
  /** All keys of the first watched source come again so often, at low priority and with jitter; 10 h when absent, 0 is never. */
  readonly resyncMs?: number;
  /** Retry delays of keys that fail: the first and the longest; 5 ms and 1000 s when absent. */
  readonly baseDelayMs?: number;
  readonly maxDelayMs?: number;
  /** How many of the keys that the initial list and resyncs bring are begun in a second, one after another; all at once when absent. */
  readonly lowPerSecond?: number;
  readonly clock?: Clock;
  readonly metrics?: KubeMetrics;
  readonly logger?: Logger;
  readonly random?: () => number;
}

/** From a changed object (and its state before) to the keys that it concerns. */
export type EventMapper<T extends KubeObject> = (object: T, old?: T) => readonly ObjectKey[];

/** Workers over a queue of keys. */
export class Controller {
  readonly name: string;
  readonly queue: WorkQueue;
  private readonly options: ControllerOptions;
  private readonly clock: Clock;
  private readonly metrics: KubeMetrics;
  private readonly logger: Logger;
  private readonly sources: Source<KubeObject>[] = [];
  private readonly unsubscribes: (() => void)[] = [];
  private readonly abort = new AbortController();
  private workers: Promise<unknown> | undefined;
  private active = 0;
  private cancelResync: () => void = () => undefined;

  constructor(options: ControllerOptions) {
    this.options = options;
    this.name = options.name;
    this.clock = options.clock ?? systemClock;
    this.metrics = options.metrics ?? noMetrics;
    this.logger = options.logger ?? noLogger;
    const { name, baseDelayMs, maxDelayMs, lowPerSecond } = options;
    this.queue = new WorkQueue({
      name,
      clock: this.clock,
      metrics: this.metrics,
      ...(baseDelayMs === undefined ? {} : { baseDelayMs }),
      ...(maxDelayMs === undefined ? {} : { maxDelayMs }),
      ...(lowPerSecond === undefined ? {} : { lowPerSecond }),
    });
  }

  /**
   * Every change in the source enqueues the keys that `map` gives; of an update, those of the state before as well. The first source
   * is that of the controller's own kind. Of the initial list what seems to be well comes last: that only orders the work, and what
   * has to be done is found out by the reconcile alone.
   */
  watch<T extends KubeObject>(source: Source<T>, map: EventMapper<T>): void {
    const isOwn = this.sources.push(source as unknown as Source<KubeObject>) === 1;
    this.unsubscribes.push(
      source.store.subscribe(({ object, old, initial }) => {
        const priority = initial && !this.isNew(object) && seemsWell(object, isOwn) ? lowPriority : 0;
        for (const key of map(object, old)) this.enqueue(key, { priority });
        if (old) for (const key of map(old, object)) this.enqueue(key, { priority });
      }),
    );
  }

  /** The key needs a reconcile. */
  enqueue(key: ObjectKey, options: AddOptions & { readonly afterMs?: number } = {}): void {
    this.queue.addAfter(keyText(key), options.afterMs ?? 0, options);
  }

  /** Starts the workers. Keys that were enqueued before are waiting for them. */
  start(): void {
    if (this.workers) return;
    const workers = Array.from({ length: this.options.workers ?? 4 }, () => this.work());
    this.workers = Promise.all(workers);
    this.scheduleResync();
  }

  /** Takes no more keys and waits for those at work, at most `graceMs`; then their signal is aborted. True when all ended in time. */
  async stop(graceMs = 30_000): Promise<boolean> {
    const drained = this.close();
    let cancel = () => {};
    const late = new Promise<false>((resolve) => {
      cancel = this.clock.setTimeout(() => resolve(false), graceMs);
    });
    const inTime = await Promise.race([drained.then(() => true as const), late]);
    cancel();
    this.abort.abort();
    return inTime;
  }

  /** Takes no more keys and aborts the signal of those at work at once: their writes would be refused anyway. */
  cancel(): void {
    void this.close();
    this.abort.abort();
  }

  /** Why this controller makes no progress: work is waiting or running, and nothing was finished for `limitMs`. */
  stuck(limitMs: number): string | undefined {
    if (!this.workers) return undefined;
    const { stillMs, longestMs } = this.queue.progress;
    if (Math.max(stillMs, longestMs) < limitMs) return undefined;
    return `controller ${this.name} finished nothing for ${Math.round(Math.max(stillMs, longestMs) / 1000)} s`;
  }

  private close(): Promise<void> {
    for (const unsubscribe of this.unsubscribes.splice(0)) unsubscribe();
    this.cancelResync();
    return this.queue.shutDown();
  }

  /** What was made within the last minute is news, also when it comes with the initial list. */
  private isNew(object: KubeObject): boolean {
    return Date.parse(object.metadata.creationTimestamp ?? '') > this.clock.now().getTime() - 60_000;
  }

  private async work(): Promise<void> {
    for (let item = await this.queue.get(); item; item = await this.queue.get()) {
      this.metrics.activeWorkers(this.name, (this.active += 1));
      await this.reconcileOne(item);
      this.metrics.activeWorkers(this.name, (this.active -= 1));
    }
  }

  private async reconcileOne(item: WorkItem): Promise<void> {
    const startedAt = this.clock.monotonicMs();
    let result: ReconcileResult;
    try {
      result = this.settle(item, await this.options.reconcile(parseKey(item.key), this.context(item.key)));
    } catch (error) {
      result = this.fail(item, error);
    }
    this.metrics.reconcileFinished(this.name, result, this.clock.monotonicMs() - startedAt);
    this.queue.done(item.key);
  }

  private settle({ key, priority }: WorkItem, result: Result | undefined): ReconcileResult {
    this.queue.forget(key);
    if (result?.requeueAfterMs === undefined) return 'success';
    // The delay must not make a key wait behind everything for ever, nor overtake live events.
    this.queue.addAfter(key, Math.max(1, result.requeueAfterMs), { priority });
    return 'requeue_after';
  }

  private fail({ key, priority }: WorkItem, error: unknown): ReconcileResult {
    if (error instanceof WaitingError) return this.settle({ key, priority }, { requeueAfterMs: error.afterMs });
    const reason = error instanceof ReconcileError ? error.reason : 'Panic';
    this.metrics.reconcileFailed(this.name, reason);
    const fields = { controller: this.name, key, reason, error };
    if (error instanceof StalledError) {
      this.logger.warn('Reconcile stalled', fields);
      this.queue.forget(key);
      return 'stalled';
    }
    if (error instanceof FencedError) this.logger.info('Reconcile fenced', { ...fields, error: messageOf(error) });
    else this.logger.error('Reconcile failed', fields);
    this.queue.addRateLimited(key, { priority });
    return 'error';
  }

  private context(key: string): ReconcileContext {
    return {
      now: this.clock.now(),
      monotonicMs: this.clock.monotonicMs(),
      signal: this.abort.signal,
      failures: this.queue.numRequeues(key),
    };
  }

  private scheduleResync(): void {
    const period = this.options.resyncMs ?? 36_000_000;
    if (period <= 0) return;
    const random = this.options.random ?? Math.random;
    this.cancelResync = this.clock.setTimeout(() => this.resync(), period * (0.9 + 0.2 * random()));
  }

  private resync(): void {
    for (const { metadata } of this.sources[0]?.store.list() ?? []) {
      this.enqueue({ namespace: metadata.namespace ?? '', name: metadata.name }, { priority: lowPriority });
    }
    this.scheduleResync();
  }
}

/** By its own words: not being deleted, ready if it has a word for it, and of the controller's own kind that its last change was seen. */
function seemsWell(object: KubeObject, isOwn: boolean): boolean {
  const { metadata, status } = object as KubeObject & { readonly status?: Told };
  if (metadata.deletionTimestamp !== undefined) return false;
  if (isOwn && metadata.generation !== status?.observedGeneration) return false;
  const ready = findCondition(status?.conditions, 'Ready');
  return ready === undefined || ready.status === 'True';
}

interface Told {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
}
