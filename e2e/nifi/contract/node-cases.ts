// The life of a node as /controller/cluster has it: every state, every refusal. Recorded in 04, 10, 11 and 15.

import type { ContractCase, Step } from './case.ts';

const nodePath = '/nifi-api/controller/cluster/nodes/{{node2}}';

function put(status: string, answer: Partial<Step> & { readonly status: number }): Step {
  return { method: 'PUT', path: nodePath, json: { node: { nodeId: '{{node2}}', status } }, ...answer };
}

function becomes(state: string): Step {
  return { path: nodePath, status: 200, values: { 'node.status': state }, eventually: true };
}

export const nodeCases: readonly ContractCase[] = [
  {
    name: 'every node shows the same cluster, with one coordinator',
    steps: [
      {
        path: '/nifi-api/controller/cluster',
        status: 200,
        fields: [
          'cluster.generated',
          'cluster.nodes.0.heartbeat',
          'cluster.nodes.0.nodeStartTime',
          'cluster.nodes.0.events.0.timestamp',
        ],
        values: {
          'cluster.nodes.0.status': 'CONNECTED',
          'cluster.nodes.2.status': 'CONNECTED',
          'cluster.nodes.0.apiPort': 8443,
        },
      },
      { node: 1, path: nodePath, status: 200, values: { 'node.nodeId': '{{node2}}', 'node.queued': '0 / 0 bytes' } },
      { path: '/nifi-api/flow/cluster/summary', status: 200, values: { 'clusterSummary.connectedNodes': '3 / 3' } },
    ],
  },
  {
    name: 'a node that nobody knows is 404 to change and to remove, but 500 to read',
    steps: [
      { path: '/nifi-api/controller/cluster/nodes/none', status: 500, text: /^An unexpected error has occurred/ },
      {
        method: 'PUT',
        path: '/nifi-api/controller/cluster/nodes/none',
        json: { node: { nodeId: 'none', status: 'CONNECTING' } },
        status: 404,
        text: /^No node exists with ID none$/,
      },
      {
        method: 'DELETE',
        path: '/nifi-api/controller/cluster/nodes/none',
        status: 404,
        text: /is not part of the cluster$/,
      },
    ],
  },
  {
    name: 'a change must name the node it is sent to',
    steps: [
      { method: 'PUT', path: nodePath, json: {}, status: 400, text: /^Node details must be specified\.$/ },
      {
        method: 'PUT',
        path: nodePath,
        json: { node: { nodeId: 'x' } },
        status: 400,
        text: /^The node id \(x\) in the request body/,
      },
      put('DISCONNECTING', { client: 'nobody', status: 403, text: /^Unable to modify the controller\./ }),
    ],
  },
  {
    name: 'a connected node can neither be offloaded nor removed, and a state that is none changes nothing',
    steps: [
      put('OFFLOADING', { status: 409, text: /because it is not currently disconnected$/ }),
      { method: 'DELETE', path: nodePath, status: 409, text: /current state = CONNECTED$/ },
      put('BOGUS', { status: 200, values: { 'node.status': 'CONNECTED' } }),
      put('DISCONNECTED', { status: 200, values: { 'node.status': 'CONNECTED' } }),
    ],
  },
  {
    name: 'CONNECTING sent to a connected node really reconnects it, and writes wait for it',
    steps: [
      put('CONNECTING', { status: 200, values: { 'node.status': 'CONNECTING' }, fields: ['node.connectionRequested'] }),
      {
        method: 'POST',
        path: '/nifi-api/tenants/users',
        json: { revision: { version: 0 }, component: { identity: 'CN=late' } },
        status: 409,
        text: /^Received a mutable request \[POST \/nifi-api\/tenants\/users\] while a node is trying to connect to the cluster$/,
      },
      becomes('CONNECTED'),
    ],
  },
  {
    name: 'a node that is disconnected answers for itself alone, and comes back',
    steps: [
      put('DISCONNECTING', { status: 200, values: { 'node.status': 'DISCONNECTED' } }),
      {
        node: 2,
        path: '/nifi-api/controller/cluster',
        status: 404,
        text: /^Only a node connected to a cluster can/,
        eventually: true,
      },
      {
        node: 2,
        path: '/nifi-api/flow/cluster/summary',
        status: 200,
        values: {
          'clusterSummary.connectedToCluster': false,
          'clusterSummary.clustered': true,
          'clusterSummary.totalNodeCount': 0,
        },
      },
      { node: 2, path: '/nifi-api/flow/status', status: 200, fields: ['controllerStatus.flowFilesQueued'] },
      {
        node: 2,
        method: 'POST',
        path: '/nifi-api/tenants/users',
        json: { revision: { version: 0 }, component: { identity: 'CN=alone' } },
        status: 400,
        text: /^This node is disconnected from its configured cluster\./,
      },
      put('DISCONNECTING', { status: 200, values: { 'node.status': 'DISCONNECTED' } }),
      put('CONNECTING', { status: 200, values: { 'node.status': 'CONNECTING' } }),
      becomes('CONNECTED'),
      { node: 2, path: '/nifi-api/controller/cluster', status: 200, eventually: true },
    ],
  },
  {
    name: 'an offloaded node can be disconnected and reconnected',
    steps: [
      put('DISCONNECTING', { status: 200 }),
      put('OFFLOADING', { status: 200, values: { 'node.status': 'OFFLOADING' } }),
      { method: 'DELETE', path: nodePath, status: 409, text: /current state = OFFLOADING$/ },
      becomes('OFFLOADED'),
      {
        node: 2,
        path: '/nifi-api/flow/cluster/summary',
        status: 200,
        values: { 'clusterSummary.connectedToCluster': false, 'clusterSummary.clustered': true },
      },
      { node: 2, path: '/nifi-api/flow/status', status: 200, values: { 'controllerStatus.flowFilesQueued': 0 } },
      put('OFFLOADING', { status: 200, values: { 'node.status': 'OFFLOADED' } }),
      put('DISCONNECTING', { status: 200, values: { 'node.status': 'DISCONNECTED' } }),
      put('CONNECTING', { status: 200 }),
      becomes('CONNECTED'),
    ],
  },
  {
    name: 'a component can be deleted only while every node is connected',
    steps: [
      put('DISCONNECTING', { status: 200 }),
      {
        method: 'DELETE',
        path: '/nifi-api/process-groups/{{root}}?version=0',
        status: 409,
        text: /^Cannot delete component because the following Nodes are not connected: \[.+:8443\]$/,
      },
      put('CONNECTING', { status: 200 }),
      becomes('CONNECTED'),
    ],
  },
  {
    name: 'a node that was removed does not come back while its process runs',
    steps: [
      put('DISCONNECTING', { status: 200 }),
      put('OFFLOADING', { status: 200 }),
      becomes('OFFLOADED'),
      { method: 'DELETE', path: nodePath, status: 200 },
      { path: nodePath, status: 500 },
      put('CONNECTING', { status: 404, text: /^No node exists with ID/ }),
      { node: 2, path: '/nifi-api/flow/status', status: 200, values: { 'controllerStatus.flowFilesQueued': 0 } },
      { node: 2, path: '/nifi-api/controller/cluster', status: 404 },
      {
        node: 2,
        path: '/nifi-api/flow/cluster/summary',
        status: 200,
        values: { 'clusterSummary.connectedToCluster': false },
      },
      { path: '/nifi-api/flow/cluster/summary', status: 200, values: { 'clusterSummary.connectedNodes': '2 / 2' } },
    ],
  },
];
