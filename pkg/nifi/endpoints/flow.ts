// What a node says about itself and about the flow: versions, queues, who we are, the root process group.
// Source: OpenAPI of NiFi 2.11, transcripts 01 and 04 of the reference.
// Surprising: `/flow/status` of a connected node counts the whole cluster, of any other node only its own queues.

import { booleanIn, numberIn, objectAt, objectIn, textIn } from '../decode.ts';
import type { NodeCalls } from '../types.ts';

export interface FlowStatus {
  readonly activeThreadCount: number;
  readonly flowFilesQueued: number;
  readonly bytesQueued: number;
}

export interface ClusterSummary {
  readonly clustered: boolean;
  readonly connectedToCluster: boolean;
  readonly connectedNodeCount: number;
  readonly totalNodeCount: number;
}

/** GET /flow/about: NiFi's version, e.g. `2.11.0`. */
export async function getVersion(node: NodeCalls): Promise<string> {
  const answer = objectAt(await node.request({ method: 'GET', path: '/flow/about' }), 'answer');
  return textIn(objectIn(answer, 'about'), 'version');
}

/** GET /flow/status. */
export async function getFlowStatus(node: NodeCalls): Promise<FlowStatus> {
  const answer = objectAt(await node.request({ method: 'GET', path: '/flow/status' }), 'answer');
  const status = objectIn(answer, 'controllerStatus');
  return {
    activeThreadCount: numberIn(status, 'activeThreadCount'),
    flowFilesQueued: numberIn(status, 'flowFilesQueued'),
    bytesQueued: numberIn(status, 'bytesQueued'),
  };
}

/** GET /flow/cluster/summary: the asked node's own opinion, also when it is in no cluster. */
export async function getClusterSummary(node: NodeCalls): Promise<ClusterSummary> {
  const answer = objectAt(await node.request({ method: 'GET', path: '/flow/cluster/summary' }), 'answer');
  const summary = objectIn(answer, 'clusterSummary');
  return {
    clustered: booleanIn(summary, 'clustered'),
    connectedToCluster: booleanIn(summary, 'connectedToCluster'),
    connectedNodeCount: numberIn(summary, 'connectedNodeCount'),
    totalNodeCount: numberIn(summary, 'totalNodeCount'),
  };
}

/** GET /flow/current-user: the identity that NiFi sees behind our certificate, after its mapping. */
export async function getCurrentUser(node: NodeCalls): Promise<string> {
  const answer = objectAt(await node.request({ method: 'GET', path: '/flow/current-user' }), 'answer');
  return textIn(answer, 'identity');
}

/** The root process group's id. GET /flow/process-groups/root needs `/flow` only, so it works before any policy on the group. */
export async function getRootProcessGroupId(node: NodeCalls): Promise<string> {
  const answer = objectAt(await node.request({ method: 'GET', path: '/flow/process-groups/root' }), 'answer');
  return textIn(objectIn(answer, 'processGroupFlow'), 'id');
}
