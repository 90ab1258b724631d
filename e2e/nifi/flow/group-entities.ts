// A process group as NiFi's JSON shows it. Of all its numbers only those of what is queued are kept.

import type { Load } from '../cluster/coordination.ts';
import { count, dataSize, timeOfDay } from '../format.ts';
import type { Call } from '../http/endpoint.ts';
import { type Permissions, permissions } from '../tenants/authorize.ts';
import { connectionEntity, connectionSnapshot, processorEntity } from './connection-entities.ts';
import { revisionEntity } from './revisions.ts';
import { childrenOf, inGroup, type ProcessGroup } from './state.ts';

type Json = Readonly<Record<string, unknown>>;

export const componentCounts = {
  runningCount: 0,
  stoppedCount: 0,
  invalidCount: 0,
  disabledCount: 0,
  activeRemotePortCount: 0,
  inactiveRemotePortCount: 0,
  upToDateCount: 0,
  locallyModifiedCount: 0,
  staleCount: 0,
  locallyModifiedAndStaleCount: 0,
  syncFailureCount: 0,
};
const portCounts = {
  localInputPortCount: 0,
  localOutputPortCount: 0,
  publicInputPortCount: 0,
  publicOutputPortCount: 0,
};
const emptyContents = {
  processGroups: [],
  remoteProcessGroups: [],
  processors: [],
  inputPorts: [],
  outputPorts: [],
  connections: [],
  labels: [],
  funnels: [],
};
const emptySnapshots = {
  connectionStatusSnapshots: [],
  processorStatusSnapshots: [],
  remoteProcessGroupStatusSnapshots: [],
  inputPortStatusSnapshots: [],
  outputPortStatusSnapshots: [],
};

/** `created` shows the contents as well, `gone` neither revision nor status. */
export type GroupShown = 'read' | 'created' | 'written' | 'gone';

export function groupEntity(call: Call, group: ProcessGroup, shown: GroupShown): Json {
  const allowed = permissionsOn(call, group);
  const lastModifier = shown === 'created' || shown === 'written' ? call.user.identity : undefined;
  const gone = shown === 'gone';
  return {
    ...(gone ? {} : { revision: revisionEntity(call.state.revisions, group.id, lastModifier) }),
    id: group.id,
    ...(gone ? {} : { uri: call.uri(`/process-groups/${group.id}`) }),
    position: group.position,
    permissions: allowed,
    ...(gone ? {} : { bulletins: [] }),
    ...(allowed.canRead ? { component: component(group, shown === 'created') } : {}),
    ...(gone ? {} : { status: status(call, group, shown) }),
    ...componentCounts,
    ...portCounts,
    inputPortCount: 0,
    outputPortCount: 0,
  };
}

/** What the canvas shows. Who may not read the group gets it all the same, without names. */
export function flowEntity(call: Call, group: ProcessGroup): Json {
  const allowed = permissionsOn(call, group);
  return {
    revision: revisionEntity(call.state.revisions, group.id),
    permissions: allowed,
    processGroupFlow: {
      id: group.id,
      uri: call.uri(`/flow/process-groups/${group.id}`),
      ...(group.parentId === undefined ? {} : { parentGroupId: group.parentId }),
      breadcrumb: breadcrumb(call, group, allowed),
      flow: {
        ...emptyContents,
        processors: inGroup(call.state.components, group.id).map((item) => processorEntity(call, item)),
        connections: inGroup(call.state.connections, group.id).map((item) => connectionEntity(call, item)),
        processGroups: childrenOf(call.state, group.id).map((child) => groupEntity(call, child, 'read')),
      },
      lastRefreshed: timeOfDay(call.node.clock.now()),
    },
  };
}

/** `load`: what the connected nodes hold in this group and below. */
export function groupStatusEntity(call: Call, group: ProcessGroup, load: Load): Json {
  return {
    processGroupStatus: {
      id: group.id,
      name: group.name,
      statsLastRefreshed: timeOfDay(call.node.clock.now()),
      aggregateSnapshot: {
        ...emptySnapshots,
        connectionStatusSnapshots: inGroup(call.state.connections, group.id).map((item) =>
          connectionSnapshot(call, item),
        ),
        processGroupStatusSnapshots: [],
        ...snapshot(group, load),
      },
    },
    canRead: permissionsOn(call, group).canRead,
  };
}

function permissionsOn(call: Call, group: ProcessGroup): Permissions {
  return permissions(call.node.rules, call.state, call.user, `/process-groups/${group.id}`);
}

function breadcrumb(call: Call, group: ProcessGroup, allowed: Permissions): Json {
  const parent = group.parentId === undefined ? undefined : call.state.groups.get(group.parentId);
  return {
    id: group.id,
    permissions: allowed,
    ...(allowed.canRead ? { breadcrumb: { id: group.id, name: group.name } } : {}),
    ...(parent ? { parentBreadcrumb: breadcrumb(call, parent, permissionsOn(call, parent)) } : {}),
  };
}

function component(group: ProcessGroup, withContents: boolean): Json {
  return {
    id: group.id,
    ...(group.parentId === undefined ? {} : { parentGroupId: group.parentId }),
    position: group.position,
    name: group.name,
    comments: group.comments,
    flowfileConcurrency: 'UNBOUNDED',
    flowfileOutboundPolicy: 'STREAM_WHEN_AVAILABLE',
    defaultFlowFileExpiration: '0 sec',
    defaultBackPressureObjectThreshold: 10_000,
    defaultBackPressureDataSizeThreshold: '1 GB',
    executionEngine: 'INHERITED',
    maxConcurrentTasks: 1,
    statelessFlowTimeout: '1 min',
    ...componentCounts,
    ...portCounts,
    statelessGroupScheduledState: 'STOPPED',
    ...(withContents ? { contents: { ...emptyContents, controllerServices: [] } } : {}),
    inputPortCount: 0,
    outputPortCount: 0,
  };
}

function status(call: Call, group: ProcessGroup, shown: GroupShown): Json {
  return {
    id: group.id,
    name: group.name,
    statsLastRefreshed: timeOfDay(call.node.clock.now()),
    aggregateSnapshot: {
      ...(shown === 'created' ? {} : emptySnapshots),
      ...snapshot(group, { flowFilesQueued: 0, bytesQueued: 0 }),
    },
  };
}

function snapshot(group: ProcessGroup, load: Load): Json {
  const nothing = '0 (0 bytes)';
  return {
    id: group.id,
    name: group.name,
    statelessActiveThreadCount: 0,
    flowFilesIn: 0,
    bytesIn: 0,
    input: nothing,
    flowFilesQueued: load.flowFilesQueued,
    bytesQueued: load.bytesQueued,
    queued: `${count(load.flowFilesQueued)} (${dataSize(load.bytesQueued)})`,
    queuedCount: count(load.flowFilesQueued),
    queuedSize: dataSize(load.bytesQueued),
    bytesRead: 0,
    read: '0 bytes',
    bytesWritten: 0,
    written: '0 bytes',
    flowFilesOut: 0,
    bytesOut: 0,
    output: nothing,
    flowFilesTransferred: 0,
    bytesTransferred: 0,
    transferred: nothing,
    bytesReceived: 0,
    flowFilesReceived: 0,
    received: nothing,
    bytesSent: 0,
    flowFilesSent: 0,
    sent: nothing,
    activeThreadCount: 0,
    terminatedThreadCount: 0,
    processingNanos: 0,
    processingPerformanceStatus: {
      identifier: group.id,
      cpuDuration: 0,
      contentReadDuration: 0,
      contentWriteDuration: 0,
      sessionCommitDuration: 0,
      garbageCollectionDuration: 0,
    },
  };
}
