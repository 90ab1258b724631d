// The cluster as NiFi's JSON shows it: /controller/cluster, one node of it, and the summary.

import type { Clock } from '../../../pkg/kube/clock.ts';
import { count, dataSize, timeOfDay, timestamp } from '../format.ts';
import type { Cluster } from './cluster.ts';
import type { Entry } from './table.ts';

type Json = Readonly<Record<string, unknown>>;

export function clusterEntity(cluster: Cluster, clock: Clock): Json {
  const nodes = cluster.table.all().map((entry) => nodeDto(cluster, entry, clock));
  return { cluster: { nodes, generated: timeOfDay(clock.now()) } };
}

export function nodeEntity(cluster: Cluster, entry: Entry, clock: Clock): Json {
  return { node: nodeDto(cluster, entry, clock) };
}

/** `connected`: whether the node that is asked belongs to the cluster right now. */
export function summaryEntity(cluster: Cluster | undefined, connected: boolean): Json {
  const total = connected ? (cluster?.table.all().length ?? 0) : 0;
  const linked = connected ? (cluster?.table.inState('CONNECTED').length ?? 0) : 0;
  return {
    clusterSummary: {
      ...(connected ? { connectedNodes: `${linked} / ${total}` } : {}),
      connectedNodeCount: linked,
      totalNodeCount: total,
      connectedToCluster: connected,
      clustered: cluster !== undefined,
    },
  };
}

function nodeDto(cluster: Cluster, entry: Entry, clock: Clock): Json {
  const heartbeat = cluster.table.heartbeatOf(entry);
  const ageMs = heartbeat && clock.monotonicMs() - heartbeat.at;
  return {
    nodeId: entry.nodeId,
    address: entry.address,
    apiPort: entry.apiPort,
    status: entry.state,
    ...(ageMs === undefined ? {} : { heartbeat: timestamp(new Date(clock.now().getTime() - ageMs)) }),
    ...(entry.connectionRequested ? { connectionRequested: timestamp(entry.connectionRequested) } : {}),
    roles: rolesOf(cluster, entry),
    ...(heartbeat ? loadDto(entry, heartbeat.load) : {}),
    events: cluster.table
      .eventsOf(entry.nodeId)
      .map(({ at, category, message }) => ({ timestamp: timestamp(at), category, message })),
  };
}

function loadDto(entry: Entry, load: { readonly flowFilesQueued: number; readonly bytesQueued: number }): Json {
  return {
    activeThreadCount: 0,
    queued: `${count(load.flowFilesQueued)} / ${dataSize(load.bytesQueued)}`,
    nodeStartTime: timestamp(entry.member.startedAt),
    flowFilesQueued: load.flowFilesQueued,
    bytesQueued: load.bytesQueued,
  };
}

function rolesOf(cluster: Cluster, entry: Entry): readonly string[] {
  const roles: string[] = [];
  if (cluster.leaders.primary === entry.member) roles.push('Primary Node');
  if (cluster.leaders.coordinator === entry.member) roles.push('Cluster Coordinator');
  return roles;
}
