// Throws away what is queued in a group and all groups below it. The only call of the operator that destroys data by itself, so it is
// made for nothing but a person's explicit wish. Source: transcript 03 of the reference; NiFi's ProcessGroupResource.
// Surprising: unlike the other requests this one is known to every node, and cancelling it only stops the dropping.

import type { NodeCalls } from '../types.ts';
import { type AsyncProgress, decodeDropProgress } from './async-requests.ts';

/** POST /process-groups/{id}/empty-all-connections-requests. */
export async function startDropAll(node: NodeCalls, groupId: string): Promise<AsyncProgress> {
  const path = '/process-groups/{id}/empty-all-connections-requests';
  return decodeDropProgress(await node.request({ method: 'POST', path, params: { id: groupId } }));
}

/** GET …/empty-all-connections-requests/{requestId}. */
export async function getDropAll(node: NodeCalls, groupId: string, requestId: string): Promise<AsyncProgress> {
  const path = '/process-groups/{id}/empty-all-connections-requests/{requestId}';
  return decodeDropProgress(await node.request({ method: 'GET', path, params: { id: groupId, requestId } }));
}

/** DELETE …/empty-all-connections-requests/{requestId}. */
export async function deleteDropAll(node: NodeCalls, groupId: string, requestId: string): Promise<void> {
  const path = '/process-groups/{id}/empty-all-connections-requests/{requestId}';
  await node.request({ method: 'DELETE', path, params: { id: groupId, requestId } });
}
