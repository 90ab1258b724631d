// One cluster's gateway: everything that controllers want to know of a NiFi or have it do, without ever waiting for it.
// Answers are cached and refreshed in the background, work runs as named tasks, and `onChange` tells when there is news.
// It must not be awaited under a reconcile key; only `close` returns a promise. A restart of the operator loses nothing but caches.

import type { LimitFunction } from 'p-limit';
import type { Clock } from '../kube/clock.ts';
import { Asker } from './asker.ts';
import type { AutoHealDecision } from './autoheal.ts';
import { Breaker } from './breaker.ts';
import { Cached } from './cached.ts';
import { NiFiClient, type NiFiClientOptions } from './client.ts';
import type { CallLimits } from './connection.ts';
import { getCluster } from './endpoints/cluster.ts';
import { getClusterSummary, getFlowStatus, getVersion } from './endpoints/flow.ts';
import { NiFiUnreachableError } from './errors.ts';
import { FlowReads } from './flow-reads.ts';
import { Healer, type HealWish } from './healer.ts';
import type { BreakerState, GatewayMetrics, Logger } from './observe.ts';
import { problemOf } from './problem.ts';
import { taskContext } from './tasks/context.ts';
import { TaskRunner } from './tasks/runner.ts';
import type {
  ClusterGateway,
  ClusterView,
  GatewayProblem,
  GatewayTarget,
  GatewayTask,
  NodeCalls,
  NodeReport,
  Reader,
  TaskState,
} from './types.ts';
import { makeView, sameView } from './view.ts';

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
  readonly sharedPatient?: LimitFunction;
  readonly fence?: { check(): void };
  readonly onChange: () => void;
  /** Told when there is something new for an object that read flows or has work of its own. */
  readonly onNews?: (reader: Reader) => void;
  /** Makes the REST client; the real one when absent. A model answers in its place. */
  readonly client?: (options: NiFiClientOptions) => NiFiClient;
}

export class Gateway implements ClusterGateway {
  private readonly options: GatewayOptions;
  private readonly client: NiFiClient;
  private readonly asker: Asker;
  private readonly main: Cached<ClusterView>;
  private readonly viewsOf = new Map<number, Cached<ClusterView>>();
  private readonly reports = new Map<number, Cached<NodeReport>>();
  private readonly versions = new Map<number, Cached<VersionAnswer>>();
  private readonly tasks: TaskRunner;
  /** What NiFi has of flows, contexts and registry clients, read once for all that depend on it. */
  readonly flows: FlowReads;
  private readonly healer: Healer;
  private readonly closing = new AbortController();
  private trouble: GatewayProblem | undefined;
  private closed = false;

  constructor(options: GatewayOptions) {
    this.options = options;
    const { clock, random, logger } = options;
    const onChange = (): void => this.changed();
    const lastView = (): ClusterView | undefined => this.lastView();
    const makeClient = options.client ?? ((given: NiFiClientOptions) => new NiFiClient(given));
    const client = makeClient({ ...options, observe: (node, call) => this.observe(node, call) });
    const onBreaker = (node: number, state: BreakerState): void => this.tellBreaker({ node, state });
    this.client = client;
    this.asker = new Asker({ clock, random, client, lastView, onBreaker });
    this.main = new Cached({
      ...this.cachedOptions(sameView),
      fetch: () => this.asker.askInTurn((id) => this.fetchView(id, this.main.peek())),
      breaker: this.pause((state) => this.tellBreaker({ state })),
      periodMs: options.driftPeriodMs,
      failed: (error) => this.noteOutcome(error),
    });
    const { asker, main: view } = this;
    const context = { clock, asker, view, closing: this.closing.signal };
    const attempt = (task: GatewayTask, signal: AbortSignal) =>
      task.run(taskContext({ ...context, signal, transport: client.transport }));
    const taskChanged = ({ reader }: GatewayTask): void => (reader === undefined ? onChange() : this.tell(reader));
    this.tasks = new TaskRunner({ clock, random, logger, attempt, onChange: taskChanged });
    this.flows = new FlowReads({
      clock,
      random,
      periodMs: options.driftPeriodMs,
      ask: (use) => this.askAny(use),
      tell: (reader) => this.tell(reader),
    });
    this.healer = new Healer({ clock, lastView, run: (task) => this.run(task), onChange });
  }

  update(target: GatewayTarget): void {
    const changes = this.client.update(target);
    for (const { id, moved } of changes) {
      if (moved) {
        this.forget(id);
      } else {
        this.asker.allowProbe(id);
      }
    }
    if (changes.length > 0 && target.nodes.length > 0) {
      this.main.poke();
    } else if (changes.length > 0) {
      this.tellBreaker({ state: 'closed' });
    }
  }

  view(maxAgeMs: number): ClusterView | undefined {
    return this.main.get(maxAgeMs);
  }

  lastView(): ClusterView | undefined {
    return this.main.peek();
  }

  viewOf(id: number, maxAgeMs: number): ClusterView | undefined {
    const fetch = (): Promise<ClusterView> => this.fetchView(id, this.viewsOf.get(id)?.peek());
    return this.pinned(this.viewsOf, id, sameView, fetch)?.get(maxAgeMs);
  }

  report(id: number, maxAgeMs: number): NodeReport | undefined {
    return this.pinned(this.reports, id, sameReport, () => this.fetchReport(id))?.get(maxAgeMs);
  }

  lastViewOf(id: number): ClusterView | undefined {
    return this.viewsOf.get(id)?.peek();
  }

  lastReport(id: number): NodeReport | undefined {
    return this.reports.get(id)?.peek();
  }

  queuedOn(id: number, maxAgeMs: number): number | undefined {
    const report = this.report(id, maxAgeMs);
    return report?.connectedToCluster === false ? report.flowFilesQueued : undefined;
  }

  version(id: number): string | undefined {
    const fetch = async (): Promise<VersionAnswer> => {
      const takenAtMs = this.options.clock.monotonicMs();
      return { takenAtMs, version: await this.asker.ask(id, getVersion) };
    };
    return this.pinned(this.versions, id, sameVersion, fetch)?.get(Number.POSITIVE_INFINITY)?.version;
  }

  /** Decides about disconnected nodes by the last view and runs what is decided; see `autoheal.ts`. */
  autoHeal(wish: HealWish): readonly AutoHealDecision[] {
    return this.healer.heal(wish);
  }

  problem(): GatewayProblem | undefined {
    return this.trouble;
  }

  run(task: GatewayTask): TaskState {
    return this.tasks.run(task);
  }

  /** The object is gone, or looks to another cluster now: its work ends and nothing is read for it any more. */
  release(reader: Reader): void {
    this.tasks.forget(reader);
    this.flows.release(reader);
  }

  /** Ends everything; resolves when nothing of this gateway runs any more. */
  async close(): Promise<void> {
    this.closed = true;
    for (const cached of [this.main, ...this.viewsOf.values(), ...this.reports.values(), ...this.versions.values()]) {
      cached.close();
    }
    this.flows.close();
    this.healer.close();
    this.client.close();
    this.closing.abort();
    await this.tasks.close();
  }

  private async fetchView(id: number, previous: ClusterView | undefined): Promise<ClusterView> {
    const takenAtMs = this.options.clock.monotonicMs();
    const nodes = await this.asker.ask(id, getCluster);
    const asked = this.client.nodes.find((node) => node.id === id);
    if (asked === undefined) {
      throw new NiFiUnreachableError(id, 'Aborted', `Node ${id} went away while it was asked`);
    }
    return makeView({ nodes, asked, known: this.client.nodes, previous, takenAtMs });
  }

  private async fetchReport(id: number): Promise<NodeReport> {
    const takenAtMs = this.options.clock.monotonicMs();
    const podUid = this.client.nodes.find((node) => node.id === id)?.podUid ?? '';
    return await this.asker.ask(id, async (node) => {
      const { connectedToCluster } = await getClusterSummary(node);
      const { flowFilesQueued, bytesQueued } = await getFlowStatus(node);
      const version = await getVersion(node);
      return { takenAtMs, id, podUid, version, connectedToCluster, flowFilesQueued, bytesQueued };
    });
  }

  private noteOutcome(error: unknown): boolean {
    const before = this.trouble;
    const now = error === undefined ? undefined : problemOf(error, before?.sinceMs ?? this.options.clock.monotonicMs());
    const changed = before?.reason !== now?.reason;
    // Of the same trouble the first words stay: other nodes are asked each time, and status would change with every one of them.
    this.trouble = changed ? now : before;
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
  ): Cached<T> | undefined {
    let cached = all.get(id);
    if (cached === undefined && !this.closed && this.client.nodes.some((node) => node.id === id)) {
      cached = new Cached({ ...this.cachedOptions(same), fetch, breaker: this.pause(), failed: () => false });
      all.set(id, cached);
    }
    return cached;
  }

  private cachedOptions<T>(same: (a: T, b: T) => boolean) {
    const { clock, random } = this.options;
    return { clock, random, same, landed: () => this.changed() };
  }

  /** The pause between attempts at one answer: 1 s, doubling to a minute. */
  private pause(onChange?: (state: BreakerState) => void): Breaker {
    const { clock, random } = this.options;
    const pauses = { threshold: 1, firstPauseMs: 1_000, maxPauseMs: 60_000 };
    return new Breaker({ clock, random, ...pauses, ...(onChange && { onChange }) });
  }

  /** A new process starts with a clean record: what the one before said proves nothing of it. */
  private forget(id: number): void {
    this.asker.forget(id);
    for (const cache of [this.viewsOf, this.reports, this.versions]) {
      cache.get(id)?.close();
      cache.delete(id);
    }
  }

  /**
   * From a cluster without nodes, such as one that sleeps, nobody is held back. And what is told after the end would stay: the metrics
   * of a cluster are forgotten together with its gateway.
   */
  private tellBreaker({ node, state }: { readonly node?: number; readonly state: BreakerState }): void {
    const { cluster, metrics } = this.options;
    if (this.closed) {
      return;
    }
    if (node !== undefined) {
      metrics.onBreaker?.({ cluster, node, state });
    } else {
      metrics.onBreaker?.({ cluster, state: this.client.nodes.length === 0 ? 'closed' : state });
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

  /** Asks a node that the last view calls connected. */
  private async askAny<T>(use: (node: NodeCalls) => Promise<T>): Promise<T> {
    const view = this.main.peek() ?? (await this.main.since(this.options.clock.monotonicMs()));
    return await this.asker.askConnected(view, use, { signal: this.closing.signal });
  }

  private tell(reader: Reader): void {
    if (!this.closed) {
      this.options.onNews?.(reader);
    }
  }

  private changed(): void {
    if (!this.closed) {
      this.options.onChange();
    }
  }
}

interface VersionAnswer {
  readonly takenAtMs: number;
  readonly version: string;
}

function sameVersion(a: VersionAnswer, b: VersionAnswer): boolean {
  return a.version === b.version;
}

function sameReport(a: NodeReport, b: NodeReport): boolean {
  return (
    a.podUid === b.podUid &&
    a.version === b.version &&
    a.connectedToCluster === b.connectedToCluster &&
    a.flowFilesQueued === b.flowFilesQueued
  );
}
