// The dashboard of NiFi itself, from what each node serves at /nifi-api/flow/metrics/prometheus. A node tells of itself alone: sums are over nodes.
// The labels namespace, cluster and pod are not NiFi's: the scrape gives them (docs/monitoring.md). NiFi's "amounts" are of the last five minutes.

import type { Dashboard, Panel, Query, Row } from './model.ts';

const nodes = 'namespace=~"$namespace", cluster=~"$cluster", pod=~"$pod"';
const root = `${nodes}, component_type="RootProcessGroup"`;
/** How far back NiFi's amounts go. */
const windowSeconds = 300;

function lines(title: string, unit: string, description: string, ...queries: readonly Query[]): Panel {
  return { kind: 'timeseries', title, unit, description, queries, width: 12 };
}

function number(
  title: string,
  unit: string,
  description: string,
  expr: string,
  thresholds: Panel['thresholds'] = [[null, 'text']],
): Panel {
  return { kind: 'stat', title, unit, description, queries: [{ expr }], width: 4, thresholds };
}

function top(title: string, unit: string, description: string, expr: string): Panel {
  return { kind: 'table', title, unit, description, width: 12, queries: [{ expr: `topk(10, ${expr})` }] };
}

const overview: Row = {
  title: 'Cluster',
  panels: [
    number('Nodes that answer', 'short', 'Nodes whose metrics are scraped.', `count(nifi_jvm_uptime{${nodes}})`),
    number(
      'Connected, by the lowest word',
      'short',
      'The number of connected nodes, as the node says that sees the fewest.',
      `min(cluster_connected_node_count{${nodes}})`,
    ),
    number('Queued', 'short', 'Flow files in all queues.', `sum(nifi_amount_items_queued{${root}})`),
    number(
      'Queued content',
      'bytes',
      'Content of the flow files in all queues.',
      `sum(nifi_size_content_queued_total{${root}})`,
    ),
    number(
      'Full queues',
      'short',
      'Connections at back-pressure, counted on each node: what feeds them stands still.',
      `sum(nifi_backpressure_enabled{${nodes}}) or vector(0)`,
      [
        [null, 'green'],
        [1, 'orange'],
      ],
    ),
    number(
      'Errors',
      'short',
      'Bulletins of level ERROR that NiFi shows now.',
      `count(nifi_bulletin{${nodes}, level="ERROR"}) or vector(0)`,
      [
        [null, 'green'],
        [1, 'red'],
      ],
    ),
  ],
};

const flow: Row = {
  title: 'Flow',
  panels: [
    lines(
      'Queued flow files',
      'short',
      'By node. One that differs much from the others lacks load balancing, or is apart.',
      { expr: `sum by (pod) (nifi_amount_items_queued{${root}})`, legend: '{{pod}}' },
    ),
    lines('Queued content', 'bytes', 'By node.', {
      expr: `sum by (pod) (nifi_size_content_queued_total{${root}})`,
      legend: '{{pod}}',
    }),
    lines(
      'Content read and written',
      'Bps',
      'Of the content repository, mean of the last five minutes.',
      { expr: `sum by (pod) (nifi_amount_bytes_read{${root}}) / ${windowSeconds}`, legend: 'read {{pod}}' },
      { expr: `sum by (pod) (nifi_amount_bytes_written{${root}}) / ${windowSeconds}`, legend: 'written {{pod}}' },
    ),
    lines(
      'Received and sent',
      'Bps',
      'From and to other systems, as processors report it, mean of the last five minutes.',
      { expr: `sum by (pod) (nifi_amount_bytes_received{${root}}) / ${windowSeconds}`, legend: 'received {{pod}}' },
      { expr: `sum by (pod) (nifi_amount_bytes_sent{${root}}) / ${windowSeconds}`, legend: 'sent {{pod}}' },
    ),
    lines(
      'Active threads',
      'short',
      'Threads that work for processors. At maxTimerDrivenThreadCount for long, work waits for threads.',
      { expr: `sum by (pod) (nifi_amount_threads_active{${root}})`, legend: '{{pod}}' },
    ),
    lines('Flow files a second', 'short', 'Transferred within the flow, mean of the last five minutes.', {
      expr: `sum by (pod) (nifi_amount_flowfiles_transferred{${root}}) / ${windowSeconds}`,
      legend: '{{pod}}',
    }),
  ],
};

const components: Row = {
  title: 'Where it is',
  panels: [
    top(
      'Process groups with the longest queues',
      'short',
      'Flow files queued in a group and those below it.',
      `sum by (component_name, component_id) (nifi_amount_items_queued{${nodes}, component_type="ProcessGroup"})`,
    ),
    top(
      'Connections that are fullest',
      'percent',
      'Of the number of flow files at which back-pressure begins, on the fullest node.',
      `max by (source_name, destination_name, component_name, component_id) (nifi_percent_used_count{${nodes}})`,
    ),
    top(
      'Connections that are fullest by size',
      'percent',
      'Of the size at which back-pressure begins, on the fullest node.',
      `max by (source_name, destination_name, component_name, component_id) (nifi_percent_used_bytes{${nodes}})`,
    ),
    {
      ...top(
        'Connections that fill up first',
        'ms',
        'Predicted time to back-pressure; there only when nifi.analytics.predict.enabled is true.',
        '',
      ),
      queries: [
        {
          expr: `bottomk(10, min by (source_name, destination_name, component_id) (nifi_time_to_count_backpressure_prediction{${nodes}} > 0))`,
        },
      ],
    },
    top(
      'Slowest processors',
      'ms',
      'Mean time from the origin of a flow file to its end here, of the last five minutes.',
      `max by (component_name, component_id) (nifi_average_lineage_duration{${nodes}, component_type="Processor"})`,
    ),
    top(
      'Process groups that use the most threads',
      'ms',
      'Time of all threads within five minutes, of a group and those below it.',
      `sum by (component_name, component_id) (nifi_total_task_duration{${nodes}, component_type="ProcessGroup"})`,
    ),
  ],
};

function repository(title: string, metric: string): Panel {
  const used = `max by (pod, repo_identifier) (${metric}_used_space_bytes{${nodes}})`;
  const total = `max by (pod, repo_identifier) (${metric}_total_space_bytes{${nodes}})`;
  return {
    ...lines(title, 'percentunit', 'Used part of the disk that it is on.', {
      expr: `${used} / ${total}`,
      legend: '{{pod}} {{repo_identifier}}',
    }),
    width: 8,
    max: 1,
    thresholds: [
      [null, 'green'],
      [0.8, 'orange'],
      [0.95, 'red'],
    ],
  };
}

const disks: Row = {
  title: 'Repositories',
  panels: [
    repository('Flow file repository', 'nifi_flow_file_repo'),
    repository('Content repository', 'nifi_content_repo'),
    repository('Provenance repository', 'nifi_provenance_repo'),
  ],
};

const jvm: Row = {
  title: 'JVM',
  panels: [
    {
      ...lines('Heap', 'percentunit', 'Used part of the largest heap.', {
        expr: `max by (pod) (nifi_jvm_heap_usage{${nodes}})`,
        legend: '{{pod}}',
      }),
      max: 1,
      thresholds: [
        [null, 'green'],
        [0.85, 'orange'],
        [0.95, 'red'],
      ],
    },
    lines(
      'Garbage collection',
      'percentunit',
      'Share of the time. Collections longer than 40 seconds cost a node its connection.',
      {
        expr: `sum by (pod, gc_name) (rate(nifi_jvm_gc_time{${nodes}}[$__rate_interval])) / 1000`,
        legend: '{{pod}} {{gc_name}}',
      },
    ),
    lines('Heap in bytes', 'bytes', 'Used.', {
      expr: `max by (pod) (nifi_jvm_heap_used{${nodes}})`,
      legend: '{{pod}}',
    }),
    lines('Threads', 'short', 'Of the process.', {
      expr: `max by (pod) (nifi_jvm_thread_count{${nodes}})`,
      legend: '{{pod}}',
    }),
    {
      ...lines('File descriptors', 'percentunit', 'Part of those that the process may open.', {
        expr: `max by (pod) (nifi_jvm_file_descriptor_usage{${nodes}})`,
        legend: '{{pod}}',
      }),
      max: 1,
    },
    lines('Uptime', 'ms', 'A fall to 0 is a restart of the process.', {
      expr: `max by (pod) (nifi_jvm_uptime{${nodes}})`,
      legend: '{{pod}}',
    }),
  ],
};

export const nifiDashboard: Dashboard = {
  uid: 'nifi-cluster',
  title: 'NiFi cluster',
  description: 'Apache NiFi 2.x by the metrics of its own REST API. docs/monitoring.md says how they are scraped.',
  variables: [
    { name: 'namespace', label: 'Namespace', query: 'label_values(nifi_jvm_uptime, namespace)' },
    { name: 'cluster', label: 'Cluster', query: 'label_values(nifi_jvm_uptime{namespace=~"$namespace"}, cluster)' },
    {
      name: 'pod',
      label: 'Node',
      query: 'label_values(nifi_jvm_uptime{namespace=~"$namespace", cluster=~"$cluster"}, pod)',
    },
  ],
  rows: [overview, flow, components, disks, jvm],
};
