// Records events.k8s.io/v1 events: the first of a kind is written at once, its repetitions are counted in one series.
//
// Recording never throws and is never awaited by a reconcile; what cannot be written is dropped and counted. Everything is bounded:
// waiting writes, remembered series, events per object. After a crash a repetition starts a new Event, nothing else is lost.

import type { KubeApi } from './api.ts';
import { type Cancel, type Clock, sleep, systemClock } from './clock.ts';
import { isNotFound, messageOf } from './errors.ts';
import { type KubeMetrics, type Logger, noLogger, noMetrics } from './metrics.ts';
import { microTime } from './micro-time.ts';
import { type Event, events } from './resources.ts';
import { type KubeObject, keyOf } from './types.ts';

export interface EventInput {
  readonly regarding: KubeObject;
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, of the closed vocabulary. */
  readonly reason: string;
  /** What happened, for a person; the same words for the same thing, or repetitions are not recognised. */
  readonly note: string;
  /** What was being done, CamelCase. */
  readonly action: string;
}

export interface EventRecorderOptions {
  readonly client: Pick<KubeApi, 'create' | 'patch'>;
  /** The controller's name, as `datadynamics.io/nifi-operator`. */
  readonly reportingController: string;
  /** This process, as the Pod's name. */
  readonly reportingInstance: string;
  readonly clock?: Clock;
  readonly metrics?: KubeMetrics;
  readonly logger?: Logger;
}

interface Series {
  event: Event;
  count: number;
  lastObservedAt: number;
  lastObservedTime: string;
  /** The count that the API server knows. */
  written: number;
  writtenAt: number;
}

interface Budget {
  tokens: number;
  refilledAt: number;
}

/** A series that was silent for so long is over: its last count is written and the next repetition is a new Event. */
const seriesEndMs = 360_000;
/** A series that goes on is written no more often. */
const seriesWriteMs = 300_000;
/**
 * Distinct events for one object: this many at once, then one in ten seconds. More than client-go allows, because the object
 * is a whole cluster: each of its nodes has five events for a restart and a dozen for a removal, and none may be missing.
 */
const burst = 200;
const refillMs = 10_000;
const maxSeries = 2000;
const maxWaiting = 500;
const maxNote = 1024;
const stopMs = 3000;

/** Writes events in the background, in order. */
export class EventRecorder {
  private readonly options: EventRecorderOptions;
  private readonly clock: Clock;
  private readonly metrics: KubeMetrics;
  private readonly logger: Logger;
  private readonly series = new Map<string, Series>();
  private readonly budgets = new Map<string, Budget>();
  private readonly waiting: (() => Promise<unknown>)[] = [];
  private writing: Promise<void> | undefined;
  private cancelSweep: Cancel | undefined;
  private names = 0;
  private stopped = false;

  constructor(options: EventRecorderOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.metrics = options.metrics ?? noMetrics;
    this.logger = options.logger ?? noLogger;
  }

  /** Records what happened. Returns at once. */
  event(input: EventInput): void {
    if (this.stopped) return;
    const { uid, namespace, name } = input.regarding.metadata;
    const object = uid ?? `${input.regarding.kind}/${namespace ?? ''}/${name}`;
    const key = JSON.stringify([object, input.type, input.reason, input.action, input.note]);
    const known = this.series.get(key);
    if (known) this.repeat(known);
    else if (this.take(object)) this.first(key, input);
    else this.metrics.eventDropped('rate');
  }

  /** Writes what is waiting and the counts of open series, for three seconds at most: the lease waits to be given back. Records no more. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelSweep?.();
    for (const series of this.series.values()) this.writeSeries(series);
    const ended = new AbortController();
    await Promise.race([this.writing, sleep(this.clock, stopMs, ended.signal)]);
    ended.abort();
    for (const _ of this.waiting.splice(0)) this.metrics.eventDropped('queue');
  }

  private first(key: string, input: EventInput): void {
    const event = this.build(input);
    const now = this.clock.monotonicMs();
    if (this.series.size >= maxSeries) this.forgetOldest();
    const lastObservedTime = event.eventTime;
    this.series.set(key, { event, count: 1, lastObservedAt: now, lastObservedTime, written: 1, writtenAt: now });
    this.enqueue(() => this.options.client.create(events, event));
    this.armSweep();
  }

  private repeat(series: Series): void {
    const now = this.clock.monotonicMs();
    series.count += 1;
    series.lastObservedAt = now;
    series.lastObservedTime = microTime(this.clock.now());
    // The second one turns the Event into a series at once, so that a person sees that it goes on.
    if (series.written === 1 || now - series.writtenAt >= seriesWriteMs) this.writeSeries(series);
  }

  private writeSeries(series: Series): void {
    const { event, count, lastObservedTime } = series;
    if (count === series.written) return;
    series.written = count;
    series.writtenAt = this.clock.monotonicMs();
    const patch = { series: { count, lastObservedTime } };
    this.enqueue(async () => {
      try {
        await this.options.client.patch(events, keyOf(event), patch);
      } catch (error) {
        // Events are deleted after an hour: the series goes on in a new one.
        if (!isNotFound(error)) throw error;
        await this.options.client.create(events, { ...event, ...patch });
      }
    });
  }

  private build(input: EventInput): Event {
    const { regarding, type, reason, action, note } = input;
    const { name, namespace, uid, resourceVersion } = regarding.metadata;
    const now = this.clock.now();
    this.names += 1;
    const suffix = `.${now.getTime().toString(16)}${(this.names % 0x1000).toString(16).padStart(3, '0')}`;
    return {
      apiVersion: events.apiVersion,
      kind: events.kind,
      // Events of cluster-scoped objects live in the default namespace.
      metadata: { name: `${name.slice(0, 253 - suffix.length)}${suffix}`, namespace: namespace ?? 'default' },
      eventTime: microTime(now),
      reportingController: this.options.reportingController,
      reportingInstance: this.options.reportingInstance.slice(0, 128),
      action: action.slice(0, 128),
      reason: reason.slice(0, 128),
      type,
      note: cutBytes(note, maxNote),
      regarding: {
        apiVersion: regarding.apiVersion,
        kind: regarding.kind,
        name,
        ...(namespace === undefined ? {} : { namespace }),
        ...(uid === undefined ? {} : { uid }),
        ...(resourceVersion === undefined ? {} : { resourceVersion }),
      },
    };
  }

  private enqueue(write: () => Promise<unknown>): void {
    if (this.waiting.length >= maxWaiting) {
      this.metrics.eventDropped('queue');
      return;
    }
    this.waiting.push(write);
    this.writing ??= this.drain();
  }

  private async drain(): Promise<void> {
    for (let write = this.waiting.shift(); write; write = this.waiting.shift()) {
      try {
        await write();
      } catch (error) {
        this.metrics.eventDropped('refused');
        this.logger.debug('Event not written', { error: messageOf(error) });
      }
    }
    this.writing = undefined;
  }

  private take(object: string): boolean {
    const now = this.clock.monotonicMs();
    const budget = this.budgets.get(object) ?? { tokens: burst, refilledAt: now };
    const refill = Math.floor((now - budget.refilledAt) / refillMs);
    budget.tokens = Math.min(burst, budget.tokens + refill);
    budget.refilledAt += refill * refillMs;
    this.budgets.set(object, budget);
    if (budget.tokens === 0) return false;
    budget.tokens -= 1;
    return true;
  }

  private armSweep(): void {
    if (this.cancelSweep || this.stopped) return;
    this.cancelSweep = this.clock.setTimeout(() => {
      this.cancelSweep = undefined;
      this.sweep();
      if (this.series.size > 0 || this.budgets.size > 0) this.armSweep();
    }, seriesEndMs / 6);
  }

  private sweep(): void {
    const now = this.clock.monotonicMs();
    for (const [key, series] of this.series) {
      if (now - series.lastObservedAt < seriesEndMs) continue;
      this.writeSeries(series);
      this.series.delete(key);
    }
    for (const [object, budget] of this.budgets) {
      const missing = burst - budget.tokens;
      if (now - budget.refilledAt >= missing * refillMs) this.budgets.delete(object);
    }
  }

  private forgetOldest(): void {
    const oldest = this.series.entries().next().value;
    if (!oldest) return;
    this.writeSeries(oldest[1]);
    this.series.delete(oldest[0]);
  }
}

/** `text` cut to at most so many bytes of UTF-8, never within a character. */
function cutBytes(text: string, bytes: number): string {
  const buffer = Buffer.from(text);
  if (buffer.length <= bytes) return text;
  let end = bytes - 3;
  while (end > 0 && ((buffer[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${buffer.subarray(0, end).toString()}…`;
}
