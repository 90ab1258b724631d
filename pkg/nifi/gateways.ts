// All gateways of the operator: one per NiFiCluster, made on first use, sharing one cap on requests and one way to be heard.
// Surprising: news of one cluster is gathered for a moment, so that a burst of answers is one reconcile and not ten.

import pLimit, { type LimitFunction } from 'p-limit';
import { type Cancel, type Clock, systemClock } from '../kube/clock.ts';
import type { ObjectKey } from '../kube/types.ts';
import { type CallLimits, defaultLimits } from './connection.ts';
import { Gateway, type GatewayOptions } from './gateway.ts';
import { type GatewayMetrics, type Logger, silentLogger } from './observe.ts';
import type { Reader } from './types.ts';

export interface GatewaysOptions {
  /** Enqueues the NiFiCluster: a view, a report or a task's state has changed, or something is due to be asked again. */
  readonly onChange: (cluster: ObjectKey) => void;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly metrics?: GatewayMetrics;
  /** How often a cluster's view is read without being asked for; 60 s. */
  readonly driftPeriodMs?: number;
  /** Requests on the wire over all clusters; 64. */
  readonly maxInFlight?: number;
  /** Requests on the wire to one cluster; 4. */
  readonly maxInFlightPerCluster?: number;
  readonly limits?: Partial<CallLimits>;
  /** Checked before each write to NiFi leaves: a process that no longer leads must not write. */
  readonly fence?: { check(): void };
  /** How long news is gathered; 20 ms. */
  readonly coalesceMs?: number;
  /** 0 ≤ x < 1; Math.random by default. */
  readonly random?: () => number;
  /** Makes the REST client of a cluster; the real one when absent. */
  readonly client?: GatewayOptions['client'];
}

export class Gateways {
  private readonly options: GatewaysOptions;
  private readonly clock: Clock;
  private readonly shared: LimitFunction;
  private readonly sharedPatient = pLimit(64);
  private readonly gateways = new Map<string, Gateway>();
  private readonly pending = new Map<string, ObjectKey>();
  private readonly closing = new Set<Promise<void>>();
  private readonly listeners = new Map<string, (object: ObjectKey) => void>();
  private readonly news = new Map<string, Reader>();
  private cancelTimer: Cancel | undefined;
  private closed = false;

  constructor(options: GatewaysOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.shared = pLimit(options.maxInFlight ?? 64);
  }

  /** The gateway of a cluster; it does nothing until it is given a target. */
  for(key: ObjectKey): Gateway {
    const cluster = `${key.namespace}/${key.name}`;
    let gateway = this.gateways.get(cluster);
    if (gateway === undefined) {
      gateway = this.make(key, cluster);
      this.gateways.set(cluster, gateway);
      // Whoever still works at the end gets one that asks for nothing.
      if (this.closed) {
        void gateway.close();
      }
    }
    return gateway;
  }

  /** Has a controller told which of its objects there is news for; one listener a kind. */
  listen(kind: string, listener: (object: ObjectKey) => void): void {
    this.listeners.set(kind, listener);
  }

  /** Forgets a cluster that is gone and ends what runs for it. */
  remove(key: ObjectKey): void {
    const cluster = `${key.namespace}/${key.name}`;
    const gateway = this.gateways.get(cluster);
    this.gateways.delete(cluster);
    this.pending.delete(cluster);
    if (gateway !== undefined) {
      const closed: Promise<void> = gateway.close().finally(() => this.closing.delete(closed));
      this.closing.add(closed);
    }
  }

  /** Ends everything; resolves when no request is on the wire any more. */
  async close(): Promise<void> {
    this.closed = true;
    this.cancelTimer?.();
    this.pending.clear();
    this.news.clear();
    await Promise.all([...[...this.gateways.values()].map((gateway) => gateway.close()), ...this.closing]);
    this.gateways.clear();
  }

  private make(key: ObjectKey, cluster: string): Gateway {
    const { options } = this;
    return new Gateway({
      cluster,
      clock: this.clock,
      random: options.random ?? Math.random,
      logger: options.logger ?? silentLogger,
      metrics: options.metrics ?? {},
      limits: { ...defaultLimits, ...options.limits },
      driftPeriodMs: options.driftPeriodMs ?? 60_000,
      maxInFlight: options.maxInFlightPerCluster ?? 4,
      shared: this.shared,
      sharedPatient: this.sharedPatient,
      ...(options.fence === undefined ? {} : { fence: options.fence }),
      ...(options.client === undefined ? {} : { client: options.client }),
      onChange: () => {
        this.pending.set(cluster, { namespace: key.namespace, name: key.name });
        this.announce();
      },
      onNews: (reader) => {
        this.news.set(JSON.stringify([reader.kind, reader.namespace, reader.name]), reader);
        this.announce();
      },
    });
  }

  private announce(): void {
    this.cancelTimer ??= this.clock.setTimeout(() => {
      this.cancelTimer = undefined;
      const [clusters, readers] = [[...this.pending.values()], [...this.news.values()]];
      this.pending.clear();
      this.news.clear();
      for (const each of clusters) {
        this.options.onChange(each);
      }
      for (const { kind, namespace, name } of readers) {
        this.listeners.get(kind)?.({ namespace, name });
      }
    }, this.options.coalesceMs ?? 20);
  }
}
