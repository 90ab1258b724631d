// NiFi's cluster as NiFi sees it: `/controller/cluster` and its nodes. One function a call; nothing is decided here.
// Source: OpenAPI of NiFi 2.11, transcripts 01, 04, 10–12 and 15 of the reference.
// Surprising: PUT CONNECTING for a node that is CONNECTED disturbs it, and any unknown status is answered 200 and ignored.

import { DecodeError, field, listIn, numberIn, objectAt, objectIn, optional, textIn } from '../decode.ts';
import type { NodeCalls, NodeConnection, NodeEvent, NodeRole } from '../types.ts';

/** A node's entry as NiFi gives it. */
export interface ClusterNode {
  readonly nodeId: string;
  readonly address: string;
  readonly apiPort: number;
  readonly status: NodeConnection;
  readonly roles: readonly NodeRole[];
  readonly flowFilesQueued?: number;
  readonly bytesQueued?: number;
  readonly activeThreadCount?: number;
  readonly nodeStartTime?: string;
  readonly heartbeat?: string;
  readonly events: readonly NodeEvent[];
}

const CONNECTIONS: ReadonlySet<string> = new Set<NodeConnection>([
  'CONNECTING',
  'CONNECTED',
  'DISCONNECTING',
  'DISCONNECTED',
  'OFFLOADING',
  'OFFLOADED',
  'REMOVED',
]);
const ROLES: ReadonlySet<unknown> = new Set<NodeRole>(['Cluster Coordinator', 'Primary Node']);

/** GET /controller/cluster. A node that is in no cluster answers 404 (kind `NotConnected`). Needs `/controller` read. */
export async function getCluster(node: NodeCalls): Promise<readonly ClusterNode[]> {
  const answer = objectAt(await node.request({ method: 'GET', path: '/controller/cluster' }), 'answer');
  return listIn(objectIn(answer, 'cluster'), 'nodes').map(decodeNode);
}

/** PUT /controller/cluster/nodes/{id}: asks for a transition; the answer carries the status right after it. Needs `/controller` write. */
export async function putNodeStatus(
  node: NodeCalls,
  nodeId: string,
  status: 'CONNECTING' | 'DISCONNECTING' | 'OFFLOADING',
): Promise<ClusterNode> {
  const body = { node: { nodeId, status } };
  const path = '/controller/cluster/nodes/{id}';
  const answer = objectAt(await node.request({ method: 'PUT', path, params: { id: nodeId }, body }), 'answer');
  return decodeNode(objectIn(answer, 'node'));
}

/** DELETE /controller/cluster/nodes/{id}; 409 unless the node is DISCONNECTED or OFFLOADED, 404 when it is unknown. */
export async function deleteNode(node: NodeCalls, nodeId: string): Promise<void> {
  await node.request({ method: 'DELETE', path: '/controller/cluster/nodes/{id}', params: { id: nodeId } });
}

function decodeNode(value: unknown): ClusterNode {
  const node = objectAt(value, 'node');
  return {
    nodeId: textIn(node, 'nodeId'),
    address: textIn(node, 'address'),
    apiPort: numberIn(node, 'apiPort'),
    status: connectionIn(node),
    roles: listIn(node, 'roles').filter(isRole),
    ...optional(node, 'flowFilesQueued', numberIn),
    ...optional(node, 'bytesQueued', numberIn),
    ...optional(node, 'activeThreadCount', numberIn),
    ...optional(node, 'nodeStartTime', textIn),
    ...optional(node, 'heartbeat', textIn),
    events: listIn(node, 'events').map(decodeEvent),
  };
}

function decodeEvent(value: unknown): NodeEvent {
  const event = objectAt(value, 'event');
  return {
    timestamp: textIn(event, 'timestamp'),
    category: textIn(event, 'category'),
    message: textIn(event, 'message'),
  };
}

function connectionIn(node: Readonly<Record<string, unknown>>): NodeConnection {
  const status = field(node, 'status');
  if (typeof status !== 'string' || !CONNECTIONS.has(status)) {
    throw new DecodeError('status is none that a node can have');
  }
  return status as NodeConnection;
}

function isRole(role: unknown): role is NodeRole {
  return ROLES.has(role);
}
