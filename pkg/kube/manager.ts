// Puts the runtime together: caches shared by all controllers, the lease, the workers, health, and the order of starting and stopping.
//
// Caches and queues are warm before the lease is ours, so that a takeover costs no list; workers run only while leading and only after
// every required cache is synced. The surprising rule: a lost lease is final, the process must exit and a new one try again.

import type { KubeClient } from './client.ts';
import { type Clock, sleep, systemClock } from './clock.ts';
import { Controller, type ControllerOptions } from './controller.ts';
import { type LeaderElectionOptions, LeaderElector } from './lease.ts';
import { type KubeMetrics, type Logger, noLogger, noMetrics } from './metrics.ts';
import { ReferenceWatcher, type ReferenceWatcherOptions } from './references.ts';
import { Reflector, type ReflectorOptions, type Source } from './reflector.ts';
import { Store } from './store.ts';
import type { KubeObject, ResourceType } from './types.ts';

export interface ManagerOptions {
  readonly client: KubeClient;
  /** The namespaces to watch; cluster-scoped kinds are always watched whole. */
  readonly namespaces: readonly string[] | 'all';
  /** Absent: this process is the only one and always leads. */
  readonly leaderElection?: LeaderElectionOptions;
  /** Called once when the lease is lost: end the process. Workers are already told to stop and writes are refused. */
  readonly onLost?: (reason: string) => void;
  readonly clock?: Clock;
  readonly metrics?: KubeMetrics;
  readonly logger?: Logger;
  /** healthz fails when a controller finished nothing for so long although it has work; 3 minutes. */
  readonly stuckMs?: number;
  /** How often an optional kind that the API server does not serve is asked for again; 2 minutes. */
  readonly absentMs?: number;
  /** Freeze every object in the caches; for tests and development. */
  readonly freezeObjects?: boolean;
}

export type CacheOptions<T extends KubeObject> = Pick<
  ReflectorOptions<T>,
  'labelSelector' | 'fieldSelector' | 'metadataOnly' | 'project' | 'indexes'
> & {
  /** Workers do not wait for it, and readyz neither: for kinds whose CRD may be absent. */
  readonly optional?: boolean;
  /** Called whenever the whole state of every watched namespace has been taken: no event tells that a kind has no objects. */
  readonly onSynced?: () => void;
};

/** Healthy, or why not. */
export type Health = { readonly ok: true } | { readonly ok: false; readonly reasons: readonly string[] };

interface Cache {
  readonly identity: readonly unknown[];
  readonly source: Source<KubeObject>;
  readonly reflectors: readonly Reflector<KubeObject>[];
  readonly onSynced: (() => void)[];
  required: boolean;
}

type Phase = 'new' | 'starting' | 'standby' | 'leading' | 'lost' | 'stopped';

/** One operator process. */
export class Manager {
  readonly client: KubeClient;
  private readonly options: ManagerOptions;
  private readonly clock: Clock;
  readonly metrics: KubeMetrics;
  private readonly logger: Logger;
  private readonly caches: Cache[] = [];
  private readonly controllers: Controller[] = [];
  private readonly referenceWatchers: ReferenceWatcher[] = [];
  private readonly elector: LeaderElector | undefined;
  private readonly stopping = new AbortController();
  private phase: Phase = 'new';

  constructor(options: ManagerOptions) {
    this.options = options;
    this.client = options.client;
    this.clock = options.clock ?? systemClock;
    this.metrics = options.metrics ?? noMetrics;
    this.logger = options.logger ?? noLogger;
    this.elector = options.leaderElection && this.createElector(options.leaderElection);
  }

  /** The cache of a kind, shared by all who ask for the same; filled from every watched namespace. */
  reflector<T extends KubeObject>(type: ResourceType<T>, options: CacheOptions<T> = {}): Source<T> {
    const { indexes, onSynced, ...selection } = options;
    const { optional = false } = selection;
    const { labelSelector, fieldSelector, metadataOnly, project } = selection;
    const identity = [type.apiVersion, type.plural, labelSelector, fieldSelector, metadataOnly, project];
    const known = this.caches.find((cache) => cache.identity.every((part, index) => part === identity[index]));
    const cache = known ?? this.createCache<T>(type, selection, identity);
    cache.required ||= !optional;
    if (onSynced !== undefined) cache.onSynced.push(onSynced);
    const source = cache.source as unknown as Source<T>;
    source.store.addIndexes(indexes ?? {});
    return source;
  }

  /** A controller whose workers run while this process leads. */
  controller(options: Omit<ControllerOptions, 'clock' | 'metrics' | 'logger'>): Controller {
    const { clock, metrics, logger } = this;
    const controller = new Controller({ clock, metrics, logger, ...options });
    this.controllers.push(controller);
    if (this.phase === 'leading') controller.start();
    return controller;
  }

  /** Watches of single objects by name, ended with the manager. */
  references(options: Pick<ReferenceWatcherOptions, 'onChange'>): ReferenceWatcher {
    const { client, clock, metrics, logger } = this;
    const watcher = new ReferenceWatcher({ client, clock, metrics, logger, ...options });
    this.referenceWatchers.push(watcher);
    return watcher;
  }

  /** The cache that was declared for a kind without field selector; what a WriteTracker asks for. */
  storeOf(type: ResourceType): Store<KubeObject> | undefined {
    const found = this.caches.find(
      ({ source }) => source.type.apiVersion === type.apiVersion && source.type.plural === type.plural,
    );
    return found?.source.store;
  }

  /**
   * Fills the caches, resolves when every required one is synced, and then tries for the lease; without leader election the workers
   * start at once. Resolves early when stopped.
   */
  async start(): Promise<void> {
    if (this.phase !== 'new') throw new Error('a manager starts once');
    this.phase = 'starting';
    for (const { reflectors } of this.caches) for (const reflector of reflectors) reflector.start();
    while (!this.synced && !this.stopping.signal.aborted) await sleep(this.clock, 25, this.stopping.signal);
    if (this.stopping.signal.aborted) return;
    this.phase = 'standby';
    this.logger.info('Caches are synced', { caches: this.caches.length });
    if (this.elector) this.elector.start();
    else this.lead();
  }

  /**
   * Lets the reconciles at work finish (at most `graceMs`), and does what is `last` while writing is still allowed; then gives the
   * lease back and closes every connection.
   */
  async stop(graceMs = 30_000, last: () => Promise<void> = async () => undefined): Promise<void> {
    if (this.phase === 'stopped') return;
    this.phase = 'stopped';
    this.stopping.abort();
    const ended = await Promise.all(this.controllers.map((controller) => controller.stop(graceMs)));
    const isLate = ended.includes(false);
    if (isLate) this.logger.warn('Some reconciles did not end in time', { graceMs });
    await last();
    // Only now: a lease that is given back while a worker still writes would be two leaders. Who does not end has it run out.
    await this.elector?.stop({ keep: isLate });
    const reflectors = this.caches.flatMap((cache) => cache.reflectors);
    await Promise.all([...reflectors, ...this.referenceWatchers].map((watcher) => watcher.stop()));
    await this.client.close();
  }

  /** Without leader election true from the first sync on. */
  get isLeader(): boolean {
    return this.phase === 'leading';
  }

  /** For the liveness probe: fails when waiting has no prospect and a new process would do better. An unreachable API server is none. */
  healthz(): Health {
    const limit = this.options.stuckMs ?? 180_000;
    const reasons = this.controllers.flatMap((controller) => controller.stuck(limit) ?? []);
    if (this.phase === 'lost') reasons.push('the lease was lost');
    for (const { source, reflectors } of this.caches) {
      const refusing = Math.max(0, ...reflectors.map((reflector) => reflector.refusingMs));
      if (refusing >= limit) reasons.push(`${source.type.plural}: the API server only has states older than ours`);
    }
    return reasons.length === 0 ? { ok: true } : { ok: false, reasons };
  }

  /** For the readiness probe: every required cache is synced. A standby is ready. */
  readyz(): Health {
    const reasons = this.caches
      .filter((cache) => cache.required && !cache.source.store.synced)
      .map(({ source }) => `${source.type.plural} are not synced`);
    if (this.phase === 'new' || this.phase === 'stopped') reasons.push(`the manager is ${this.phase}`);
    return reasons.length === 0 ? { ok: true } : { ok: false, reasons };
  }

  private get synced(): boolean {
    return this.caches.every(({ required, source }) => !required || source.store.synced);
  }

  private createElector(election: LeaderElectionOptions): LeaderElector {
    const { client, clock, metrics, logger } = this;
    return new LeaderElector({
      ...election,
      client,
      fence: client.fence,
      clock,
      metrics,
      logger,
      onStarted: () => this.lead(),
      onLost: (reason) => {
        this.phase = 'lost';
        for (const controller of this.controllers) controller.cancel();
        this.options.onLost?.(reason);
      },
    });
  }

  private lead(): void {
    if (this.stopping.signal.aborted) return;
    this.phase = 'leading';
    for (const controller of this.controllers) controller.start();
  }

  private createCache<T extends KubeObject>(
    type: ResourceType<T>,
    selection: Omit<CacheOptions<T>, 'indexes' | 'onSynced'>,
    identity: readonly unknown[],
  ): Cache {
    if (this.phase !== 'new') throw new Error(`the cache of ${type.plural} must be declared before the start`);
    const { client, clock, metrics, logger } = this;
    const store = new Store<T>({ onHandlerError: (error) => logger.error('Cache handler failed', { error }) });
    const { namespaces, freezeObjects: freeze = false, absentMs } = this.options;
    const handlers: (() => void)[] = [];
    const onSynced = (): void => {
      if (store.synced) for (const handler of handlers) handler();
    };
    const pace = absentMs === undefined ? {} : { absentMs };
    const common = { client, type, store, clock, metrics, logger, freeze, onSynced, ...pace };
    const scopes = namespaces === 'all' || !type.namespaced ? [{}] : namespaces.map((namespace) => ({ namespace }));
    const reflectors = scopes.map((scope) => new Reflector<T>({ ...common, ...selection, ...scope }));
    const source: Source<T> = {
      type,
      store,
      get absent() {
        return reflectors.some((reflector) => reflector.absent);
      },
    };
    const cache = { identity, source, reflectors, onSynced: handlers, required: false } as unknown as Cache;
    this.caches.push(cache);
    return cache;
  }
}
