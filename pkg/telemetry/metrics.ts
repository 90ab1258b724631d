// The operator's metrics, under the names that controller-runtime uses where it has one, so that dashboards fit.
// One registry, given to who needs it: nothing registers itself globally. Durations come in milliseconds and go out in
// seconds, as Prometheus wants them. docs/reference/metrics.md lists every one; a test compares the two.

import { collectDefaultMetrics, type Gauge, Registry } from 'prom-client';
import type { KubeMetrics } from '../kube/metrics.ts';
import type { GatewayMetrics } from '../nifi/observe.ts';
import type { WebhookAnswer } from '../webhook/server.ts';
import { type ClusterObservations, clusterMetrics } from './clusters.ts';
import { makers } from './makers.ts';
import { objectMetrics } from './objects.ts';
import { webhookMetrics } from './webhooks.ts';

export interface Telemetry {
  readonly registry: Registry;
  readonly kube: KubeMetrics;
  readonly nifi: GatewayMetrics;
  readonly clusters: ClusterObservations;
  readonly webhookAnswered: (answer: WebhookAnswer) => void;
}

export function createTelemetry(options: { readonly processMetrics: boolean }): Telemetry {
  const registry = new Registry();
  if (options.processMetrics) collectDefaultMetrics({ register: registry });
  const clusters = clusterMetrics(registry);
  const { breakers, ...nifi } = nifiMetrics(registry);
  const forget: ClusterObservations['forget'] = (key) => {
    clusters.forget(key);
    breakers.remove({ cluster: `${key.namespace}/${key.name}` });
  };
  return {
    registry,
    kube: { ...kubeMetrics(registry), ...objectMetrics(registry) },
    nifi,
    clusters: { ...clusters, forget },
    webhookAnswered: webhookMetrics(registry),
  };
}

function kubeMetrics(registry: Registry): Omit<KubeMetrics, 'objectTold'> {
  const { counter, gauge, histogram } = makers(registry);
  const requests = counter({
    name: 'rest_client_requests_total',
    help: 'Calls to the API server.',
    labelNames: ['code', 'method'],
  });
  const requestTime = histogram({
    name: 'rest_client_request_duration_seconds',
    help: 'How long calls to the API server took.',
    labelNames: ['verb', 'resource'],
  });
  const writes = counter({
    name: 'nifi_operator_writes_total',
    help: 'Writes to the API server by kind.',
    labelNames: ['verb', 'resource'],
  });
  const reconciles = counter({
    name: 'controller_runtime_reconcile_total',
    help: 'Reconciles by result.',
    labelNames: ['controller', 'result'],
  });
  const reconcileErrors = counter({
    name: 'controller_runtime_reconcile_errors_total',
    help: 'Reconciles that failed.',
    labelNames: ['controller'],
  });
  const reconcileTime = histogram({
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'How long reconciles took.',
    labelNames: ['controller'],
  });
  const errorsByReason = counter({
    name: 'nifi_reconcile_errors_total',
    help: 'Reconciles that failed, by reason.',
    labelNames: ['controller', 'reason'],
  });
  const workers = gauge({
    name: 'controller_runtime_active_workers',
    help: 'Workers that are busy.',
    labelNames: ['controller'],
  });
  const depth = gauge({ name: 'workqueue_depth', help: 'Keys that wait.', labelNames: ['name'] });
  const adds = counter({ name: 'workqueue_adds_total', help: 'Keys that were added.', labelNames: ['name'] });
  const waited = histogram({
    name: 'workqueue_queue_duration_seconds',
    help: 'How long keys waited.',
    labelNames: ['name'],
  });
  const worked = histogram({
    name: 'workqueue_work_duration_seconds',
    help: 'How long keys were worked on.',
    labelNames: ['name'],
  });
  const retries = counter({
    name: 'workqueue_retries_total',
    help: 'Keys that were added again after a failure.',
    labelNames: ['name'],
  });
  const leader = gauge({
    name: 'leader_election_master_status',
    help: '1 while this process leads.',
    labelNames: ['name'],
  });
  const lists = counter({
    name: 'nifi_operator_lists_total',
    help: 'Full lists taken to fill a cache.',
    labelNames: ['resource', 'how'],
  });
  const watches = counter({
    name: 'nifi_operator_watches_ended_total',
    help: 'Watches that ended, by cause.',
    labelNames: ['resource', 'cause'],
  });
  const dropped = counter({
    name: 'nifi_operator_events_dropped_total',
    help: 'Events that were not written, by cause.',
    labelNames: ['cause'],
  });
  const readVerbs = new Set(['get', 'list', 'watch']);
  return {
    requestFinished({ method, verb, resource, status, durationMs }) {
      requests.inc({ code: status === 0 ? '<error>' : String(status), method });
      if (verb !== 'watch') requestTime.observe({ verb, resource }, durationMs / 1000);
      if (!readVerbs.has(verb) && status < 300 && status > 0) writes.inc({ verb, resource });
    },
    reconcileFinished(controller, result, durationMs) {
      reconciles.inc({ controller, result });
      reconcileTime.observe({ controller }, durationMs / 1000);
      if (result === 'error') reconcileErrors.inc({ controller });
    },
    reconcileFailed: (controller, reason) => errorsByReason.inc({ controller, reason }),
    activeWorkers: (controller, count) => workers.set({ controller }, count),
    queueDepth: (name, count) => depth.set({ name }, count),
    queueAdded: (name) => adds.inc({ name }),
    queueWaited: (name, ms) => waited.observe({ name }, ms / 1000),
    queueWorked: (name, ms) => worked.observe({ name }, ms / 1000),
    queueRetried: (name) => retries.inc({ name }),
    leading: (name, isLeader) => leader.set({ name }, isLeader ? 1 : 0),
    reflectorListed: (resource, how) => lists.inc({ resource, how }),
    watchEnded: (resource, cause) => watches.inc({ resource, cause }),
    eventDropped: (cause) => dropped.inc({ cause }),
  };
}

function nifiMetrics(registry: Registry): GatewayMetrics & { readonly breakers: Gauge } {
  const { gauge, histogram } = makers(registry);
  const calls = histogram({
    name: 'nifi_api_request_duration_seconds',
    help: 'How long calls to NiFi took.',
    labelNames: ['method', 'endpoint', 'status'],
  });
  const breakers = gauge({
    name: 'nifi_api_breaker_open',
    help: '1 while calls to a cluster are held back after failures.',
    labelNames: ['cluster'],
  });
  return {
    breakers,
    onRequest: ({ method, endpoint, status, seconds: took }) =>
      calls.observe({ method, endpoint, status: String(status) }, took),
    onBreaker: ({ cluster, node, state }) => {
      if (node === undefined) breakers.set({ cluster }, state === 'closed' ? 0 : 1);
    },
  };
}
