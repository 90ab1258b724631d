// What runs in a group and all groups below it, and what is queued in it, in one call. Source: OpenAPI of NiFi 2.11, transcripts 03 and
// 08 of the reference; ProcessGroupStatusSnapshotDTO and ProcessorStatusSnapshotDTO.
// Surprising: NiFi nests the groups, so this flattens them; and the numbers are those of all connected nodes together.

import { type JsonObject, listIn, numberIn, objectAt, objectIn, optional, textIn } from '../decode.ts';
import type { NodeCalls } from '../types.ts';

export interface ComponentStatus {
  readonly id: string;
  readonly groupId: string;
  readonly name: string;
  /** NiFi's words: Running, Stopped, Invalid, Disabled, Validating … */
  readonly runStatus: string;
  readonly activeThreadCount: number;
}

export interface ConnectionStatus {
  readonly id: string;
  readonly groupId: string;
  readonly name: string;
  readonly sourceName: string;
  readonly destinationName: string;
  readonly flowFilesQueued: number;
  readonly bytesQueued: number;
}

export interface GroupStatus {
  readonly flowFilesQueued: number;
  readonly bytesQueued: number;
  readonly activeThreadCount: number;
  readonly processors: readonly ComponentStatus[];
  readonly inputPorts: readonly ComponentStatus[];
  readonly outputPorts: readonly ComponentStatus[];
  /** Only those of which something is queued. */
  readonly queued: readonly ConnectionStatus[];
}

/** GET /flow/process-groups/{id}/status?recursive=true. Components that the operator may not read are left out. */
export async function getGroupStatus(node: NodeCalls, groupId: string): Promise<GroupStatus> {
  const path = '/flow/process-groups/{id}/status';
  const query = { recursive: 'true' };
  const answer = objectAt(await node.request({ method: 'GET', path, params: { id: groupId }, query }), 'answer');
  const root = objectIn(objectIn(answer, 'processGroupStatus'), 'aggregateSnapshot');
  const groups = withNested(root);
  const all = (list: string, name: string): readonly JsonObject[] =>
    groups.flatMap((group) => snapshotsIn(group, list, name));
  return {
    flowFilesQueued: numberIn(root, 'flowFilesQueued'),
    bytesQueued: numberIn(root, 'bytesQueued'),
    activeThreadCount: numberIn(root, 'activeThreadCount'),
    processors: all('processorStatusSnapshots', 'processorStatusSnapshot').map(decodeComponent),
    inputPorts: all('inputPortStatusSnapshots', 'portStatusSnapshot').map(decodeComponent),
    outputPorts: all('outputPortStatusSnapshots', 'portStatusSnapshot').map(decodeComponent),
    queued: all('connectionStatusSnapshots', 'connectionStatusSnapshot')
      .map(decodeConnection)
      .filter((connection) => connection.flowFilesQueued > 0),
  };
}

/** A group's snapshot and those of all groups below it; the answer's nesting is bounded by how it was parsed. */
function withNested(group: JsonObject): readonly JsonObject[] {
  const children = snapshotsIn(group, 'processGroupStatusSnapshots', 'processGroupStatusSnapshot');
  return [group, ...children.flatMap(withNested)];
}

function snapshotsIn(group: JsonObject, list: string, name: string): readonly JsonObject[] {
  return listIn(group, list)
    .map((entity) => objectAt(entity, name))
    .filter((entity) => entity['canRead'] !== false)
    .map((entity) => objectIn(entity, name));
}

function decodeComponent(snapshot: JsonObject): ComponentStatus {
  return {
    id: textIn(snapshot, 'id'),
    groupId: textIn(snapshot, 'groupId'),
    name: textIn(snapshot, 'name'),
    runStatus: optional(snapshot, 'runStatus', textIn).runStatus ?? '',
    activeThreadCount: optional(snapshot, 'activeThreadCount', numberIn).activeThreadCount ?? 0,
  };
}

function decodeConnection(snapshot: JsonObject): ConnectionStatus {
  return {
    id: textIn(snapshot, 'id'),
    groupId: textIn(snapshot, 'groupId'),
    name: optional(snapshot, 'name', textIn).name ?? '',
    sourceName: optional(snapshot, 'sourceName', textIn).sourceName ?? '',
    destinationName: optional(snapshot, 'destinationName', textIn).destinationName ?? '',
    flowFilesQueued: numberIn(snapshot, 'flowFilesQueued'),
    bytesQueued: numberIn(snapshot, 'bytesQueued'),
  };
}
