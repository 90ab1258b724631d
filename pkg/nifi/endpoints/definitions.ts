// Flow definitions, the JSON that NiFi exports: bring one in as a new group, replace the contents of a group, read one out of a group.
// Source: OpenAPI of NiFi 2.11, transcript 08 of the reference; NiFi's ProcessGroupResource.
// Surprising: a new group gets the name and position that are asked for but the comments of the definition, and a replaced one takes
// name, position and comments from the definition. A definition is trusted by nobody: NiFi answers 500 to what is none.

import { type JsonObject, objectAt } from '../decode.ts';
import type { NodeCalls } from '../types.ts';
import { type AsyncProgress, decodeProgress } from './async-requests.ts';
import { nextRevision, type Revision } from './controller.ts';
import { decodeProcessGroup, type Position, type ProcessGroup } from './process-groups.ts';

/** A large one takes NiFi and all its nodes a while. */
const PATIENCE_MS = 120_000;

/** A flow definition as NiFi exports it, with `flowContents`. */
export type FlowDefinition = JsonObject;

export interface NewDefinedGroup {
  readonly name: string;
  readonly position: Position;
  readonly definition: FlowDefinition;
}

/** POST /process-groups/{parent}/process-groups/import. */
export async function importDefinition(
  node: NodeCalls,
  parentId: string,
  group: NewDefinedGroup,
): Promise<ProcessGroup> {
  const body = {
    groupName: group.name,
    revisionDTO: nextRevision({ version: 0 }),
    positionDTO: group.position,
    flowSnapshot: group.definition,
  };
  const path = '/process-groups/{id}/process-groups/import';
  return decodeProcessGroup(
    await node.request({ method: 'POST', path, params: { id: parentId }, body, patienceMs: PATIENCE_MS }),
  );
}

/** POST /process-groups/{id}/replace-requests; refused for a group that is, or holds, a flow of a registry. */
export async function startReplace(
  node: NodeCalls,
  groupId: string,
  revision: Revision,
  definition: FlowDefinition,
): Promise<AsyncProgress> {
  const body = { processGroupRevision: nextRevision(revision), versionedFlowSnapshot: definition };
  const path = '/process-groups/{id}/replace-requests';
  return decodeProgress(
    await node.request({ method: 'POST', path, params: { id: groupId }, body, patienceMs: PATIENCE_MS }),
  );
}

/** GET /process-groups/replace-requests/{id}, asked of the node that took it; kind `NotFound` when the node forgot it. */
export async function getReplace(node: NodeCalls, requestId: string): Promise<AsyncProgress> {
  const path = '/process-groups/replace-requests/{id}';
  return decodeProgress(await node.request({ method: 'GET', path, params: { id: requestId } }));
}

/** DELETE /process-groups/replace-requests/{id}; cancels one that is not complete. */
export async function deleteReplace(node: NodeCalls, requestId: string): Promise<void> {
  await node.request({ method: 'DELETE', path: '/process-groups/replace-requests/{id}', params: { id: requestId } });
}

/** GET /process-groups/{id}/download: the definition of what the group is now; no sensitive values are in it. */
export async function downloadDefinition(node: NodeCalls, groupId: string): Promise<FlowDefinition> {
  const path = '/process-groups/{id}/download';
  return objectAt(await node.request({ method: 'GET', path, params: { id: groupId } }), 'flow definition');
}
