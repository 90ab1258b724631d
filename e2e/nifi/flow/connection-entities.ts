// A connection as NiFi's JSON shows it. Numbers are of now: nothing is kept about the last five minutes.

import type { Load } from '../cluster/coordination.ts';
import { connectionLoad, nodeQueues } from '../cluster/load.ts';
import { count, dataSize, type Json, timeOfDay } from '../format.ts';
import type { Call } from '../http/endpoint.ts';
import { permissions } from '../tenants/authorize.ts';
import { relationshipsOf } from './extensions.ts';
import { revisionEntity } from './revisions.ts';
import type { Component, Connection } from './state.ts';

const nothing = '0 (0 bytes)';

/** `written` with who wrote it. */
export function connectionEntity(call: Call, connection: Connection, written = false): Json {
  const ends = endsOf(call, connection);
  return {
    revision: revisionEntity(call.state.revisions, connection.id, written ? call.user.identity : undefined),
    id: connection.id,
    uri: call.uri(`/connections/${connection.id}`),
    permissions: permissions(call.node.rules, call.state, call.user, `/process-groups/${connection.groupId}`),
    bulletins: [],
    component: connectionDto(call, connection),
    status: connectionStatus(call, connection, false),
    bends: [],
    labelIndex: 1,
    zIndex: 0,
    sourceId: connection.sourceId,
    sourceGroupId: ends.source?.groupId ?? connection.groupId,
    sourceType: ends.source?.kind ?? 'PROCESSOR',
    destinationId: connection.destinationId,
    destinationGroupId: ends.destination?.groupId ?? connection.groupId,
    destinationType: ends.destination?.kind ?? 'PROCESSOR',
  };
}

/** Without its status, as the contents of a new group show it. */
export function connectionDto(call: Call, connection: Connection): Json {
  const ends = endsOf(call, connection);
  return {
    id: connection.id,
    ...(connection.versionedId === undefined ? {} : { versionedComponentId: connection.versionedId }),
    parentGroupId: connection.groupId,
    source: endDto(call, ends.source),
    destination: endDto(call, ends.destination),
    name: connection.name,
    labelIndex: 1,
    zIndex: 0,
    selectedRelationships: connection.relationships,
    availableRelationships: ends.source ? relationshipsOf(ends.source.type, ends.source.properties) : [],
    backPressureObjectThreshold: connection.backPressure,
    backPressureDataSizeThreshold: '1 GB',
    flowFileExpiration: '0 sec',
    prioritizers: [],
    bends: [],
    loadBalanceStrategy: 'DO_NOT_LOAD_BALANCE',
    loadBalanceCompression: 'DO_NOT_COMPRESS',
    loadBalanceStatus: 'LOAD_BALANCE_NOT_CONFIGURED',
  };
}

/** `nodewise` shows the queue of every connected node as well. */
export function connectionStatus(call: Call, connection: Connection, nodewise: boolean): Json {
  const ends = endsOf(call, connection);
  const shot = (load: Load): Json => snapshot(connection, ends, load);
  const queues = nodeQueues(call.node, connection.id);
  return {
    id: connection.id,
    groupId: connection.groupId,
    name: connection.name,
    statsLastRefreshed: timeOfDay(call.node.clock.now()),
    sourceId: connection.sourceId,
    sourceName: ends.source?.name,
    destinationId: connection.destinationId,
    destinationName: ends.destination?.name,
    aggregateSnapshot: shot(connectionLoad(call.node, [connection.id])),
    ...(nodewise
      ? {
          nodeSnapshots: queues.map(({ nodeId, address, apiPort, load }) => ({
            nodeId,
            address,
            apiPort,
            statusSnapshot: shot(load),
          })),
        }
      : {}),
  };
}

/** As a group's status lists it: of all connected nodes, or of one. */
export function connectionSnapshot(call: Call, connection: Connection, of?: Load): Json {
  const load = of ?? connectionLoad(call.node, [connection.id]);
  return {
    id: connection.id,
    connectionStatusSnapshot: snapshot(connection, endsOf(call, connection), load),
    canRead: true,
  };
}

interface Ends {
  readonly source: Component | undefined;
  readonly destination: Component | undefined;
}

function endsOf({ state }: Call, { sourceId, destinationId }: Connection): Ends {
  return { source: state.components.get(sourceId), destination: state.components.get(destinationId) };
}

function endDto(call: Call, end: Component | undefined): Json {
  return {
    id: end?.id,
    ...(end?.versionedId === undefined ? {} : { versionedComponentId: end.versionedId }),
    type: end?.kind ?? 'PROCESSOR',
    groupId: end?.groupId,
    name: end?.name,
    running: end?.scheduled === 'RUNNING' && call.node.runsComponents,
    comments: end?.comments ?? '',
  };
}

function snapshot(connection: Connection, ends: Ends, { flowFilesQueued, bytesQueued }: Load): Json {
  return {
    id: connection.id,
    groupId: connection.groupId,
    name: connection.name,
    sourceName: ends.source?.name,
    destinationName: ends.destination?.name,
    flowFilesIn: 0,
    bytesIn: 0,
    input: nothing,
    flowFilesOut: 0,
    bytesOut: 0,
    output: nothing,
    flowFilesQueued,
    bytesQueued,
    queued: `${count(flowFilesQueued)} (${dataSize(bytesQueued)})`,
    queuedSize: dataSize(bytesQueued),
    queuedCount: count(flowFilesQueued),
    percentUseCount: Math.min(100, Math.floor((100 * flowFilesQueued) / connection.backPressure)),
    percentUseBytes: 0,
    flowFileAvailability: flowFilesQueued > 0 ? 'FLOWFILE_AVAILABLE' : 'ACTIVE_QUEUE_EMPTY',
    loadBalanceStatus: 'LOAD_BALANCE_NOT_CONFIGURED',
  };
}
