// Connections: made, read, changed and removed, and what is queued in them, also node by node.

import { randomUUID } from 'node:crypto';
import { connectionLoad } from '../cluster/load.ts';
import { HttpError } from '../errors.ts';
import type { Answer, Call, Endpoint } from '../http/endpoint.ts';
import { connectionEntity, connectionStatus } from './connection-entities.ts';
import { componentBody, connectionOf, groupOf, mayUseComponent, mayUseGroup, mayView } from './lookup.ts';
import { advance, begin, bodyRevision, checkCreation, queryRevision, verifyRevision } from './revisions.ts';
import { type Connection, inGroup } from './state.ts';

interface ConnectionBody {
  readonly name: string;
  readonly source: { readonly id?: string };
  readonly destination: { readonly id?: string };
  readonly selectedRelationships: readonly string[];
  readonly backPressureObjectThreshold: number;
}

export const connectionEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/connections/{id}',
    scope: 'replicated',
    authorize: (call) => mayUseComponent(call, 'read'),
    run: (call) => ({ json: connectionEntity(call, connectionOf(call)) }),
  },
  {
    method: 'GET',
    path: '/process-groups/{id}/connections',
    scope: 'replicated',
    authorize: (call) => mayUseGroup(call, 'read'),
    run: (call) => ({
      json: {
        connections: inGroup(call.state.connections, groupOf(call).id).map((item) => connectionEntity(call, item)),
      },
    }),
  },
  {
    method: 'GET',
    path: '/flow/connections/{id}/status',
    scope: 'replicated',
    authorize: mayView,
    run: (call) => {
      const nodewise = call.query.get('nodewise') === 'true';
      return { json: { connectionStatus: connectionStatus(call, connectionOf(call), nodewise), canRead: true } };
    },
  },
  {
    method: 'POST',
    path: '/process-groups/{id}/connections',
    scope: 'replicated',
    check: (call) => checkCreation(call.body, 'Connection'),
    authorize: (call) => mayUseGroup(call, 'write'),
    verify: (call) => {
      groupOf(call);
      const { source, destination } = componentBody<ConnectionBody>(call);
      for (const end of [source, destination]) {
        if (call.state.components.has(end?.id ?? '')) continue;
        throw new HttpError(404, `Unable to find component with id '${end?.id ?? ''}'.`);
      }
    },
    run: create,
  },
  {
    method: 'PUT',
    path: '/connections/{id}',
    scope: 'replicated',
    check: (call) => void bodyRevision(call.body),
    authorize: (call) => mayUseComponent(call, 'write'),
    verify: (call) => verifyRevision(call.state.revisions, connectionOf(call).id, bodyRevision(call.body)),
    run: (call) => {
      const connection = connectionOf(call);
      const { name, selectedRelationships, backPressureObjectThreshold } = componentBody<ConnectionBody>(call);
      connection.name = name ?? connection.name;
      connection.relationships = selectedRelationships ?? connection.relationships;
      connection.backPressure = backPressureObjectThreshold ?? connection.backPressure;
      advance(call.state.revisions, connection.id, bodyRevision(call.body));
      return { json: connectionEntity(call, connection, true) };
    },
  },
  {
    method: 'DELETE',
    path: '/connections/{id}',
    scope: 'replicated',
    deletesComponent: true,
    check: (call) => void queryRevision(call.query),
    authorize: (call) => mayUseComponent(call, 'write'),
    verify: (call) => {
      const connection = connectionOf(call);
      verifyRevision(call.state.revisions, connection.id, queryRevision(call.query));
      checkRemovable(call, connection);
    },
    run: (call) => {
      const connection = connectionOf(call);
      const entity = connectionEntity(call, connection);
      call.state.connections.delete(connection.id);
      call.state.revisions.delete(connection.id);
      return { json: entity };
    },
  },
];

function create(call: Call): Answer {
  const body = componentBody<ConnectionBody>(call);
  const connection: Connection = {
    id: randomUUID(),
    groupId: groupOf(call).id,
    name: body.name ?? '',
    sourceId: body.source?.id ?? '',
    destinationId: body.destination?.id ?? '',
    relationships: body.selectedRelationships ?? [],
    backPressure: body.backPressureObjectThreshold ?? 10_000,
  };
  call.state.connections.set(connection.id, connection);
  begin(call.state.revisions, connection.id, bodyRevision(call.body));
  const location = call.uri(`/connections/${connection.id}`);
  return { status: 201, json: connectionEntity(call, connection, true), location };
}

/** StandardConnection.verifyCanDelete: nothing queued, and nothing that puts more in. */
function checkRemovable(call: Call, connection: Connection): void {
  if (connectionLoad(call.node, [connection.id]).flowFilesQueued > 0) {
    throw new HttpError(409, `Queue not empty for ${connection.id}`);
  }
  if (call.state.components.get(connection.sourceId)?.scheduled === 'RUNNING') {
    throw new HttpError(409, `Source of Connection (${connection.sourceId}) is running`);
  }
}
