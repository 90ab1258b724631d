// What all nodes of a cluster hold equally: flow, users, policies, revisions. A node that leaves the cluster keeps a copy.
// Plain data, so that a copy is one call and another process could be sent it.

import { randomUUID } from 'node:crypto';
import type { Policy, Tenant, UserGroup } from '../tenants/model.ts';
import type { StoredRevision } from './revisions.ts';

export interface ProcessGroup {
  readonly id: string;
  readonly parentId: string | undefined;
  name: string;
  comments: string;
  position: { readonly x: number; readonly y: number };
}

/** A processor: what a connection begins or ends with. */
export interface Component {
  readonly id: string;
  readonly groupId: string;
  readonly name: string;
  /** Class name. */
  readonly type: string;
}

export interface Connection {
  readonly id: string;
  readonly groupId: string;
  readonly name: string;
  readonly sourceId: string;
  readonly destinationId: string;
  /** Flow files in a node's queue from which on nothing puts more into it. */
  readonly backPressure: number;
}

export interface ClusterState {
  readonly rootGroupId: string;
  readonly groups: Map<string, ProcessGroup>;
  readonly components: Map<string, Component>;
  readonly connections: Map<string, Connection>;
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

/** Revisions live in memory: a cluster that starts anew counts from 0. */
export function forgetRevisions(state: ClusterState): void {
  state.revisions.clear();
}

/** What belongs to this group itself, not to groups in it. */
export function inGroup<T extends { readonly groupId: string }>(
  items: ReadonlyMap<string, T>,
  groupId: string,
): readonly T[] {
  return [...items.values()].filter((item) => item.groupId === groupId);
}

/** Ids of the connections in a group and in all groups below it. */
export function connectionsBelow(state: ClusterState, groupId: string): readonly string[] {
  const own = inGroup(state.connections, groupId).map(({ id }) => id);
  return [...own, ...childrenOf(state, groupId).flatMap((child) => connectionsBelow(state, child.id))];
}

export function childrenOf(state: ClusterState, groupId: string): readonly ProcessGroup[] {
  return [...state.groups.values()].filter((group) => group.parentId === groupId);
}
