// /versions: what a group follows, committing it, and changing or reverting its version in the background.
// Update and revert requests belong to the node that was asked: another one answers 404 for them.

import { randomUUID } from 'node:crypto';
import { HttpError } from '../errors.ts';
import type { RequestKind } from '../flow/async-requests.ts';
import { groupOf, mayUseGroup } from '../flow/lookup.ts';
import { advance, queryRevision, type Revision, revisionEntity, verifyRevision } from '../flow/revisions.ts';
import type { ProcessGroup, VersionControl } from '../flow/state.ts';
import type { Json } from '../format.ts';
import type { Answer, Call, Endpoint } from '../http/endpoint.ts';
import { type CommitBody, commit, keepIdentifiers } from './commit.ts';
import { localChanges } from './differences.ts';
import { type Coordinates, checkCoordinates, type FetchedVersion, fetchVersion } from './fetch.ts';
import { updateEntity } from './request-entities.ts';
import { versionInformation } from './state.ts';
import { syncWhenDue } from './sync.ts';
import { checkQueues, checkUnchanged, groupLabel, submitUpdate } from './update.ts';

interface VersionsBody {
  readonly processGroupRevision?: Revision;
  readonly versionControlInformation?: Coordinates;
  readonly versionedFlow?: CommitBody;
}

export const versionEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/versions/process-groups/{id}',
    scope: 'replicated',
    authorize: (call) => mayUseGroup(call, 'read'),
    run: (call) => {
      syncWhenDue(call);
      return { json: informationEntity(call, groupOf(call)) };
    },
  },
  {
    method: 'POST',
    path: '/versions/process-groups/{id}',
    scope: 'replicated',
    check: (call) => void revisionOf(call),
    authorize: (call) => mayUseGroup(call, 'write'),
    prepare: (call) => {
      const group = groupOf(call);
      verifyRevision(call.state.revisions, group.id, revisionOf(call));
      return commit(call, group, bodyOf(call).versionedFlow ?? {});
    },
    run: (call) => {
      const group = groupOf(call);
      keepIdentifiers(call.state, group);
      group.versionControl = call.prepared as VersionControl;
      advance(call.state.revisions, group.id, revisionOf(call));
      return { json: informationEntity(call, group) };
    },
  },
  {
    method: 'DELETE',
    path: '/versions/process-groups/{id}',
    scope: 'replicated',
    check: (call) => void queryRevision(call.query),
    authorize: (call) => mayUseGroup(call, 'write'),
    verify: (call) => {
      const group = groupOf(call);
      verifyRevision(call.state.revisions, group.id, queryRevision(call.query));
      if (group.versionControl) return;
      throw new HttpError(409, `Process Group with ID ${group.id} is not currently under Version Control`);
    },
    run: (call) => {
      const group = groupOf(call);
      group.versionControl = undefined;
      advance(call.state.revisions, group.id, queryRevision(call.query));
      return { json: { processGroupRevision: revisionEntity(call.state.revisions, group.id, call.user.identity) } };
    },
  },
  {
    method: 'GET',
    path: '/process-groups/{id}/local-modifications',
    scope: 'replicated',
    authorize: (call) => mayUseGroup(call, 'read'),
    run: (call) => {
      const group = groupOf(call);
      const { versionControl } = group;
      if (!versionControl) {
        throw new HttpError(409, `Process Group with ID ${group.id} is not under Version Control`);
      }
      return { json: { componentDifferences: localChanges(call.state, group, versionControl.contents) } };
    },
  },
  {
    method: 'POST',
    path: '/versions/active-requests',
    scope: 'local',
    authorize: (call) => mayUseGroup({ ...call, params: { id: requestedGroup(call) } }, 'write'),
    run: () => ({ text: randomUUID() }),
  },
  ...requestEndpoints('update-requests', (call, fetched) => {
    const group = groupOf(call);
    const { versionControl } = group;
    if (!versionControl) throw new HttpError(409, `Process Group with ID ${group.id} is not under Version Control`);
    if (versionControl.flowId !== fetched.control.flowId) {
      throw new HttpError(
        409,
        `${groupLabel(group)} is under version control but the given flow does not match the flow that this Process Group is synchronized with. Currently synced to flow with ID ${versionControl.flowId} but proposed flow's metadata shows flow identifier as ${fetched.control.flowId}`,
      );
    }
    checkUnchanged(call.state, group);
  }),
  ...requestEndpoints('revert-requests', (call, fetched) => {
    const group = groupOf(call);
    const { versionControl } = group;
    if (!versionControl) throw new HttpError(409, `Process Group with ID ${group.id} is not under Version Control`);
    if (versionControl.version === fetched.control.version && versionControl.flowId === fetched.control.flowId) return;
    throw new HttpError(
      409,
      `Cannot revert ${groupLabel(group)} because the Version Control Information provided does not match the current one.`,
    );
  }),
];

function requestEndpoints(
  kind: 'update-requests' | 'revert-requests',
  verify: (call: Call, fetched: FetchedVersion) => void,
): readonly Endpoint[] {
  return [
    {
      method: 'POST',
      path: `/versions/${kind}/process-groups/{id}`,
      scope: 'local',
      check: (call) => {
        revisionOf(call);
        checkCoordinates(coordinatesOf(call));
      },
      authorize: (call) => mayUseGroup(call, 'write'),
      prepare: (call) => fetchVersion(call, coordinatesOf(call)),
      run: (call) => begin(call, kind, verify),
    },
    ...followEndpoints(kind, `/versions/${kind}`),
  ];
}

/** Reading and deleting requests of a kind below this path. */
export function followEndpoints(kind: RequestKind, path: string): readonly Endpoint[] {
  const show = (call: Call, take: 'get' | 'remove'): Answer => {
    const request = call.node.flows.requests[take](kind, call.params['request'] ?? '', call.user.identity);
    return { json: updateEntity(call, request, `${path}/${request.id}`) };
  };
  return [
    { method: 'GET', path: `${path}/{request}`, scope: 'local', run: (call) => show(call, 'get') },
    { method: 'DELETE', path: `${path}/{request}`, scope: 'local', run: (call) => show(call, 'remove') },
  ];
}

function begin(
  call: Call,
  kind: 'update-requests' | 'revert-requests',
  verify: (call: Call, fetched: FetchedVersion) => void,
): Answer {
  const group = groupOf(call);
  const fetched = call.prepared as FetchedVersion;
  checkRevision(call, group.id, revisionOf(call));
  verify(call, fetched);
  checkQueues(call.node, group, fetched.snapshot);
  const request = submitUpdate(call, {
    kind,
    fault: 'version',
    group,
    snapshot: fetched.snapshot,
    settings: 'none',
    revision: revisionOf(call),
    control: fetched.control,
  });
  return { json: updateEntity(call, request, `/versions/${kind}/${request.id}`) };
}

/** Recorded: of a background request a wrong revision is 400, not 409. */
export function checkRevision(call: Call, id: string, revision: Revision): void {
  try {
    verifyRevision(call.state.revisions, id, revision);
  } catch (error) {
    throw new HttpError(400, error instanceof Error ? error.message : String(error));
  }
}

function informationEntity(call: Call, group: ProcessGroup): Json {
  const { versionControl } = group;
  return {
    processGroupRevision: revisionEntity(call.state.revisions, group.id),
    ...(versionControl ? { versionControlInformation: versionInformation(call.state, group, versionControl) } : {}),
  };
}

function bodyOf(call: Call): VersionsBody {
  return (call.body as VersionsBody | undefined) ?? {};
}

function coordinatesOf(call: Call): Coordinates {
  return bodyOf(call).versionControlInformation ?? {};
}

export function revisionOf(call: Call): Revision {
  const revision = bodyOf(call).processGroupRevision;
  if (!revision) throw new HttpError(400, 'Process Group Revision must be specified.');
  return revision;
}

function requestedGroup(call: Call): string {
  const id = (call.body as { readonly processGroupId?: string } | undefined)?.processGroupId;
  if (id === undefined) throw new HttpError(400, 'The id of the process group that will be updated must be specified.');
  return id;
}
