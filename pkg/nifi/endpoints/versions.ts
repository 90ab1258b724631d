// Flows of a registry: bring one in as a new group, read what a group is a version of, change the version, take local changes back,
// and let go of the registry. Source: OpenAPI of NiFi 2.11, transcript 13 of the reference; NiFi's VersionsResource.
// Surprising: the group of an import gets the name and the comments of the flow; only the position that was asked for is kept. And
// NiFi refuses to change the version of a group that somebody has changed (409, `LocallyModified`): that is reverted first.

import { field, objectAt } from '../decode.ts';
import type { NodeCalls } from '../types.ts';
import { type AsyncProgress, decodeProgress } from './async-requests.ts';
import { nextRevision, type Revision, revisionIn, revisionQuery } from './controller.ts';
import { decodeProcessGroup, type Position, type ProcessGroup } from './process-groups.ts';
import { decodeVersionControl, type FlowVersion, type VersionControl } from './version-control.ts';

/** NiFi waits 30 s to connect to a registry and 30 s for each of its answers (NifiRegistryFlowRegistryClient). */
const PATIENCE_MS = 120_000;

export interface VersionInfo {
  /** Of the process group. */
  readonly revision: Revision;
  /** Absent when the group is under no version control. */
  readonly versionControl?: VersionControl;
}

export interface NewVersionedGroup {
  readonly flow: FlowVersion;
  readonly position: Position;
  /** NiFi keeps it if the flow names any context, and takes it away again if it names none. */
  readonly parameterContextId?: string;
}

/** GET /versions/process-groups/{id}. */
export async function getVersionInfo(node: NodeCalls, groupId: string): Promise<VersionInfo> {
  const path = '/versions/process-groups/{id}';
  const answer = objectAt(await node.request({ method: 'GET', path, params: { id: groupId } }), 'answer');
  const control = field(answer, 'versionControlInformation');
  return {
    revision: revisionIn({ revision: field(answer, 'processGroupRevision') }),
    ...(control === undefined || control === null ? {} : { versionControl: decodeVersionControl(control) }),
  };
}

/**
 * POST /process-groups/{parent}/process-groups with a flow of a registry; existing parameter contexts of the same name are kept.
 * 400 (`FlowNotFound`) when there is no such version, 409 (`RegistryUnavailable`) when the registry does not answer.
 */
export async function importVersion(
  node: NodeCalls,
  parentId: string,
  group: NewVersionedGroup,
): Promise<ProcessGroup> {
  const { position, flow, parameterContextId: id } = group;
  const context = id === undefined ? {} : { parameterContext: { id } };
  return decodeProcessGroup(
    await node.request({
      method: 'POST',
      path: '/process-groups/{id}/process-groups',
      params: { id: parentId },
      patienceMs: PATIENCE_MS,
      waitsFor: flow.registryId,
      query: { parameterContextHandlingStrategy: 'KEEP_EXISTING' },
      body: {
        revision: nextRevision({ version: 0 }),
        component: { position, versionControlInformation: flow, ...context },
      },
    }),
  );
}

/**
 * POST /versions/update-requests/process-groups/{id}: stops what is affected, changes it with the queues kept, starts it again. The
 * flow must be the one that the group is a version of; its registry client may be another one (StandardProcessGroup.verifyCanUpdate).
 */
export async function startVersionUpdate(
  node: NodeCalls,
  groupId: string,
  revision: Revision,
  flow: FlowVersion,
): Promise<AsyncProgress> {
  return await start(node, '/versions/update-requests/process-groups/{id}', groupId, revision, flow);
}

/** POST /versions/revert-requests/process-groups/{id}; `present` is what was read, and must still be so. */
export async function startRevert(
  node: NodeCalls,
  groupId: string,
  revision: Revision,
  present: FlowVersion,
): Promise<AsyncProgress> {
  return await start(node, '/versions/revert-requests/process-groups/{id}', groupId, revision, present);
}

/** GET /versions/update-requests/{id}, asked of the node that took it; kind `NotFound` when the node forgot it. */
export async function getVersionUpdate(node: NodeCalls, requestId: string): Promise<AsyncProgress> {
  const path = '/versions/update-requests/{id}';
  return decodeProgress(await node.request({ method: 'GET', path, params: { id: requestId } }));
}

/** DELETE /versions/update-requests/{id}; cancels one that is not complete. */
export async function deleteVersionUpdate(node: NodeCalls, requestId: string): Promise<void> {
  await node.request({ method: 'DELETE', path: '/versions/update-requests/{id}', params: { id: requestId } });
}

/** GET /versions/revert-requests/{id}; see `getVersionUpdate`. */
export async function getRevert(node: NodeCalls, requestId: string): Promise<AsyncProgress> {
  const path = '/versions/revert-requests/{id}';
  return decodeProgress(await node.request({ method: 'GET', path, params: { id: requestId } }));
}

/** DELETE /versions/revert-requests/{id}; see `deleteVersionUpdate`. */
export async function deleteRevert(node: NodeCalls, requestId: string): Promise<void> {
  await node.request({ method: 'DELETE', path: '/versions/revert-requests/{id}', params: { id: requestId } });
}

/** DELETE /versions/process-groups/{id}: the group stays as it is and belongs to no registry any more. */
export async function stopVersionControl(node: NodeCalls, groupId: string, revision: Revision): Promise<void> {
  const path = '/versions/process-groups/{id}';
  await node.request({ method: 'DELETE', path, params: { id: groupId }, query: revisionQuery(revision) });
}

async function start(
  node: NodeCalls,
  path: string,
  groupId: string,
  revision: Revision,
  flow: FlowVersion,
): Promise<AsyncProgress> {
  const { registryId, branch, bucketId, flowId, version } = flow;
  const body = {
    processGroupRevision: nextRevision(revision),
    versionControlInformation: { groupId, registryId, branch, bucketId, flowId, version },
  };
  return decodeProgress(
    await node.request({
      method: 'POST',
      path,
      params: { id: groupId },
      body,
      patienceMs: PATIENCE_MS,
      waitsFor: registryId,
    }),
  );
}
