// Process groups: read one or the children of one, create an empty one, change its settings, delete it.
// Source: OpenAPI of NiFi 2.11, transcripts 03 and 14 of the reference; NiFi's ProcessGroupResource and StandardProcessGroupDAO.
// Surprising: a change names only what it changes, everything else stays; and a group that is a flow of a registry takes its comments
// (never its name or position) from the registry at each version change.

import {
  booleanIn,
  field,
  type JsonObject,
  listIn,
  numberIn,
  objectAt,
  objectIn,
  optional,
  textIn,
} from '../decode.ts';
import type { NodeCalls } from '../types.ts';
import { nextRevision, type Revision, revisionIn, revisionQuery } from './controller.ts';
import { decodeVersionControl, type VersionControl } from './version-control.ts';

/** NiFi's coordinates on the canvas: doubles, kept as they are sent. */
export interface Position {
  readonly x: number;
  readonly y: number;
}

/** How many components of a group and all groups below it are in which state; ports count as components. */
export interface ComponentCounts {
  readonly running: number;
  readonly stopped: number;
  readonly invalid: number;
  readonly disabled: number;
}

export interface ProcessGroup {
  readonly id: string;
  readonly revision: Revision;
  /** Absent for the root group. */
  readonly parentId?: string;
  readonly name: string;
  readonly comments: string;
  readonly position: Position;
  readonly parameterContextId?: string;
  /** Present while the group is under version control. */
  readonly versionControl?: VersionControl;
  readonly counts: ComponentCounts;
  /** In the whole group on all connected nodes, as of the last heartbeats; absent when NiFi gives no status. */
  readonly flowFilesQueued?: number;
  readonly bytesQueued?: number;
}

export interface ProcessGroups {
  readonly groups: readonly ProcessGroup[];
  /** Ids of groups whose contents the operator may not read: they exist, and that is all that is known. */
  readonly unreadable: readonly string[];
}

export interface NewProcessGroup {
  readonly name: string;
  readonly comments?: string;
  readonly position: Position;
  readonly parameterContextId?: string;
}

export interface ProcessGroupChange {
  readonly name?: string;
  readonly comments?: string;
  readonly position?: Position;
  /** null takes the context away. */
  readonly parameterContextId?: string | null;
}

/** GET /process-groups/{id}; `root` is an id too. Kind `NotFound` when there is none. */
export async function getProcessGroup(node: NodeCalls, id: string): Promise<ProcessGroup> {
  return decodeProcessGroup(await node.request({ method: 'GET', path: '/process-groups/{id}', params: { id } }));
}

/** GET /process-groups/{id}/process-groups: the direct children, without their contents. */
export async function listProcessGroups(node: NodeCalls, parentId: string): Promise<ProcessGroups> {
  const path = '/process-groups/{id}/process-groups';
  const answer = objectAt(await node.request({ method: 'GET', path, params: { id: parentId } }), 'answer');
  const entities = listIn(answer, 'processGroups').map((each) => objectAt(each, 'process group'));
  const readable = entities.filter((entity) => booleanIn(objectIn(entity, 'permissions'), 'canRead'));
  const hidden = entities.filter((entity) => !readable.includes(entity));
  return { groups: readable.map(decodeProcessGroup), unreadable: hidden.map((entity) => textIn(entity, 'id')) };
}

/** POST /process-groups/{parent}/process-groups. It can be created twice: NiFi asks for no unique name. */
export async function createProcessGroup(
  node: NodeCalls,
  parentId: string,
  group: NewProcessGroup,
): Promise<ProcessGroup> {
  const body = { revision: nextRevision({ version: 0 }), component: componentOf(group) };
  const path = '/process-groups/{id}/process-groups';
  return decodeProcessGroup(await node.request({ method: 'POST', path, params: { id: parentId }, body }));
}

/** PUT /process-groups/{id}; 409 with kind `RevisionConflict` when it was changed since it was read. */
export async function updateProcessGroup(
  node: NodeCalls,
  group: Pick<ProcessGroup, 'id' | 'revision'>,
  change: ProcessGroupChange,
): Promise<ProcessGroup> {
  const { id } = group;
  const body = { revision: nextRevision(group.revision), component: { id, ...componentOf(change) } };
  return decodeProcessGroup(await node.request({ method: 'PUT', path: '/process-groups/{id}', params: { id }, body }));
}

/** DELETE /process-groups/{id}; 409 while anything in it runs, is enabled, is queued, or a node is not connected. */
export async function deleteProcessGroup(node: NodeCalls, group: Pick<ProcessGroup, 'id' | 'revision'>): Promise<void> {
  const { id } = group;
  const query = revisionQuery(group.revision);
  await node.request({ method: 'DELETE', path: '/process-groups/{id}', params: { id }, query });
}

export function decodeProcessGroup(value: unknown): ProcessGroup {
  const entity = objectAt(value, 'process group');
  const component = objectIn(entity, 'component');
  const control = field(component, 'versionControlInformation');
  return {
    id: textIn(entity, 'id'),
    revision: revisionIn(entity),
    ...renamed(component, 'parentGroupId', 'parentId'),
    name: textIn(component, 'name'),
    comments: optional(component, 'comments', textIn).comments ?? '',
    position: decodePosition(component),
    ...contextOf(component),
    ...(control === undefined || control === null ? {} : { versionControl: decodeVersionControl(control) }),
    counts: decodeCounts(entity),
    ...queuedIn(entity),
  };
}

function componentOf(change: ProcessGroupChange): object {
  const { parameterContextId, ...settings } = change;
  return parameterContextId === undefined
    ? settings
    : { ...settings, parameterContext: parameterContextId === null ? { id: null } : { id: parameterContextId } };
}

function decodePosition(component: JsonObject): Position {
  const position = field(component, 'position');
  // The root group has none.
  return position === undefined || position === null
    ? { x: 0, y: 0 }
    : { x: numberIn(objectAt(position, 'position'), 'x'), y: numberIn(objectAt(position, 'position'), 'y') };
}

function contextOf(component: JsonObject): { readonly parameterContextId?: string } {
  const context = field(component, 'parameterContext');
  return context === undefined || context === null
    ? {}
    : renamed(objectAt(context, 'parameterContext'), 'id', 'parameterContextId');
}

function decodeCounts(entity: JsonObject): ComponentCounts {
  const count = (name: string): number => optional(entity, name, numberIn)[name] ?? 0;
  return {
    running: count('runningCount'),
    stopped: count('stoppedCount'),
    invalid: count('invalidCount'),
    disabled: count('disabledCount'),
  };
}

function queuedIn(entity: JsonObject): { readonly flowFilesQueued?: number; readonly bytesQueued?: number } {
  const status = field(entity, 'status');
  if (status === undefined || status === null) {
    return {};
  }
  const snapshot = objectIn(objectAt(status, 'status'), 'aggregateSnapshot');
  return { flowFilesQueued: numberIn(snapshot, 'flowFilesQueued'), bytesQueued: numberIn(snapshot, 'bytesQueued') };
}

function renamed<N extends string>(parent: JsonObject, name: string, as: N): Partial<Record<N, string>> {
  const value = optional(parent, name, textIn)[name];
  return value === undefined ? {} : ({ [as]: value } as Record<N, string>);
}
