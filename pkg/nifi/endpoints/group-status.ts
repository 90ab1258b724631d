// What is queued in a group and all groups below it. Source: OpenAPI of NiFi 2.11, transcripts 03 and 08 of the reference;
// ProcessGroupStatusSnapshotDTO.
// Surprising: NiFi sums up all groups below also where it is not asked to tell them one by one (StandardEventAccess), and told one by one
// a flow of ten thousand groups would be more than an answer may be.

import { numberIn, objectAt, objectIn } from '../decode.ts';
import type { NodeCalls } from '../types.ts';

export interface Queued {
  readonly flowFilesQueued: number;
  readonly bytesQueued: number;
}

/** GET /flow/process-groups/{id}/status: of all connected nodes together, at this moment. */
export async function getQueued(node: NodeCalls, groupId: string): Promise<Queued> {
  const path = '/flow/process-groups/{id}/status';
  const query = { recursive: 'false' };
  const answer = objectAt(await node.request({ method: 'GET', path, params: { id: groupId }, query }), 'answer');
  const snapshot = objectIn(objectIn(answer, 'processGroupStatus'), 'aggregateSnapshot');
  return { flowFilesQueued: numberIn(snapshot, 'flowFilesQueued'), bytesQueued: numberIn(snapshot, 'bytesQueued') };
}
