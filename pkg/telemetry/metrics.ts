// The operator's metrics, under the names that controller-runtime uses where it has one, so that dashboards fit.
// One registry, given to who needs it: nothing registers itself globally. Durations come in milliseconds and go out in
// seconds, as Prometheus wants them. docs/reference/metrics.md lists every one; a test compares the two.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { KubeMetrics } from '../kube/metrics.ts';
import type { ObjectKey } from '../kube/types.ts';
import type { GatewayMetrics } from '../nifi/observe.ts';

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export interface ClusterObservations {
  observed(key: ObjectKey, nodes: { readonly total: number; readonly ready: number }): void;
  scaled(key: ObjectKey, direction: 'up' | 'down', nodes: number): void;
  disrupted(key: ObjectKey, action: string): void;
  /** Nodes by reason; what is not named is not there any more. */
  waiting(key: ObjectKey, nodes: ReadonlyMap<string, number>): void;
  /** Flow files by node id; what is not named is not there any more. */
  emptying(key: ObjectKey, flowFiles: ReadonlyMap<number, number>): void;
  forget(key: ObjectKey): void;
}

export interface Telemetry {
  readonly registry: Registry;
  readonly kube: KubeMetrics;
  readonly nifi: GatewayMetrics;
  readonly clusters: ClusterObservations;
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
  return { registry, kube: kubeMetrics(registry), nifi, clusters: { ...clusters, forget } };
}

interface Definition {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
}

function makers(registry: Registry) {
  const registers = [registry];
  const of = ({ name, help, labelNames = [] }: Definition) => ({ name, help, labelNames: [...labelNames], registers });
  return {
    counter: (definition: Definition) => new Counter(of(definition)),
    gauge: (definition: Definition) => new Gauge(of(definition)),
    histogram: (definition: Definition) => new Histogram({ ...of(definition), buckets: seconds }),
  };
}

function kubeMetrics(registry: Registry): KubeMetrics {
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
      if (node === undefined) breakers.set({ cluster }, state === 'open' ? 1 : 0);
    },
  };
}

function clusterMetrics(registry: Registry): ClusterObservations {
  const { counter, gauge } = makers(registry);
  const labelNames = ['namespace', 'cluster'];
  const total = gauge({ name: 'nifi_cluster_nodes_total', help: 'Members of a cluster.', labelNames });
  const ready = gauge({
    name: 'nifi_cluster_nodes_ready',
    help: 'Members of a cluster whose Pod is ready.',
    labelNames,
  });
  const scalings = counter({
    name: 'nifi_scaling_events_total',
    help: 'Nodes that joined (up) or left (down) the members.',
    labelNames: [...labelNames, 'direction'],
  });
  const disruptions = counter({
    name: 'nifi_disruptions_total',
    help: 'Steps that took a node down, or destroyed something of it, by action.',
    labelNames: [...labelNames, 'action'],
  });
  const waiting = series(
    gauge({
      name: 'nifi_nodes_waiting',
      help: 'Nodes that are not as the spec asks, by what they wait for.',
      labelNames: [...labelNames, 'reason'],
    }),
    'reason',
  );
  const emptying = series(
    gauge({
      name: 'nifi_node_emptying_flowfiles',
      help: 'Flow files left on a node that is being emptied.',
      labelNames: [...labelNames, 'node'],
    }),
    'node',
  );
  const of = ({ namespace, name }: ObjectKey) => ({ namespace, cluster: name });
  const actions = new Map<string, Set<string>>();
  return {
    observed(key, nodes) {
      total.set(of(key), nodes.total);
      ready.set(of(key), nodes.ready);
    },
    scaled: (key, direction, nodes) => scalings.inc({ ...of(key), direction }, nodes),
    disrupted(key, action) {
      const name = `${key.namespace}/${key.name}`;
      actions.set(name, (actions.get(name) ?? new Set()).add(action));
      disruptions.inc({ ...of(key), action });
    },
    waiting: (key, nodes) => waiting.set(key, nodes),
    emptying: (key, flowFiles) => emptying.set(key, flowFiles),
    forget(key) {
      const name = `${key.namespace}/${key.name}`;
      for (const metric of [total, ready]) metric.remove(of(key));
      for (const direction of ['up', 'down']) scalings.remove({ ...of(key), direction });
      for (const action of actions.get(name) ?? []) disruptions.remove({ ...of(key), action });
      actions.delete(name);
      for (const each of [waiting, emptying]) each.set(key, new Map());
    },
  };
}

interface Series {
  /** These values and no others: what was there before and is not named goes. */
  set(key: ObjectKey, values: ReadonlyMap<string | number, number>): void;
}

/** A gauge with one label besides those of the cluster, whose values come and go. */
function series(gauge: Gauge, label: string): Series {
  const present = new Map<string, readonly (string | number)[]>();
  return {
    set({ namespace, name }, values) {
      const key = `${namespace}/${name}`;
      const labelsOf = (value: string | number) => ({ namespace, cluster: name, [label]: String(value) });
      for (const value of present.get(key) ?? []) if (!values.has(value)) gauge.remove(labelsOf(value));
      for (const [value, count] of values) gauge.set(labelsOf(value), count);
      if (values.size === 0) present.delete(key);
      else present.set(key, [...values.keys()]);
    },
  };
}
