// Emptying queues and listing what is in them. All connected nodes do it together, so any of them answers for it; the requests
// are in memory and have to be deleted. Emptying loses data: nothing here asks why.

import { randomUUID } from 'node:crypto';
import { connectionLoad, nodeQueues } from '../cluster/load.ts';
import { flowFileSize } from '../disks.ts';
import { HttpError } from '../errors.ts';
import { count, dataSize, type Json, timeOfDay, timestampMs } from '../format.ts';
import type { Answer, Call, Endpoint } from '../http/endpoint.ts';
import { connectionOf, groupOf, mayUseComponent, mayUseGroup } from './lookup.ts';
import { connectionsBelow, type DropRequest } from './state.ts';

const allPath = '/process-groups/{id}/empty-all-connections-requests';
const dropPath = '/flowfile-queues/{id}/drop-requests';
const listingPath = '/flowfile-queues/{id}/listing-requests';

export const queueEndpoints: readonly Endpoint[] = [
  ...dropEndpoints(dropPath, {
    authorize: (call) => mayUseComponent(call, 'write'),
    connections: (call) => [connectionOf(call).id],
  }),
  ...dropEndpoints(allPath, {
    authorize: (call) => mayUseGroup(call, 'write'),
    connections: (call) => connectionsBelow(call.state, groupOf(call).id),
  }),
  {
    method: 'POST',
    path: listingPath,
    scope: 'replicated',
    authorize: (call) => mayUseComponent(call, 'read'),
    run: (call) => {
      const id = randomUUID();
      const path = `/flowfile-queues/${connectionOf(call).id}/listing-requests/${id}`;
      return { status: 202, json: listing(call, path, id, false), location: call.uri(path) };
    },
  },
  {
    method: 'GET',
    path: `${listingPath}/{request}`,
    scope: 'replicated',
    authorize: (call) => mayUseComponent(call, 'read'),
    run: (call) => ({ json: listing(call, call.path, call.params['request'] ?? '', true) }),
  },
  {
    method: 'DELETE',
    path: `${listingPath}/{request}`,
    scope: 'replicated',
    authorize: (call) => mayUseComponent(call, 'read'),
    run: (call) => ({ json: listing(call, call.path, call.params['request'] ?? '', true) }),
  },
];

interface Emptying {
  readonly authorize: (call: Call) => void;
  readonly connections: (call: Call) => readonly string[];
}

function dropEndpoints(path: string, { authorize, connections }: Emptying): readonly Endpoint[] {
  return [
    { method: 'POST', path, scope: 'replicated', authorize, run: (call) => submit(call, connections(call)) },
    {
      method: 'GET',
      path: `${path}/{request}`,
      scope: 'replicated',
      authorize,
      run: (call) => {
        const request = dropOf(call);
        finish(call, request, connections(call));
        return { json: entity(call, request) };
      },
    },
    {
      method: 'DELETE',
      path: `${path}/{request}`,
      scope: 'replicated',
      authorize,
      run: (call) => {
        const request = dropOf(call);
        call.state.drops.delete(request.id);
        return { json: entity(call, request) };
      },
    },
  ];
}

function submit(call: Call, connections: readonly string[]): Answer {
  const now = timestampMs(call.node.clock.now());
  const id = randomUUID();
  const original = connectionLoad(call.node, connections).flowFilesQueued;
  const path = `${call.path}/${id}`;
  const request: DropRequest = {
    id,
    path,
    submittedAt: now,
    updatedAt: now,
    original,
    dropped: 0,
    finished: original === 0,
  };
  call.state.drops.set(id, request);
  return { status: 202, json: entity(call, request), location: call.uri(path) };
}

/** The queues are emptied by the time that somebody looks again. */
function finish(call: Call, request: DropRequest, connections: readonly string[]): void {
  if (request.finished) return;
  const { node } = call;
  const connected = node.connection === 'CONNECTED' ? (node.cluster?.table.inState('CONNECTED') ?? []) : [];
  for (const connection of connections) {
    for (const { member } of connected) request.dropped += member.drop(connection);
    if (connected.length === 0) request.dropped += node.drop(connection);
  }
  request.finished = true;
  request.updatedAt = timestampMs(node.clock.now());
}

function dropOf(call: Call): DropRequest {
  const id = call.params['request'] ?? '';
  const request = call.state.drops.get(id);
  if (!request) throw new HttpError(404, `Unable to find drop request with id '${id}'.`);
  return request;
}

function entity(call: Call, request: DropRequest): Json {
  const current = request.original - request.dropped;
  return {
    dropRequest: {
      id: request.id,
      uri: call.uri(request.path),
      submissionTime: request.submittedAt,
      lastUpdated: request.updatedAt,
      percentCompleted: request.finished ? 100 : 0,
      finished: request.finished,
      ...amount('current', current),
      ...amount('original', request.original),
      ...amount('dropped', request.dropped),
      state: request.finished ? 'Completed successfully' : 'Dropping FlowFiles from queue',
    },
  };
}

function amount(name: string, flowFiles: number): Json {
  const size = flowFiles * flowFileSize;
  return {
    [`${name}Count`]: flowFiles,
    [`${name}Size`]: size,
    [name]: `${count(flowFiles)} / ${dataSize(size)}`,
  };
}

/** Up to a hundred flow files, from all nodes in turn. */
function listing(call: Call, path: string, id: string, finished: boolean): Json {
  const connection = connectionOf(call);
  const { flowFilesQueued, bytesQueued } = connectionLoad(call.node, [connection.id]);
  const running = (end: string): boolean => call.state.components.get(end)?.scheduled === 'RUNNING';
  return {
    listingRequest: {
      id,
      uri: call.uri(path),
      submissionTime: timestampMs(call.node.clock.now()),
      lastUpdated: timeOfDay(call.node.clock.now()),
      percentCompleted: finished ? 1 : 0,
      finished,
      maxResults: 100,
      state: finished ? 'Completed successfully' : 'Calculating list of FlowFiles',
      queueSize: { byteCount: bytesQueued, objectCount: flowFilesQueued },
      flowFileSummaries: finished && call.method === 'GET' ? summaries(call, connection.id) : [],
      sourceRunning: running(connection.sourceId),
      destinationRunning: running(connection.destinationId),
    },
  };
}

function summaries(call: Call, connection: string): readonly Json[] {
  const queues = nodeQueues(call.node, connection);
  const deepest = Math.max(0, ...queues.map(({ load }) => load.flowFilesQueued));
  const all: Json[] = [];
  for (let position = 1; position <= deepest && all.length < 100; position += 1) {
    for (const { nodeId, address, apiPort, load } of queues) {
      if (position > load.flowFilesQueued || all.length === 100) continue;
      const uuid = randomUUID();
      all.push({
        uri: call.uri(`/flowfile-queues/${connection}/flowfiles/${uuid}`),
        uuid,
        filename: uuid,
        position,
        size: flowFileSize,
        queuedDuration: 0,
        lineageDuration: 0,
        penaltyExpiresIn: 0,
        clusterNodeId: nodeId,
        clusterNodeAddress: `${address}:${apiPort}`,
        penalized: false,
      });
    }
  }
  return all;
}
