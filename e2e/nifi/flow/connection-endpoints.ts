// Connections and processors, to read: what a flow holds and what is queued in it, also node by node.

import { HttpError } from '../errors.ts';
import type { Call, Endpoint } from '../http/endpoint.ts';
import { authorize } from '../tenants/authorize.ts';
import { connectionEntity, connectionStatus, processorEntity } from './connection-entities.ts';
import { type Component, type Connection, inGroup } from './state.ts';

export const connectionEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/connections/{id}',
    scope: 'replicated',
    authorize: (call) => mayRead(call, call.state.connections.get(call.params['id'] ?? '')?.groupId),
    run: (call) => ({ json: connectionEntity(call, connectionOf(call)) }),
  },
  {
    method: 'GET',
    path: '/processors/{id}',
    scope: 'replicated',
    authorize: (call) => mayRead(call, call.state.components.get(call.params['id'] ?? '')?.groupId),
    run: (call) => ({ json: processorEntity(call, processorOf(call)) }),
  },
  {
    method: 'GET',
    path: '/process-groups/{id}/connections',
    scope: 'replicated',
    authorize: (call) => mayRead(call, groupId(call)),
    run: (call) => ({
      json: {
        connections: inGroup(call.state.connections, groupId(call)).map((item) => connectionEntity(call, item)),
      },
    }),
  },
  {
    method: 'GET',
    path: '/process-groups/{id}/processors',
    scope: 'replicated',
    authorize: (call) => mayRead(call, groupId(call)),
    run: (call) => ({
      json: { processors: inGroup(call.state.components, groupId(call)).map((item) => processorEntity(call, item)) },
    }),
  },
  {
    method: 'GET',
    path: '/flow/connections/{id}/status',
    scope: 'replicated',
    authorize: (call) => authorize(call.node.rules, call.state, call.user, '/flow', 'read'),
    run: (call) => {
      const nodewise = call.query.get('nodewise') === 'true';
      return { json: { connectionStatus: connectionStatus(call, connectionOf(call), nodewise), canRead: true } };
    },
  },
];

function connectionOf(call: Call): Connection {
  const id = call.params['id'] ?? '';
  const connection = call.state.connections.get(id);
  if (!connection) throw new HttpError(404, `Unable to find connection with id '${id}'.`);
  return connection;
}

function processorOf(call: Call): Component {
  const id = call.params['id'] ?? '';
  const processor = call.state.components.get(id);
  if (!processor) throw new HttpError(404, `Unable to find processor with id '${id}'.`);
  return processor;
}

/** Throws 404 for a group that does not exist. */
function groupId(call: Call): string {
  const given = call.params['id'] ?? '';
  const id = given === 'root' ? call.state.rootGroupId : given;
  if (!call.state.groups.has(id)) throw new HttpError(404, `Unable to locate group with id '${id}'.`);
  return id;
}

/** What does not exist has no policies: that it does not is found out later. */
function mayRead(call: Call, group: string | undefined): void {
  if (group === undefined) return;
  authorize(call.node.rules, call.state, call.user, `/process-groups/${group}`, 'read');
}
