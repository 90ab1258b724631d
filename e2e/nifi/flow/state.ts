// What all nodes of a cluster hold equally: flow, users, policies, revisions. A node that leaves the cluster keeps a copy.
// Plain data, so that a copy is one call and another process could be sent it.

import { randomUUID } from 'node:crypto';
import type { Policy, Tenant, UserGroup } from '../tenants/model.ts';
import type { Revision, StoredRevision } from './revisions.ts';

export interface Position {
  readonly x: number;
  readonly y: number;
}

export interface ProcessGroup {
  readonly id: string;
  parentId: string | undefined;
  name: string;
  comments: string;
  position: Position;
  /** Of the component in the flow that this group came with. */
  versionedId?: string | undefined;
  parameterContextId?: string | undefined;
  versionControl?: VersionControl | undefined;
}

export type Scheduled = 'RUNNING' | 'STOPPED' | 'DISABLED';
export type ComponentKind = 'PROCESSOR' | 'INPUT_PORT' | 'OUTPUT_PORT' | 'FUNNEL';

/** What a connection begins or ends with: a processor, a port or a funnel. */
export interface Component {
  readonly id: string;
  readonly groupId: string;
  name: string;
  readonly kind: ComponentKind;
  /** Class name; empty for what is no processor. */
  readonly type: string;
  versionedId?: string | undefined;
  position: Position;
  comments: string;
  scheduled: Scheduled;
  /** Only what was set; null takes a default away. */
  properties: Readonly<Record<string, string | null>>;
  /** Scheduling and relationships, where they are not the defaults. */
  config: Readonly<Record<string, unknown>>;
}

export type ServiceState = 'ENABLED' | 'ENABLING' | 'DISABLED';

export interface ControllerService {
  readonly id: string;
  readonly groupId: string;
  name: string;
  readonly type: string;
  versionedId?: string | undefined;
  comments: string;
  state: ServiceState;
  properties: Readonly<Record<string, string | null>>;
}

export interface Connection {
  readonly id: string;
  readonly groupId: string;
  name: string;
  versionedId?: string | undefined;
  sourceId: string;
  destinationId: string;
  relationships: readonly string[];
  /** Flow files in a node's queue from which on nothing puts more into it. */
  backPressure: number;
}

export interface Parameter {
  readonly name: string;
  readonly sensitive: boolean;
  readonly description: string | undefined;
  /** Null for a parameter that has no value. A sensitive one is kept as it is and never shown. */
  readonly value: string | null;
}

export interface ParameterContext {
  readonly id: string;
  name: string;
  description: string | undefined;
  parameters: readonly Parameter[];
  /** Ids, the first wins. */
  inherited: readonly string[];
}

export interface RegistryClient {
  readonly id: string;
  name: string;
  description: string | undefined;
  readonly type: string;
  properties: Readonly<Record<string, string | null>>;
}

/** A group that follows a flow in a registry. */
export interface VersionControl {
  readonly registryId: string;
  readonly branch: string | undefined;
  readonly bucketId: string;
  bucketName: string | undefined;
  readonly flowId: string;
  flowName: string | undefined;
  flowDescription: string | undefined;
  readonly version: string;
  /** Where it was committed from here; what was imported has none (recorded). */
  readonly storageLocation: string | undefined;
  /** The flow as the registry holds it in this version: what local changes are measured by. */
  readonly contents: unknown;
  stale: boolean;
  syncFailure: string | undefined;
}

/** What somebody marked to move it, with the revisions it had. In memory of all nodes. */
export interface Snippet {
  readonly id: string;
  readonly parentGroupId: string;
  readonly processGroups: Readonly<Record<string, Revision>>;
}

/** Emptying of one or more queues, in memory of all nodes. */
export interface DropRequest {
  readonly id: string;
  readonly path: string;
  readonly submittedAt: string;
  updatedAt: string;
  readonly original: number;
  dropped: number;
  finished: boolean;
}

export interface ClusterState {
  readonly rootGroupId: string;
  readonly groups: Map<string, ProcessGroup>;
  readonly components: Map<string, Component>;
  readonly connections: Map<string, Connection>;
  readonly services: Map<string, ControllerService>;
  readonly parameterContexts: Map<string, ParameterContext>;
  readonly registryClients: Map<string, RegistryClient>;
  readonly drops: Map<string, DropRequest>;
  readonly snippets: Map<string, Snippet>;
  readonly users: Map<string, Tenant>;
  readonly userGroups: Map<string, UserGroup>;
  readonly policies: Map<string, Policy>;
  readonly revisions: Map<string, StoredRevision>;
  readonly controller: { maxTimerDrivenThreadCount: number };
}

export const controllerRevisionId = 'controller';

/** A flow as NiFi makes it at its very first start. */
export function emptyState(rootGroupId: string = randomUUID()): ClusterState {
  return {
    rootGroupId,
    groups: new Map([
      [
        rootGroupId,
        { id: rootGroupId, parentId: undefined, name: 'NiFi Flow', comments: '', position: { x: 0, y: 0 } },
      ],
    ]),
    components: new Map(),
    connections: new Map(),
    services: new Map(),
    parameterContexts: new Map(),
    registryClients: new Map(),
    drops: new Map(),
    snippets: new Map(),
    users: new Map(),
    userGroups: new Map(),
    policies: new Map(),
    revisions: new Map(),
    controller: { maxTimerDrivenThreadCount: 10 },
  };
}

export function copyState(state: ClusterState): ClusterState {
  return structuredClone(state);
}

/** Revisions and drop requests live in memory: a cluster that starts anew counts from 0. */
export function forgetRevisions(state: ClusterState): void {
  state.revisions.clear();
  state.drops.clear();
  state.snippets.clear();
}

/** What belongs to this group itself, not to groups in it. */
export function inGroup<T extends { readonly groupId: string }>(
  items: ReadonlyMap<string, T>,
  groupId: string,
): readonly T[] {
  const found: T[] = [];
  for (const item of items.values()) if (item.groupId === groupId) found.push(item);
  return found;
}

/** The group itself and all groups below it. */
export function groupsBelow(state: ClusterState, groupId: string): readonly ProcessGroup[] {
  const own = state.groups.get(groupId);
  if (!own) return [];
  return [own, ...childrenOf(state, groupId).flatMap((child) => groupsBelow(state, child.id))];
}

/** What belongs to a group or to any group below it. */
export function below<T extends { readonly groupId: string }>(
  state: ClusterState,
  items: ReadonlyMap<string, T>,
  groupId: string,
): readonly T[] {
  return groupsBelow(state, groupId).flatMap((group) => inGroup(items, group.id));
}

/** Ids of the connections in a group and in all groups below it. */
export function connectionsBelow(state: ClusterState, groupId: string): readonly string[] {
  const own = inGroup(state.connections, groupId).map(({ id }) => id);
  return [...own, ...childrenOf(state, groupId).flatMap((child) => connectionsBelow(state, child.id))];
}

export function childrenOf(state: ClusterState, groupId: string): readonly ProcessGroup[] {
  const found: ProcessGroup[] = [];
  for (const group of state.groups.values()) if (group.parentId === groupId) found.push(group);
  return found;
}
