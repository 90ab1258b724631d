// Keeps a Store like the API server's state of one kind: lists, then watches, and starts again in the way each failure asks for.
//
// Semantics are client-go's reflector's. It never blocks on handlers, never goes back in time, and never takes "no answer" for
// "nothing there": what it cannot see stays as it was. The surprising rule: after 410 it lists at the last version seen, not at any
// version, and takes a quorum read only when the API server no longer serves even that.

import type { ListerWatcher, WatchOptions } from './api.ts';
import { Backoff } from './backoff.ts';
import { type Clock, sleep, systemClock } from './clock.ts';
import {
  isExpired,
  isNotFound,
  isStatus,
  isTooLargeResourceVersion,
  KubeApiError,
  KubeTransportError,
} from './errors.ts';
import { type KubeMetrics, type Logger, noLogger, noMetrics } from './metrics.ts';
import { listAll } from './pager.ts';
import { compareResourceVersions } from './resource-version.ts';
import { type IndexFunctions, Store } from './store.ts';
import { type KubeObject, keyOf, keyText, type ResourceType, type WatchEvent } from './types.ts';

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: ListerWatcher;
  readonly type: ResourceType<T>;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly metadataOnly?: boolean;
  /** Keeps only what readers use; the whole object is then free to be collected. managedFields are never kept. */
  readonly project?: (object: T) => T;
  /** The kind's CRD may not be installed: its absence is no failure, and is looked at again after `absentMs`. */
  readonly optional?: boolean;
  /** Two minutes when absent. */
  readonly absentMs?: number;
  readonly indexes?: IndexFunctions<T>;
  /** Freeze what is kept, so that a reader who changes the shared objects fails; for tests and development. */
  readonly freeze?: boolean;
  /** Filled together with other reflectors; a new one when absent. */
  readonly store?: Store<T>;
  readonly clock?: Clock;
  readonly metrics?: KubeMetrics;
  readonly logger?: Logger;
  readonly random?: () => number;
  /** Stream the first state instead of listing it; true when absent, and given up when the API server cannot. */
  readonly watchList?: boolean;
  readonly idleMs?: number;
  /** Called whenever the whole state has been taken, after the handlers. */
  readonly onSynced?: () => void;
}

/** What handlers and controllers need of a cache. */
export interface Source<T extends KubeObject> {
  readonly type: ResourceType<T>;
  readonly store: Store<T>;
  /** The API server does not serve the kind; only ever true for an optional one. */
  readonly absent?: boolean;
}

/** A stream that neither brings the initial events to an end nor fails in this time is taken for one that cannot. */
const watchListMs = 60_000;
const veryShortMs = 1000;
const defaultAbsentMs = 120_000;

type Phase = 'list' | 'watch';

/** One list-and-watch loop. */
export class Reflector<T extends KubeObject> implements Source<T> {
  readonly type: ResourceType<T>;
  readonly store: Store<T>;
  private readonly options: ReflectorOptions<T>;
  private readonly partition: string;
  private readonly clock: Clock;
  private readonly metrics: KubeMetrics;
  private readonly logger: Logger;
  private readonly random: () => number;
  private readonly backoff: Backoff;
  private readonly stopping = new AbortController();
  private watchListWorks: boolean;
  /** The last version is gone from the API server, or ahead of it: the next list is a quorum read. */
  private quorum = false;
  /** `list` until the whole state has been taken, and again when that is called for. */
  private phase: Phase = 'list';
  private current: AbortController | undefined;
  private running: Promise<void> | undefined;
  private failure: unknown;
  private refusedSince: number | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.options = options;
    this.type = options.type;
    this.logger = options.logger ?? noLogger;
    this.store =
      options.store ??
      new Store<T>({ onHandlerError: (error) => this.logger.error('Cache handler failed', { error }) });
    this.store.addIndexes(options.indexes ?? {});
    this.partition = options.namespace ?? '';
    this.store.addPartition(this.partition);
    this.clock = options.clock ?? systemClock;
    this.metrics = options.metrics ?? noMetrics;
    this.random = options.random ?? Math.random;
    this.backoff = new Backoff(this.clock, { random: this.random });
    this.watchListWorks = options.watchList ?? true;
  }

  /** Begins to fill the store. A second call does nothing. */
  start(): void {
    this.running ??= this.run();
  }

  /** Ends the stream and resolves when nothing of it runs any more. The store keeps what it has. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.current?.abort();
    await this.running;
  }

  /** True when this partition's first list has been delivered. */
  get synced(): boolean {
    return this.version !== undefined;
  }

  /** The API server does not serve the kind, and that is allowed for. */
  get absent(): boolean {
    return this.options.optional === true && !this.synced && isNotFound(this.failure);
  }

  /** Why the last attempt failed; undefined while all is well. */
  get lastError(): unknown {
    return this.failure;
  }

  /** Milliseconds for which the API server has offered nothing but states older than ours, as after a restored backup. */
  get refusingMs(): number {
    return this.refusedSince === undefined ? 0 : this.clock.monotonicMs() - this.refusedSince;
  }

  private get version(): string | undefined {
    return this.store.resourceVersionIn(this.partition);
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        if (this.phase === 'list') await this.listOnce();
        else await this.watchOnce();
        this.failure = undefined;
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        this.phase = this.afterFailure(error);
        const { absentMs = defaultAbsentMs } = this.options;
        await sleep(this.clock, this.absent ? absentMs : this.backoff.next(), this.stopping.signal);
      }
    }
  }

  /** Gets the whole state; by stream if possible, and then goes on with the same stream. */
  private async listOnce(): Promise<void> {
    if (!this.watchListWorks) {
      await this.listPages();
      return;
    }
    try {
      await this.stream({ sendInitialEvents: true, resourceVersion: this.listVersion('') });
    } catch (error) {
      if (!cannotWatchList(error) || this.phase !== 'list') throw error;
      this.logger.info('API server cannot stream initial state, listing instead', {
        resource: this.type.plural,
        error,
      });
      this.watchListWorks = false;
    }
  }

  private async listPages(): Promise<void> {
    const items = new Map<string, T>();
    const version = await listAll(this.options.client, this.type, {
      ...this.selection(),
      resourceVersion: this.listVersion('0'),
      signal: this.stopping.signal,
      onPage: (page, restart) => {
        if (restart) items.clear();
        for (const object of page) items.set(keyText(keyOf(object)), this.trim(object));
      },
    });
    this.replace(items, version);
    this.metrics.reflectorListed(this.type.plural, 'list', items.size);
  }

  private async watchOnce(): Promise<void> {
    const startedAt = this.clock.monotonicMs();
    const before = this.version ?? '0';
    await this.stream({ resourceVersion: before });
    this.metrics.watchEnded(this.type.plural, 'closed');
    if (this.version === before && this.clock.monotonicMs() - startedAt < veryShortMs) {
      throw new KubeTransportError('the watch ended at once without an event', 'VERY_SHORT_WATCH', false);
    }
  }

  /** Reads one stream to its end. With sendInitialEvents, what comes before the closing bookmark is collected and taken at once. */
  private async stream(position: WatchOptions): Promise<void> {
    const stop = new AbortController();
    this.current = stop;
    const initial = position.sendInitialEvents ? new Map<string, T>() : undefined;
    let late = false;
    const cancel = this.clock.setTimeout(() => {
      late = initial !== undefined && this.phase === 'list';
      if (late) stop.abort();
    }, watchListMs);
    try {
      for await (const event of this.options.client.watch(this.type, this.watchOptions(position, stop.signal))) {
        if (event.type === 'ERROR') throw new KubeApiError(event.object.code ?? 500, event.object);
        if (initial && this.phase === 'list') this.collect(event, initial);
        else this.take(event);
      }
    } catch (error) {
      throw late ? unfinished() : error;
    } finally {
      cancel();
    }
    if (this.phase === 'list' && !this.stopping.signal.aborted) throw unfinished();
  }

  /** Adds one initial event, or takes them all when it is the bookmark that ends them. */
  private collect(event: Exclude<WatchEvent<T>, { type: 'ERROR' }>, initial: Map<string, T>): void {
    if (event.type === 'BOOKMARK') {
      if (event.object.metadata.annotations?.['k8s.io/initial-events-end'] !== 'true') return;
      this.replace(initial, event.object.metadata.resourceVersion);
      this.metrics.reflectorListed(this.type.plural, 'watchlist', initial.size);
      initial.clear();
      return;
    }
    const key = keyText(keyOf(event.object));
    if (event.type === 'DELETED') initial.delete(key);
    else initial.set(key, this.trim(event.object));
  }

  private take(event: Exclude<WatchEvent<T>, { type: 'ERROR' }>): void {
    const version = event.object.metadata.resourceVersion;
    if (event.type === 'BOOKMARK') {
      this.store.advance(this.partition, version);
      return;
    }
    // A stream brings versions in order: what is not newer was seen before, or comes from an API server that lags behind.
    if (version !== undefined && compareResourceVersions(version, this.version ?? '0') <= 0) return;
    if (event.type === 'DELETED') this.store.remove(this.partition, this.trim(event.object));
    else this.store.upsert(this.partition, this.trim(event.object));
  }

  private replace(items: ReadonlyMap<string, T>, version: string): void {
    const known = this.version;
    if (known !== undefined && compareResourceVersions(version, known) < 0) {
      this.refusedSince ??= this.clock.monotonicMs();
      this.quorum = true;
      throw new KubeTransportError(`the list is of version ${version}, we have seen ${known}`, 'BACK_IN_TIME', false);
    }
    this.refusedSince = undefined;
    this.quorum = false;
    this.phase = 'watch';
    this.store.replace(this.partition, items, version);
    this.options.onSynced?.();
  }

  /** Decides what comes after a failure, once its delay is over. */
  private afterFailure(error: unknown): Phase {
    const known = this.absent;
    this.failure = error;
    if (this.absent) {
      if (!known) this.logger.info('API server does not serve the kind', { resource: this.type.plural });
      return 'list';
    }
    const cause = causeOf(error);
    this.metrics.watchEnded(this.type.plural, cause);
    this.logger.warn('List or watch failed', { resource: this.type.plural, namespace: this.partition, cause, error });
    if (isTooLargeResourceVersion(error) || (isExpired(error) && this.phase === 'list')) this.quorum = true;
    if (this.phase === 'list' || this.quorum) return 'list';
    // The stream broke, or the API server asks for patience: our version is still good.
    const keeps = error instanceof KubeTransportError || isStatus(error, 429) || isStatus(error, 503);
    return keeps ? 'watch' : 'list';
  }

  private watchOptions(position: WatchOptions, signal: AbortSignal): WatchOptions {
    const timeoutSeconds = Math.round(300 + 300 * this.random());
    const { idleMs } = this.options;
    return { ...this.selection(), ...position, timeoutSeconds, ...(idleMs ? { idleMs } : {}), signal };
  }

  private listVersion(first: string): string {
    return this.quorum ? '' : (this.version ?? first);
  }

  private selection(): Pick<ReflectorOptions<T>, 'namespace' | 'labelSelector' | 'fieldSelector' | 'metadataOnly'> {
    const { namespace, labelSelector, fieldSelector, metadataOnly } = this.options;
    return {
      ...(namespace ? { namespace } : {}),
      ...(labelSelector ? { labelSelector } : {}),
      ...(fieldSelector ? { fieldSelector } : {}),
      ...(metadataOnly ? { metadataOnly } : {}),
    };
  }

  private trim(object: T): T {
    const kept = this.projected(object);
    return this.options.freeze ? deepFreeze(kept) : kept;
  }

  private projected(object: T): T {
    const { managedFields: _unused, ...metadata } = object.metadata as T['metadata'] & { managedFields?: unknown };
    const whole = { ...object, metadata };
    try {
      return this.options.project ? this.options.project(whole) : whole;
    } catch (error) {
      // One odd object must not keep all the others out of the cache.
      this.logger.error('Projection failed, keeping the whole object', { resource: this.type.plural, error });
      return whole;
    }
  }
}

function deepFreeze<V>(value: V): V {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}

function unfinished(): KubeApiError {
  return new KubeApiError(422, { reason: 'Invalid', message: 'the stream brought no end of the initial events' });
}

/** 422 and 400 are what API servers without (or with a disabled) WatchList say, 405 and 501 what some proxies do. */
function cannotWatchList(error: unknown): boolean {
  return [400, 405, 422, 501].some((status) => isStatus(error, status));
}

function causeOf(error: unknown): string {
  if (error instanceof KubeTransportError) return error.code.toLowerCase();
  if (isExpired(error)) return 'expired';
  if (isTooLargeResourceVersion(error)) return 'too_large_resource_version';
  return error instanceof KubeApiError ? String(error.status) : 'error';
}
