// The dashboard of the operator: its clusters and other objects first, then how it works, then its process.
// Metrics of the runtime have the names of controller-runtime; `$job` keeps those of other operators out.

import type { Dashboard, Panel, Query, Row } from './model.ts';

const cluster = 'namespace=~"$namespace", cluster=~"$cluster"';
const ours = 'job=~"$job"';

function lines(title: string, unit: string, description: string, ...queries: readonly Query[]): Panel {
  return { kind: 'timeseries', title, unit, description, queries, width: 12 };
}

function number(title: string, description: string, expr: string, alarming = true): Panel {
  const thresholds: Panel['thresholds'] = alarming
    ? [
        [null, 'green'],
        [1, 'orange'],
      ]
    : [[null, 'text']];
  return { kind: 'stat', title, unit: 'short', description, queries: [{ expr }], width: 4, thresholds };
}

function quantiles(metric: string, by: string, filter: string): readonly Query[] {
  return [0.5, 0.99].map((share) => ({
    expr: `histogram_quantile(${share}, sum by (le, ${by}) (rate(${metric}_bucket{${filter}}[$__rate_interval])))`,
    legend: `p${share * 100} {{${by}}}`,
  }));
}

const clusters: Row = {
  title: 'Clusters',
  panels: [
    number(
      'Clusters',
      'NiFiClusters that the operator keeps.',
      `count(max by (namespace, cluster) (nifi_cluster_nodes_total{${cluster}}))`,
      false,
    ),
    number(
      'Members',
      'Nodes that the specs ask for.',
      `sum(max by (namespace, cluster) (nifi_cluster_nodes_total{${cluster}}))`,
      false,
    ),
    number(
      'Not ready',
      'Members whose Pod is not ready.',
      `sum(max by (namespace, cluster) (nifi_cluster_nodes_total{${cluster}}) - max by (namespace, cluster) (nifi_cluster_nodes_ready{${cluster}}))`,
    ),
    number(
      'Stalled',
      'Objects of all kinds that wait for a person.',
      'count(max by (kind, namespace, name) (nifi_object_stalled{namespace=~"$namespace"})) or vector(0)',
    ),
    number(
      'NiFi unreachable',
      'Clusters whose NiFi is not called because calls fail.',
      'sum(max by (cluster) (nifi_api_breaker_open)) or vector(0)',
    ),
    number(
      'Flow files to move',
      'On nodes that are being emptied.',
      `sum(nifi_node_emptying_flowfiles{${cluster}}) or vector(0)`,
    ),
    lines('Ready members', 'short', 'Members whose Pod is ready, by cluster.', {
      expr: `max by (namespace, cluster) (nifi_cluster_nodes_ready{${cluster}})`,
      legend: '{{namespace}}/{{cluster}}',
    }),
    {
      ...lines(
        'Nodes that wait or are worked on',
        'short',
        'By reason: docs/reference/conditions.md has what each means.',
        { expr: `sum by (reason) (nifi_nodes_waiting{${cluster}})`, legend: '{{reason}}' },
      ),
      stacked: true,
    },
    {
      ...lines(
        'What was taken down',
        'short',
        'Steps that took a node down or destroyed something of it, within five minutes.',
        { expr: `sum by (action) (increase(nifi_disruptions_total{${cluster}}[5m]))`, legend: '{{action}}' },
      ),
      stacked: true,
    },
    lines('Left on nodes that are being emptied', 'short', 'Flow files; the line should fall to 0 and end.', {
      expr: `max by (namespace, cluster, node) (nifi_node_emptying_flowfiles{${cluster}})`,
      legend: '{{namespace}}/{{cluster}} node {{node}}',
    }),
    {
      kind: 'table',
      title: 'Stalled objects',
      description: 'What waits for a person, and why.',
      unit: 'short',
      width: 12,
      queries: [{ expr: 'max by (kind, namespace, name, reason) (nifi_object_stalled{namespace=~"$namespace"})' }],
      hidden: ['Value'],
    },
    {
      kind: 'table',
      title: 'Certificates: time to the first end',
      description:
        'Seconds until the first certificate of a cluster ends. Certificates are replaced at two thirds of their life.',
      unit: 's',
      width: 12,
      queries: [
        { expr: `sort(max by (namespace, cluster) (nifi_certificate_expiry_timestamp_seconds{${cluster}}) - time())` },
      ],
    },
    lines('Scaling', 'short', 'Nodes that joined or left the members of the specs, within an hour.', {
      expr: `sum by (direction) (increase(nifi_scaling_events_total{${cluster}}[1h]))`,
      legend: '{{direction}}',
    }),
    lines('Objects that are not Ready', 'short', 'By kind.', {
      expr: 'count by (kind) (max by (kind, namespace, name) (nifi_object_ready{namespace=~"$namespace"}) == 0)',
      legend: '{{kind}}',
    }),
  ],
};

const reconciles: Row = {
  title: 'Reconciles',
  panels: [
    lines('Reconciles', 'ops', 'By controller and result.', {
      expr: `sum by (controller, result) (rate(controller_runtime_reconcile_total{${ours}}[$__rate_interval]))`,
      legend: '{{controller}} {{result}}',
    }),
    lines('Failed reconciles', 'ops', 'By controller and reason. Each is tried again with growing pauses.', {
      expr: `sum by (controller, reason) (rate(nifi_reconcile_errors_total{${ours}}[$__rate_interval]))`,
      legend: '{{controller}} {{reason}}',
    }),
    lines(
      'How long a reconcile takes',
      's',
      'It waits for the API server and never for NiFi.',
      ...quantiles('controller_runtime_reconcile_time_seconds', 'controller', ours),
    ),
    lines('Waiting for a worker', 'short', 'Objects in the queue; above 0 for long, workers or processor lack.', {
      expr: `sum by (name) (workqueue_depth{${ours}})`,
      legend: '{{name}}',
    }),
    lines(
      'How long they wait',
      's',
      'From being noticed to a worker.',
      ...quantiles('workqueue_queue_duration_seconds', 'name', ours),
    ),
    lines('Busy workers', 'short', '--workers is how many there are for each controller.', {
      expr: `sum by (controller) (controller_runtime_active_workers{${ours}})`,
      legend: '{{controller}}',
    }),
  ],
};

const apiServer: Row = {
  title: 'API server',
  panels: [
    lines('Calls', 'reqps', 'By answer; <error> is none. A quiet fleet causes 0.2 a second.', {
      expr: `sum by (code) (rate(rest_client_requests_total{${ours}}[$__rate_interval]))`,
      legend: '{{code}}',
    }),
    lines(
      'How long calls take',
      's',
      'Watches left out.',
      ...quantiles('rest_client_request_duration_seconds', 'verb', ours),
    ),
    lines('Writes', 'ops', 'That succeeded. At rest there are none but the Lease.', {
      expr: `sum by (verb, resource) (rate(nifi_operator_writes_total{${ours}}[$__rate_interval]))`,
      legend: '{{verb}} {{resource}}',
    }),
    lines(
      'Caches',
      'short',
      'Full lists, watches that ended and events that were dropped, within ten minutes. Watches end by themselves every five to ten.',
      { expr: `sum by (resource) (increase(nifi_operator_lists_total{${ours}}[10m]))`, legend: 'list {{resource}}' },
      {
        expr: `sum by (cause) (increase(nifi_operator_watches_ended_total{${ours}}[10m]))`,
        legend: 'watch ended: {{cause}}',
      },
      {
        expr: `sum by (cause) (increase(nifi_operator_events_dropped_total{${ours}}[10m]))`,
        legend: 'event dropped: {{cause}}',
      },
    ),
  ],
};

const nifi: Row = {
  title: 'Calls to NiFi',
  panels: [
    lines('Calls', 'reqps', 'By endpoint. At rest there is one a minute and cluster.', {
      expr: `sum by (method, endpoint) (rate(nifi_api_request_duration_seconds_count{${ours}}[$__rate_interval]))`,
      legend: '{{method}} {{endpoint}}',
    }),
    lines('Answers that are not 2xx', 'reqps', 'A node that starts or leaves refuses for a moment.', {
      expr: `sum by (status, endpoint) (rate(nifi_api_request_duration_seconds_count{${ours}, status!~"2.."}[$__rate_interval]))`,
      legend: '{{status}} {{endpoint}}',
    }),
    lines(
      'How long calls take',
      's',
      'NiFi asks all nodes for most of them.',
      ...quantiles('nifi_api_request_duration_seconds', 'endpoint', ours),
    ),
    lines('Held back', 'short', '1 while calls to a cluster are held back after failures.', {
      expr: `max by (cluster) (nifi_api_breaker_open{${ours}})`,
      legend: '{{cluster}}',
    }),
  ],
};

const operatorProcess: Row = {
  title: 'Process',
  panels: [
    lines('Who leads', 'short', '1 for the process that holds the Lease. Exactly one line should be at 1.', {
      expr: `max by (instance, name) (leader_election_master_status{${ours}})`,
      legend: '{{instance}} {{name}}',
    }),
    lines('CPU', 'short', 'Cores in use.', {
      expr: `sum by (instance) (rate(process_cpu_seconds_total{${ours}}[$__rate_interval]))`,
      legend: '{{instance}}',
    }),
    lines(
      'Memory',
      'bytes',
      'Resident, and of that the heap in use.',
      { expr: `max by (instance) (process_resident_memory_bytes{${ours}})`, legend: 'resident {{instance}}' },
      { expr: `max by (instance) (nodejs_heap_size_used_bytes{${ours}})`, legend: 'heap {{instance}}' },
    ),
    {
      ...lines(
        'Event-loop delay',
        's',
        'Time between two turns; 0.01 is none. Ten seconds cost the Lease.',
        { expr: `max by (instance) (nodejs_eventloop_lag_p99_seconds{${ours}})`, legend: 'p99 {{instance}}' },
        { expr: `max by (instance) (nodejs_eventloop_lag_max_seconds{${ours}})`, legend: 'longest {{instance}}' },
      ),
      thresholds: [
        [null, 'green'],
        [0.2, 'orange'],
        [5, 'red'],
      ],
    },
    lines('Garbage collection', 'percentunit', 'Share of the time, by kind.', {
      expr: `sum by (instance, kind) (rate(nodejs_gc_duration_seconds_sum{${ours}}[$__rate_interval]))`,
      legend: '{{kind}} {{instance}}',
    }),
    lines('Open files', 'short', 'File descriptors: a watch is one, each call under way is one.', {
      expr: `max by (instance) (process_open_fds{${ours}})`,
      legend: '{{instance}}',
    }),
  ],
};

export const operatorDashboard: Dashboard = {
  uid: 'nifi-operator',
  title: 'NiFi operator',
  description:
    'The clusters that the NiFi operator keeps, and how it works. Its metrics are listed in docs/reference/metrics.md.',
  variables: [
    { name: 'job', label: 'Job', query: 'label_values(nifi_operator_lists_total, job)' },
    { name: 'namespace', label: 'Namespace', query: 'label_values(nifi_cluster_nodes_total, namespace)' },
    {
      name: 'cluster',
      label: 'Cluster',
      query: 'label_values(nifi_cluster_nodes_total{namespace=~"$namespace"}, cluster)',
    },
  ],
  rows: [clusters, reconciles, apiServer, nifi, operatorProcess],
};
