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

export interface ClusterState {
  readonly rootGroupId: string;
  readonly groups: Map<string, ProcessGroup>;
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

export function childrenOf(state: ClusterState, groupId: string): readonly ProcessGroup[] {
  return [...state.groups.values()].filter((group) => group.parentId === groupId);
}
