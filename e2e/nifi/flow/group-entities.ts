// A process group as NiFi's JSON shows it. Of all its numbers only those of what is queued are kept.

import type { Load } from '../cluster/coordination.ts';
import { connectionLoad, nodeQueues } from '../cluster/load.ts';
import { count, dataSize, type Json, timeOfDay } from '../format.ts';
import type { Call } from '../http/endpoint.ts';
import { type Permissions, permissions } from '../tenants/authorize.ts';
import { type VersionState, versionInformation, versionStateOf } from '../versions/state.ts';
import { connectionDto, connectionEntity, connectionSnapshot } from './connection-entities.ts';
import { contextReference } from './context-reference.ts';
import { type Counts, groupCounts, portCounts } from './group-counts.ts';
import {
  funnelEntity,
  portEntity,
  processorDto,
  processorEntity,
  processorStatusSnapshot,
} from './processor-entities.ts';
import { revisionEntity } from './revisions.ts';
import { type ComponentKind, childrenOf, connectionsBelow, inGroup, type ProcessGroup } from './state.ts';

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
  const known = figuresOf(call, group);
  return {
    ...(gone ? {} : { revision: revisionEntity(call.state.revisions, group.id, lastModifier) }),
    id: group.id,
    ...(gone ? {} : { uri: call.uri(`/process-groups/${group.id}`) }),
    position: group.position,
    permissions: allowed,
    ...(gone ? {} : { bulletins: [] }),
    ...(allowed.canRead ? { component: groupDto(call, group, known, shown === 'created') } : {}),
    ...(gone ? {} : { status: status(call, group, shown, known) }),
    ...known.counts,
    ...(known.versionState ? { versionedFlowState: known.versionState } : {}),
    ...portCounts(call, group),
    ...contextReference(call, group.parameterContextId),
  };
}

/** What takes a walk through the group to find out, once for everything that shows it. */
interface Figures {
  readonly counts: Counts;
  readonly versionState: VersionState | undefined;
}

function figuresOf(call: Call, group: ProcessGroup): Figures {
  const { versionControl } = group;
  return {
    counts: groupCounts(call, group),
    versionState: versionControl && versionStateOf(call.state, group, versionControl),
  };
}

/** As a parameter context lists the groups that are bound to it. */
export function boundGroupEntity(call: Call, group: ProcessGroup): Json {
  const { revision, id, position, permissions, component, ...counts } = groupEntity(call, group, 'read');
  const { uri: _uri, bulletins: _bulletins, status: _status, ...rest } = counts;
  return { revision, id, position, permissions, component, ...rest };
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
        processors: ofKind(call, group, 'PROCESSOR').map((item) => processorEntity(call, item)),
        inputPorts: ofKind(call, group, 'INPUT_PORT').map((item) => portEntity(call, item)),
        outputPorts: ofKind(call, group, 'OUTPUT_PORT').map((item) => portEntity(call, item)),
        funnels: ofKind(call, group, 'FUNNEL').map((item) => funnelEntity(call, item)),
        connections: inGroup(call.state.connections, group.id).map((item) => connectionEntity(call, item)),
        processGroups: childrenOf(call.state, group.id).map((child) => groupEntity(call, child, 'read')),
      },
      lastRefreshed: timeOfDay(call.node.clock.now()),
    },
  };
}

/** `load`: what the connected nodes hold in this group and below. `nodewise` shows every connected node as well. */
export function groupStatusEntity(call: Call, group: ProcessGroup, load: Load): Json {
  const [nodewise, recursive] = ['nodewise', 'recursive'].map((name) => call.query.get(name) === 'true');
  return {
    processGroupStatus: {
      id: group.id,
      name: group.name,
      statsLastRefreshed: timeOfDay(call.node.clock.now()),
      aggregateSnapshot: statusSnapshot(call, group, { load, recursive: recursive === true }),
      ...(nodewise ? { nodeSnapshots: nodeSnapshots(call, group, recursive === true) } : {}),
    },
    canRead: permissionsOn(call, group).canRead,
  };
}

interface SnapshotOf {
  readonly load: Load;
  readonly recursive: boolean;
  /** Of this node alone. */
  readonly nodeId?: string;
}

function statusSnapshot(call: Call, group: ProcessGroup, { load, recursive, nodeId }: SnapshotOf): Json {
  const queue = (id: string): Load | undefined =>
    nodeQueues(call.node, id).find((item) => item.nodeId === nodeId)?.load;
  return {
    ...emptySnapshots,
    connectionStatusSnapshots: inGroup(call.state.connections, group.id).map((item) =>
      connectionSnapshot(call, item, nodeId === undefined ? undefined : queue(item.id)),
    ),
    processorStatusSnapshots: ofKind(call, group, 'PROCESSOR').map((item) => processorStatusSnapshot(call, item)),
    processGroupStatusSnapshots: recursive
      ? childrenOf(call.state, group.id).map((child) => ({
          id: child.id,
          processGroupStatusSnapshot: statusSnapshot(call, child, {
            load: connectionLoad(call.node, connectionsBelow(call.state, child.id)),
            recursive,
          }),
          canRead: true,
        }))
      : [],
    ...(group.versionControl ? { versionedFlowState: versionStateOf(call.state, group, group.versionControl) } : {}),
    ...snapshot(group, load),
  };
}

function nodeSnapshots(call: Call, group: ProcessGroup, recursive: boolean): readonly Json[] {
  const ids = connectionsBelow(call.state, group.id);
  const entries = call.node.cluster?.table.inState('CONNECTED') ?? [];
  return entries.map(({ nodeId, address, apiPort }) => {
    const queues = ids.flatMap((id) => nodeQueues(call.node, id)).filter((item) => item.nodeId === nodeId);
    const load = {
      flowFilesQueued: queues.reduce((sum, item) => sum + item.load.flowFilesQueued, 0),
      bytesQueued: queues.reduce((sum, item) => sum + item.load.bytesQueued, 0),
    };
    return { nodeId, address, apiPort, statusSnapshot: statusSnapshot(call, group, { load, recursive, nodeId }) };
  });
}

function ofKind(call: Call, group: ProcessGroup, kind: ComponentKind) {
  return inGroup(call.state.components, group.id).filter((component) => component.kind === kind);
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

function groupDto(call: Call, group: ProcessGroup, known: Figures, withContents: boolean): Json {
  const { versionControl } = group;
  const { inputPortCount, outputPortCount, ...ports } = portCounts(call, group);
  return {
    id: group.id,
    ...(group.versionedId === undefined ? {} : { versionedComponentId: group.versionedId }),
    ...(group.parentId === undefined ? {} : { parentGroupId: group.parentId }),
    position: group.position,
    name: group.name,
    comments: group.comments,
    ...contextReference(call, group.parameterContextId),
    ...(versionControl
      ? { versionControlInformation: versionInformation(call.state, group, versionControl, known.versionState) }
      : {}),
    flowfileConcurrency: 'UNBOUNDED',
    flowfileOutboundPolicy: 'STREAM_WHEN_AVAILABLE',
    defaultFlowFileExpiration: '0 sec',
    defaultBackPressureObjectThreshold: 10_000,
    defaultBackPressureDataSizeThreshold: '1 GB',
    executionEngine: 'INHERITED',
    maxConcurrentTasks: 1,
    statelessFlowTimeout: '1 min',
    ...known.counts,
    ...ports,
    statelessGroupScheduledState: 'STOPPED',
    ...(withContents ? { contents: contents(call, group) } : {}),
    inputPortCount,
    outputPortCount,
  };
}

/** Recorded: without the services, although there may be some. */
function contents(call: Call, group: ProcessGroup): Json {
  return {
    ...emptyContents,
    processGroups: childrenOf(call.state, group.id).map((child) => groupDto(call, child, figuresOf(call, child), true)),
    processors: ofKind(call, group, 'PROCESSOR').map((item) => processorDto(call, item)),
    connections: inGroup(call.state.connections, group.id).map((item) => connectionDto(call, item)),
    controllerServices: [],
  };
}

function status(call: Call, group: ProcessGroup, shown: GroupShown, { versionState }: Figures): Json {
  return {
    id: group.id,
    name: group.name,
    statsLastRefreshed: timeOfDay(call.node.clock.now()),
    aggregateSnapshot: {
      ...(shown === 'created' ? {} : emptySnapshots),
      ...(versionState ? { versionedFlowState: versionState } : {}),
      ...snapshot(group, connectionLoad(call.node, connectionsBelow(call.state, group.id))),
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
