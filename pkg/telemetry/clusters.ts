// What is counted and measured of each NiFiCluster. All of it goes with the cluster: nothing is left of one that is gone.

import type { Gauge, Registry } from 'prom-client';
import type { ObjectKey } from '../kube/types.ts';
import { makers } from './makers.ts';

export interface ClusterObservations {
  observed(key: ObjectKey, nodes: { readonly total: number; readonly ready: number }): void;
  scaled(key: ObjectKey, direction: 'up' | 'down', nodes: number): void;
  disrupted(key: ObjectKey, action: string): void;
  /** Nodes by reason; what is not named is not there any more. */
  waiting(key: ObjectKey, nodes: ReadonlyMap<string, number>): void;
  /** Flow files by node id; what is not named is not there any more. */
  emptying(key: ObjectKey, flowFiles: ReadonlyMap<number, number>): void;
  /** The certificate that ends first; undefined: there is none. */
  certified(key: ObjectKey, first: { readonly notAfter: Date; readonly renewal: Date } | undefined): void;
  forget(key: ObjectKey): void;
}

export function clusterMetrics(registry: Registry): ClusterObservations {
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
  const ends = gauge({
    name: 'nifi_certificate_expiry_timestamp_seconds',
    help: 'When the first of the certificates of a cluster ends.',
    labelNames,
  });
  const renewals = gauge({
    name: 'nifi_certificate_renewal_timestamp_seconds',
    help: 'When that certificate is due to be replaced.',
    labelNames,
  });
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
    certified(key, first) {
      if (first === undefined) {
        for (const metric of [ends, renewals]) metric.remove(of(key));
        return;
      }
      ends.set(of(key), first.notAfter.getTime() / 1000);
      renewals.set(of(key), first.renewal.getTime() / 1000);
    },
    forget(key) {
      const name = `${key.namespace}/${key.name}`;
      for (const metric of [total, ready, ends, renewals]) metric.remove(of(key));
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
