// /controller/cluster and what else speaks about nodes. No revision is needed for a node, and a state that is none is
// accepted and ignored: both recorded.

import { HttpError } from '../errors.ts';
import type { Call, Endpoint } from '../http/endpoint.ts';
import { authorize } from '../tenants/authorize.ts';
import type { Cluster } from './cluster.ts';
import { clusterEntity, nodeEntity, summaryEntity } from './view.ts';

interface NodeBody {
  readonly node?: { readonly nodeId?: string; readonly status?: string };
}

export const clusterEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/controller/cluster',
    scope: 'coordinator',
    authorize: mayRead,
    run: (call) => ({ json: clusterEntity(clusterOf(call), call.node.clock) }),
  },
  {
    method: 'GET',
    path: '/controller/cluster/nodes/{id}',
    scope: 'coordinator',
    authorize: mayRead,
    run: (call) => answerNode(call),
  },
  {
    method: 'PUT',
    path: '/controller/cluster/nodes/{id}',
    scope: 'coordinator',
    check: checkBody,
    authorize: mayWrite,
    run: (call) => {
      change(clusterOf(call), call);
      return answerNode(call);
    },
  },
  {
    method: 'DELETE',
    path: '/controller/cluster/nodes/{id}',
    scope: 'coordinator',
    authorize: mayWrite,
    run: (call) => {
      clusterOf(call).remove(idOf(call), call.user.identity);
      return { json: {} };
    },
  },
  {
    method: 'GET',
    path: '/flow/cluster/summary',
    scope: 'local',
    authorize: mayView,
    run: (call) => ({ json: summaryEntity(call.node.cluster, call.node.connection === 'CONNECTED') }),
  },
  {
    method: 'GET',
    path: '/flow/cluster/search-results',
    scope: 'local',
    authorize: mayView,
    run: (call) => {
      const text = call.query.get('q') ?? '';
      const entries = clusterOf(call).table.inState('CONNECTED');
      const named = entries.map((entry) => ({ id: entry.nodeId, address: `${entry.address}:${entry.apiPort}` }));
      return { json: { nodeResults: named.filter((node) => node.address.includes(text)) } };
    },
  },
];

function change(cluster: Cluster, call: Call): void {
  const id = idOf(call);
  const user = call.user.identity;
  if (!cluster.table.get(id)) throw new HttpError(404, `No node exists with ID ${id}`);
  const wanted: string = ((call.body ?? {}) as NodeBody).node?.status ?? '';
  switch (wanted) {
    case 'CONNECTING':
      cluster.requestConnect(id, user);
      break;
    case 'DISCONNECTING':
      cluster.requestDisconnect(id, user);
      break;
    case 'OFFLOADING':
      cluster.requestOffload(id, user);
      break;
    default:
      break;
  }
}

function answerNode(call: Call) {
  const cluster = clusterOf(call);
  const entry = cluster.table.get(idOf(call));
  // Not 404: recorded.
  if (!entry)
    throw new HttpError(500, 'An unexpected error has occurred. Please check the logs for additional details.');
  return { json: nodeEntity(cluster, entry, call.node.clock) };
}

function checkBody(call: Call): void {
  const node = ((call.body ?? {}) as NodeBody).node;
  if (!node) throw new HttpError(400, 'Node details must be specified.');
  if (node.nodeId !== idOf(call)) {
    throw new HttpError(
      400,
      `The node id (${node.nodeId ?? 'null'}) in the request body does not equal the node id of the requested resource (${idOf(call)}).`,
    );
  }
}

function clusterOf(call: Call): Cluster {
  const cluster = call.node.cluster;
  if (cluster) return cluster;
  throw new HttpError(404, 'Only a node connected to a cluster can process the request.', 'application/json');
}

function idOf(call: Call): string {
  return call.params['id'] ?? '';
}

function mayRead(call: Call): void {
  authorize(call.node.rules, call.state, call.user, '/controller', 'read');
}

function mayWrite(call: Call): void {
  authorize(call.node.rules, call.state, call.user, '/controller', 'write');
}

function mayView(call: Call): void {
  authorize(call.node.rules, call.state, call.user, '/flow', 'read');
}
