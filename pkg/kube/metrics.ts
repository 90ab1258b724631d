// What the runtime reports about itself. pkg/telemetry turns each call into a metric of controller-runtime's name.
//
// Calls are synchronous and must not throw. Durations are milliseconds here and seconds in the metrics.

import type { Condition } from './conditions.ts';
import type { ObjectKey } from './types.ts';

/** How a reconcile ended; the values of controller_runtime_reconcile_total's `result` label, and `stalled`. */
export type ReconcileResult = 'success' | 'requeue_after' | 'error' | 'stalled';

/** One finished call to the API server, a watch when it was answered. */
export interface RequestInfo {
  readonly method: string;
  /** The verb as audit logs have it: get, list, watch, create, update, patch, apply, delete. */
  readonly verb: string;
  /** The plural of the kind, with `/subresource`; empty for raw calls. */
  readonly resource: string;
  /** The HTTP status, or 0 when none came. */
  readonly status: number;
  readonly durationMs: number;
}

/** Observers; the comment of each names the metric it feeds. */
export interface KubeMetrics {
  /** rest_client_requests_total, rest_client_request_duration_seconds */
  requestFinished(info: RequestInfo): void;
  /** controller_runtime_reconcile_total, _errors_total, _time_seconds */
  reconcileFinished(controller: string, result: ReconcileResult, durationMs: number): void;
  /** controller_runtime_reconcile_errors_total by reason; `reason` is the error's own */
  reconcileFailed(controller: string, reason: string): void;
  /** controller_runtime_active_workers */
  activeWorkers(controller: string, count: number): void;
  /** workqueue_depth */
  queueDepth(queue: string, depth: number): void;
  /** workqueue_adds_total */
  queueAdded(queue: string): void;
  /** workqueue_queue_duration_seconds */
  queueWaited(queue: string, ms: number): void;
  /** workqueue_work_duration_seconds */
  queueWorked(queue: string, ms: number): void;
  /** workqueue_retries_total */
  queueRetried(queue: string): void;
  /** leader_election_master_status */
  leading(lease: string, isLeader: boolean): void;
  /** Full lists a reflector took, by plural and by what it did: watchlist or list. */
  reflectorListed(resource: string, how: 'watchlist' | 'list', items: number): void;
  /** Watch streams that ended, by plural and cause (closed, cut, idle, expired, throttled, garbage…). */
  watchEnded(resource: string, cause: string): void;
  /** Events (events.k8s.io) that were given up: queue full, rate limit, or refused. */
  eventDropped(cause: string): void;
  /** nifi_object_ready, nifi_object_stalled: what an object is told in its conditions; undefined when it is gone. */
  objectTold(kind: string, key: ObjectKey, conditions: readonly Condition[] | undefined): void;
}

/** Observes nothing. */
export const noMetrics: KubeMetrics = {
  requestFinished() {},
  reconcileFinished() {},
  reconcileFailed() {},
  activeWorkers() {},
  queueDepth() {},
  queueAdded() {},
  queueWaited() {},
  queueWorked() {},
  queueRetried() {},
  leading() {},
  reflectorListed() {},
  watchEnded() {},
  eventDropped() {},
  objectTold() {},
};

/** The logger the runtime writes to; winston's fits. Messages are static, what varies is in the fields. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Logs nothing. */
export const noLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
