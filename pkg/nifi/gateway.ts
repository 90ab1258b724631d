// One cluster's gateway: everything that controllers want to know of a NiFi or have it do, without ever waiting for it.
// Answers are cached and refreshed in the background, work runs as named tasks, and `onChange` tells when there is news.
// It must not be awaited under a reconcile key; only `close` returns a promise. A restart of the operator loses nothing but caches.

import type { LimitFunction } from 'p-limit';
import type { Clock } from '../kube/clock.ts';
import { Breaker } from './breaker.ts';
import { Cached } from './cached.ts';
import { askOrder } from './choose.ts';
import { NiFiClient } from './client.ts';
import type { CallLimits } from './connection.ts';
import { getCluster } from './endpoints/cluster.ts';
import { getClusterSummary, getFlowStatus, getVersion } from './endpoints/flow.ts';
import { NiFiApiError, NiFiUnreachableError } from './errors.ts';
import type { GatewayMetrics, Logger } from './observe.ts';
import { NoViewError, problemOf } from './problem.ts';
import { TaskRunner } from './tasks/runner.ts';
import type {
  ClusterGateway,
  ClusterView,
  GatewayProblem,
  GatewayTarget,
  GatewayTask,
  NodeCalls,
  NodeReport,
  TaskContext,
  TaskState,
} from './types.ts';
import { connectedIn, makeView, sameView } from './view.ts';

export interface GatewayOptions {
  /** `namespace/name`, for logs and metrics. */
  readonly cluster: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
  readonly limits: CallLimits;
  readonly driftPeriodMs: number;
  readonly maxInFlight: number;
  readonly shared: LimitFunction;
  readonly fence?: { check(): void };
  readonly onChange: () => void;
}

const NODES_PER_ROUND = 3;

export class Gateway implements ClusterGateway {
  private readonly options: GatewayOptions;
  private readonly client: NiFiClient;
  private readonly breakers = new Map<number, Breaker>();
  private readonly main: Cached<ClusterView>;
  private readonly viewsOf = new Map<number, Cached<ClusterView>>();
  private readonly reports = new Map<number, Cached<NodeReport>>();
  private readonly tasks: TaskRunner;
  private trouble: GatewayProblem | undefined;
  private round = 0;
  private closed = false;

  constructor(options: GatewayOptions) {
    this.options = options;
    const { clock, random, logger } = options;
    this.client = new NiFiClient({ ...options, observe: (node, call) => this.observe(node, call) });
    this.main = new Cached({
      ...this.cachedOptions(sameView),
      fetch: () => this.fetchView(),
      breaker: this.breaker(1, 1_000, (state) => options.metrics.onBreaker?.({ cluster: options.cluster, state })),
      periodMs: options.driftPeriodMs,
      failed: (error) => this.noteOutcome(error),
    });
    const onChange = (): void => this.changed();
    const attempt = (task: GatewayTask, signal: AbortSignal) => task.run(this.contextFor(signal));
    this.tasks = new TaskRunner({ clock, random, logger, attempt, onChange });
  }

  update(target: GatewayTarget): void {
    const changes = this.client.update(target);
    for (const { id, moved } of changes) {
      if (moved) {
        this.forget(id);
      } else {
        this.breakers.get(id)?.allowProbe();
      }
    }
    if (changes.length > 0 && target.nodes.length > 0) {
      this.main.poke();
    }
  }

  view(maxAgeMs: number): ClusterView | undefined {
    return this.main.get(maxAgeMs);
  }

  lastView(): ClusterView | undefined {
    return this.main.peek();
  }

  viewOf(id: number, maxAgeMs: number): ClusterView | undefined {
    return this.pinned(this.viewsOf, id, sameView, () => this.fetchViewFrom(id, this.viewsOf.get(id)?.peek())).get(
      maxAgeMs,
    );
  }

  report(id: number, maxAgeMs: number): NodeReport | undefined {
    return this.pinned(this.reports, id, sameReport, () => this.fetchReport(id)).get(maxAgeMs);
  }

  problem(): GatewayProblem | undefined {
    return this.trouble;
  }

  run(task: GatewayTask): TaskState {
    return this.tasks.run(task);
  }

  /** Ends everything; resolves when nothing of this gateway runs any more. */
  async close(): Promise<void> {
    this.closed = true;
    for (const cached of [this.main, ...this.viewsOf.values(), ...this.reports.values()]) {
      cached.close();
    }
    this.client.close();
    await this.tasks.close();
  }

  private async fetchView(): Promise<ClusterView> {
    this.round += 1;
    const ids = this.order(NODES_PER_ROUND);
    const causes: unknown[] = [];
    for (const id of ids) {
      try {
        return await this.fetchViewFrom(id, this.main.peek());
      } catch (error) {
        causes.push(error);
      }
    }
    throw new NoViewError(causes);
  }

  private async fetchViewFrom(id: number, previous: ClusterView | undefined): Promise<ClusterView> {
    const takenAtMs = this.options.clock.monotonicMs();
    const nodes = await this.ask(id, getCluster);
    const asked = this.client.nodes.find((node) => node.id === id);
    if (asked === undefined) {
      throw new NiFiUnreachableError(id, 'Aborted', `Node ${id} went away while it was asked`);
    }
    return makeView({ nodes, asked, known: this.client.nodes, previous, takenAtMs });
  }

  private async fetchReport(id: number): Promise<NodeReport> {
    const takenAtMs = this.options.clock.monotonicMs();
    const podUid = this.client.nodes.find((node) => node.id === id)?.podUid ?? '';
    return await this.ask(id, async (node) => {
      const summary = await getClusterSummary(node);
      const status = await getFlowStatus(node);
      const version = await getVersion(node);
      const { flowFilesQueued, bytesQueued } = status;
      return {
        takenAtMs,
        id,
        podUid,
        version,
        connectedToCluster: summary.connectedToCluster,
        flowFilesQueued,
        bytesQueued,
      };
    });
  }

  /** Calls one node under its breaker: only the absence of an answer counts against it. */
  private async ask<T>(id: number, use: (node: NodeCalls) => Promise<T>): Promise<T> {
    const node = this.client.on(id);
    const breaker = this.breakerOf(id);
    if (!breaker.tryAcquire()) {
      throw new NiFiUnreachableError(id, 'Paused', `Node ${id} (${node.host}) is not asked for a while`);
    }
    try {
      const answer = await use(node);
      breaker.success();
      return answer;
    } catch (error) {
      if (!(error instanceof NiFiUnreachableError)) {
        breaker.success();
      } else if (error.reason === 'Aborted') {
        breaker.allowProbe();
      } else {
        breaker.failure();
      }
      throw error;
    }
  }

  /** The nodes to ask, best first; when all are paused the first may be asked all the same. */
  private order(atMost: number): readonly number[] {
    const paused = (id: number): boolean => this.breakerOf(id).retryAtMs !== undefined;
    const ids = askOrder({ nodes: this.client.nodes, view: this.main.peek(), paused, round: this.round, atMost });
    const [only, ...more] = ids;
    if (only !== undefined && more.length === 0 && paused(only)) {
      this.breakerOf(only).allowProbe();
    }
    return ids;
  }

  private contextFor(signal: AbortSignal): TaskContext {
    const startedAtMs = this.options.clock.monotonicMs();
    return {
      transport: this.client.transport,
      signal,
      freshView: () => {
        signal.throwIfAborted();
        return this.main.since(startedAtMs);
      },
      call: (use, options) => this.callAny(use, signal, options?.except),
      callOn: (id, use) => {
        signal.throwIfAborted();
        return this.ask(id, use);
      },
    };
  }

  /** Asks connected nodes in turn, but never a second one for a write that the first may have carried out. */
  private async callAny<T>(use: (node: NodeCalls) => Promise<T>, signal: AbortSignal, except?: number): Promise<T> {
    const view = this.main.peek() ?? (await this.main.since(this.options.clock.monotonicMs()));
    const connected = new Set(connectedIn(view));
    const causes: unknown[] = [];
    for (const id of this.order(this.client.nodes.length)) {
      if (id === except || !connected.has(id) || causes.length === NODES_PER_ROUND) {
        continue;
      }
      signal.throwIfAborted();
      try {
        return await this.ask(id, use);
      } catch (error) {
        if (!canMoveOn(error)) {
          throw error;
        }
        causes.push(error);
      }
    }
    throw causes.length === 1 ? causes[0] : new NoViewError(causes);
  }

  private noteOutcome(error: unknown): boolean {
    const before = this.trouble;
    this.trouble =
      error === undefined ? undefined : problemOf(error, before?.sinceMs ?? this.options.clock.monotonicMs());
    const changed = before?.reason !== this.trouble?.reason;
    const fields = { cluster: this.options.cluster, reason: this.trouble?.reason, detail: this.trouble?.message };
    if (changed && !this.closed) {
      if (this.trouble === undefined) {
        this.options.logger.info('NiFi answered again', { cluster: this.options.cluster });
      } else {
        this.options.logger.warn('NiFi gave no view of its cluster', fields);
      }
    }
    return changed;
  }

  private pinned<T extends { readonly takenAtMs: number }>(
    all: Map<number, Cached<T>>,
    id: number,
    same: (a: T, b: T) => boolean,
    fetch: () => Promise<T>,
  ): Cached<T> {
    let cached = all.get(id);
    if (cached === undefined) {
      const breaker = this.breaker(1, 1_000);
      cached = new Cached({ ...this.cachedOptions(same), fetch, breaker, failed: () => false });
      all.set(id, cached);
    }
    return cached;
  }

  private cachedOptions<T>(same: (a: T, b: T) => boolean) {
    const { clock, random } = this.options;
    return { clock, random, same, landed: () => this.changed() };
  }

  private breakerOf(id: number): Breaker {
    let breaker = this.breakers.get(id);
    if (breaker === undefined) {
      const { metrics, cluster } = this.options;
      breaker = this.breaker(3, 5_000, (state) => metrics.onBreaker?.({ cluster, node: id, state }));
      this.breakers.set(id, breaker);
    }
    return breaker;
  }

  private breaker(threshold: number, firstPauseMs: number, onChange?: (state: Breaker['state']) => void): Breaker {
    const { clock, random } = this.options;
    return new Breaker({ clock, random, threshold, firstPauseMs, maxPauseMs: 60_000, ...(onChange && { onChange }) });
  }

  /** A new Pod starts with a clean record. */
  private forget(id: number): void {
    this.breakers.delete(id);
    for (const cache of [this.viewsOf, this.reports]) {
      cache.get(id)?.close();
      cache.delete(id);
    }
  }

  private observe(
    node: number,
    call: { method: string; endpoint: string; status: number | 'error'; ms: number },
  ): void {
    const { method, endpoint, status, ms } = call;
    this.options.metrics.onRequest?.({
      cluster: this.options.cluster,
      node,
      method,
      endpoint,
      status,
      seconds: ms / 1000,
    });
  }

  private changed(): void {
    if (!this.closed) {
      this.options.onChange();
    }
  }
}

/** Whether another node may be asked: this one cannot serve the call, and has certainly not carried out a write. */
function canMoveOn(error: unknown): boolean {
  return error instanceof NiFiUnreachableError
    ? !error.mayHaveHappened
    : error instanceof NiFiApiError && error.kind === 'NotConnected';
}

function sameReport(a: NodeReport, b: NodeReport): boolean {
  return (
    a.podUid === b.podUid &&
    a.version === b.version &&
    a.connectedToCluster === b.connectedToCluster &&
    a.flowFilesQueued === b.flowFilesQueued
  );
}
