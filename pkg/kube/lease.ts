// Leader election by a Lease, with client-go's rules: the holder renews with a single PUT, everyone judges expiry by local monotonic
// time since the record last changed, never by the times written in it.
//
// Everybody watches the lease instead of polling it, the holder too: a lease that is deleted or taken by hand ends the term at once.
// The surprising rule: a candidate that saw a holder and then no lease at all waits as long as if the lease had just been renewed.

import type { KubeApi } from './api.ts';
import { type Cancel, type Clock, systemClock } from './clock.ts';
import { isAlreadyExists, isConflict, isNotFound, messageOf, ReconcileError } from './errors.ts';
import type { WriteFence } from './fence.ts';
import { type KubeMetrics, type Logger, noLogger, noMetrics } from './metrics.ts';
import { microTime } from './micro-time.ts';
import { Reflector } from './reflector.ts';
import { compareResourceVersions } from './resource-version.ts';
import { type Lease, leases } from './resources.ts';
import type { StoreEvent } from './store.ts';

export interface LeaderElectionOptions {
  readonly namespace: string;
  readonly name: string;
  /** No two processes that run at the same time share it: the Pod's name. A lease that a former life of its own left is taken at once. */
  readonly identity: string;
  /** Others take over when the record has not changed for so long; 15 s. */
  readonly leaseDurationMs?: number;
  /** The holder stops when it could not renew for so long; 10 s. */
  readonly renewDeadlineMs?: number;
  /** Between two renewals that succeed; 5 s. */
  readonly renewIntervalMs?: number;
  /** Between tries that fail, and of candidates; 2 s. */
  readonly retryPeriodMs?: number;
}

export interface LeaderElectorOptions extends LeaderElectionOptions {
  readonly client: KubeApi;
  readonly fence: WriteFence;
  /** Called when a term begins. */
  readonly onStarted: () => void;
  /** Called once when a term ends without release. The fence is already shut; the process should exit. */
  readonly onLost: (reason: string) => void;
  readonly clock?: Clock;
  readonly metrics?: KubeMetrics;
  readonly logger?: Logger;
  readonly random?: () => number;
}

interface Observed {
  /** Undefined when there is no such lease. */
  readonly lease: Lease | undefined;
  readonly changedAt: number;
  /** How long the holder that we last saw may still act. */
  readonly durationMs: number;
}

/** Takes and keeps one lease. */
export class LeaderElector {
  private readonly options: Required<Omit<LeaderElectorOptions, 'metrics' | 'logger'>>;
  private readonly metrics: KubeMetrics;
  private readonly logger: Logger;
  private readonly reflector: Reflector<Lease>;
  private observed: Observed | undefined;
  private leading = false;
  private stopped = false;
  private lost = false;
  private renewedAt = Number.NEGATIVE_INFINITY;
  private attempt: Promise<void> | undefined;
  private cancelNext: Cancel = () => undefined;
  private cancelDeadline: Cancel = () => undefined;

  /** Throws RangeError for periods that cannot work: the lease must outlive the deadline, and the deadline several tries. */
  constructor(options: LeaderElectorOptions) {
    this.options = {
      leaseDurationMs: 15_000,
      renewDeadlineMs: 10_000,
      renewIntervalMs: 5000,
      retryPeriodMs: 2000,
      clock: systemClock,
      random: Math.random,
      ...options,
    };
    this.metrics = options.metrics ?? noMetrics;
    this.logger = options.logger ?? noLogger;
    checkPeriods(this.options);
    const { client, namespace, name, clock } = this.options;
    const fieldSelector = `metadata.name=${name}`;
    this.reflector = new Reflector({ client, type: leases, namespace, fieldSelector, clock, logger: this.logger });
    this.reflector.store.subscribe((event) => this.onLease(event));
    // Nothing may be written before the first term.
    this.options.fence.close();
    this.metrics.leading(name, false);
  }

  /** Begins to watch the lease and to try for it. */
  start(): void {
    this.reflector.start();
    this.schedule(0);
  }

  get isLeader(): boolean {
    return this.leading;
  }

  /** Milliseconds since the lease was last renewed by us; Infinity before the first term. */
  get sinceRenewalMs(): number {
    return this.options.clock.monotonicMs() - this.renewedAt;
  }

  /**
   * Shuts the fence and, when leading, gives the lease back so that another need not wait. Where work may still run, `keep` has it run
   * out instead.
   */
  async stop({ keep = false } = {}): Promise<void> {
    this.stopped = true;
    this.cancelNext();
    this.cancelDeadline();
    this.options.fence.close();
    await this.attempt;
    if (this.leading && !keep) await this.release();
    this.leading = false;
    this.metrics.leading(this.options.name, false);
    await this.reflector.stop();
  }

  private onLease(event: StoreEvent<Lease>): void {
    const lease = event.kind === 'deleted' ? undefined : event.object;
    // The watch may tell late what an answer to our own call has told already.
    if (isOlder(event.object, this.observed?.lease)) return;
    this.observe(lease);
    if (this.stopped) return;
    if (!this.leading) this.schedule(this.waitMs());
    else if (lease?.spec?.holderIdentity !== this.options.identity) {
      this.lose(lease ? `the lease is held by "${lease.spec?.holderIdentity}"` : 'the lease was deleted');
    }
  }

  private observe(lease: Lease | undefined): void {
    const known = this.observed?.lease;
    if (this.observed && known?.metadata.resourceVersion === lease?.metadata.resourceVersion) return;
    if (lease && isOlder(lease, known)) return;
    const seconds = lease?.spec?.leaseDurationSeconds;
    const heldMs = seconds === undefined ? this.options.leaseDurationMs : seconds * 1000;
    const durationMs = lease ? heldMs : (this.observed?.durationMs ?? 0);
    this.observed = { lease, changedAt: this.options.clock.monotonicMs(), durationMs };
  }

  /** How long the lease is not ours to take. */
  private waitMs(): number {
    const { observed } = this;
    const { identity, clock } = this.options;
    const holder = observed?.lease?.spec?.holderIdentity;
    if (!observed || (observed.lease && (!holder || holder === identity))) return 0;
    return Math.max(0, observed.changedAt + observed.durationMs - clock.monotonicMs());
  }

  private schedule(ms: number): void {
    this.cancelNext();
    if (this.stopped) return;
    this.cancelNext = this.options.clock.setTimeout(() => {
      this.attempt ??= this.tryOnce().finally(() => {
        this.attempt = undefined;
      });
    }, ms);
  }

  private async tryOnce(): Promise<void> {
    const { clock, renewIntervalMs, retryPeriodMs, random } = this.options;
    const startedAt = clock.monotonicMs();
    // Periods count from the start of a call: a slow answer must not cost the time of the next try.
    const again = (period: number) => this.schedule(Math.max(0, startedAt + period - clock.monotonicMs()));
    // Timers may run late and in any order: past the deadline the term is over, even if the lease could still be renewed.
    if (this.leading && !this.options.fence.open) {
      this.lose('the lease could not be renewed in time');
      return;
    }
    try {
      if (!this.observed) await this.read();
      const wait = this.leading ? 0 : this.waitMs();
      if (wait > 0) {
        this.schedule(wait);
        return;
      }
      await this.write(startedAt);
      again(renewIntervalMs);
    } catch (error) {
      this.logger.warn('Lease could not be taken or renewed', { lease: this.options.name, error: messageOf(error) });
      await this.reconsider(error);
      // Candidates spread out, the holder keeps its pace.
      again(retryPeriodMs * (this.leading ? 1 : 1 + 1.2 * random()));
    }
  }

  private async read(): Promise<void> {
    const { client, namespace, name } = this.options;
    this.observe(await client.get(leases, { namespace, name }, { deadlineMs: this.callMs }));
  }

  /** Short enough that a call that gets no answer leaves time for another one before the deadline. */
  private get callMs(): number {
    return 0.8 * (this.options.renewDeadlineMs - this.options.renewIntervalMs);
  }

  /** One POST or PUT; the deadline counts from its start, because others count from when they see it. */
  private async write(startedAt: number): Promise<void> {
    const { client } = this.options;
    const known = this.observed?.lease;
    const lease = this.record(known);
    const call = { unfenced: true, deadlineMs: this.callMs };
    const written = await (known ? client.update(leases, lease, call) : client.create(leases, lease, call));
    this.observe(written);
    if (this.lost) return;
    if (this.stopped) this.leading = true;
    else this.extend(startedAt, written);
  }

  private extend(startedAt: number, written: Lease): void {
    const { clock, fence, identity, name, onStarted, renewDeadlineMs } = this.options;
    if (this.observed?.lease?.spec?.holderIdentity !== identity) return;
    const deadline = startedAt + renewDeadlineMs;
    if (clock.monotonicMs() >= deadline) return;
    this.renewedAt = startedAt;
    fence.openUntil(deadline, written.spec?.leaseTransitions ?? 0);
    this.cancelDeadline();
    this.cancelDeadline = clock.setTimeout(
      () => this.lose('the lease could not be renewed in time'),
      deadline - clock.monotonicMs(),
    );
    if (this.leading) return;
    this.leading = true;
    this.metrics.leading(name, true);
    this.logger.info('Became the leader', { lease: name, identity });
    onStarted();
  }

  /** After a refusal, sees what is really there: the watch may lag, or be cut off together with us. */
  private async reconsider(error: unknown): Promise<void> {
    if (!isConflict(error) && !isAlreadyExists(error) && !isNotFound(error)) return;
    try {
      await this.read();
    } catch (failure) {
      this.logger.warn('Lease could not be read', { lease: this.options.name, error: messageOf(failure) });
      return;
    }
    const holder = this.observed?.lease?.spec?.holderIdentity;
    if (this.leading && holder !== this.options.identity) this.lose('the lease is no longer ours');
  }

  private record(known: Lease | undefined): Lease {
    const { namespace, name, identity, leaseDurationMs, clock } = this.options;
    const mine = known?.spec?.holderIdentity === identity;
    const now = microTime(clock.now());
    const transitions = known?.spec?.leaseTransitions ?? 0;
    return {
      apiVersion: leases.apiVersion,
      kind: leases.kind,
      ...known,
      metadata: known?.metadata ?? { namespace, name },
      spec: {
        ...known?.spec,
        holderIdentity: identity,
        leaseDurationSeconds: Math.ceil(leaseDurationMs / 1000),
        acquireTime: mine ? (known?.spec?.acquireTime ?? now) : now,
        renewTime: now,
        leaseTransitions: mine || !known ? transitions : transitions + 1,
      },
    };
  }

  private lose(reason: string): void {
    const { fence, name, onLost } = this.options;
    fence.close();
    this.cancelDeadline();
    this.cancelNext();
    if (!this.leading) return;
    this.leading = false;
    this.stopped = true;
    this.lost = true;
    this.metrics.leading(name, false);
    this.logger.error('Lost the lease', { lease: name, reason });
    onLost(reason);
  }

  /** Another may take it at once; if we crash before this, it waits for the lease to run out. */
  private async release(): Promise<void> {
    const lease = this.observed?.lease;
    if (!lease || lease.spec?.holderIdentity !== this.options.identity) return;
    const spec = {
      ...lease.spec,
      holderIdentity: '',
      leaseDurationSeconds: 1,
      renewTime: microTime(this.options.clock.now()),
    };
    try {
      await this.options.client.update(leases, { ...lease, spec }, { unfenced: true, deadlineMs: 2000 });
    } catch (error) {
      if (!(error instanceof ReconcileError)) throw error;
      this.logger.warn('Lease could not be released', { lease: this.options.name, error: messageOf(error) });
    }
  }
}

/** True when `lease` is of a version before `known`. */
function isOlder(lease: Lease, known: Lease | undefined): boolean {
  const [version, seen] = [lease.metadata.resourceVersion, known?.metadata.resourceVersion];
  return version !== undefined && seen !== undefined && compareResourceVersions(version, seen) < 0;
}

function checkPeriods(options: Required<LeaderElectionOptions>): void {
  const { leaseDurationMs, renewDeadlineMs, renewIntervalMs, retryPeriodMs } = options;
  if (leaseDurationMs <= renewDeadlineMs) throw new RangeError('leaseDurationMs must be more than renewDeadlineMs');
  if (renewDeadlineMs <= 1.2 * retryPeriodMs)
    throw new RangeError('renewDeadlineMs must be more than 1.2 retryPeriodMs');
  if (renewDeadlineMs < renewIntervalMs + retryPeriodMs) {
    throw new RangeError('renewDeadlineMs must leave time for a retry after renewIntervalMs');
  }
}
