// Flow definitions: a group taken away as a document, put in from one, and replaced by one in the background.

import { randomUUID } from 'node:crypto';
import { HttpError } from '../errors.ts';
import { groupEntity } from '../flow/group-entities.ts';
import { groupOf, mayUseGroup } from '../flow/lookup.ts';
import { begin, type Revision } from '../flow/revisions.ts';
import type { Position, ProcessGroup } from '../flow/state.ts';
import type { Answer, Call, Endpoint } from '../http/endpoint.ts';
import { withOwnContexts } from './contexts.ts';
import { checkRevision, followEndpoints, revisionOf } from './endpoints.ts';
import { exportFlow } from './export.ts';
import { updateEntity } from './request-entities.ts';
import { type FlowSnapshot, readSnapshot } from './snapshot.ts';
import { applyFlow, checkQueues, submitUpdate } from './update.ts';

interface ImportBody {
  readonly groupName?: string;
  readonly revisionDTO?: Revision;
  readonly positionDTO?: Position;
  readonly flowSnapshot?: unknown;
}

export const definitionEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/process-groups/{id}/download',
    scope: 'replicated',
    authorize: (call) => mayUseGroup(call, 'read'),
    run: (call) => ({ json: exportFlow({ state: call.state, version: call.node.version }, groupOf(call)) }),
  },
  {
    method: 'POST',
    path: '/process-groups/{id}/process-groups/upload',
    scope: 'replicated',
    check: (call) => {
      const { groupName, positionX, positionY, clientId } = formOf(call);
      if (isBlank(groupName)) throw new HttpError(400, 'The process group name is required.');
      if (isBlank(positionX)) throw new HttpError(400, 'The x coordinate of the proposed position must be specified.');
      if (isBlank(positionY)) throw new HttpError(400, 'The y coordinate of the proposed position must be specified.');
      if (isBlank(clientId)) throw new HttpError(400, 'The client id must be specified');
      uploaded(call);
    },
    authorize: (call) => mayUseGroup(call, 'write'),
    verify: (call) => void groupOf(call),
    run: (call) => {
      const { groupName = '', positionX, positionY, clientId = '' } = formOf(call);
      const position = { x: Number(positionX), y: Number(positionY) };
      return insert(call, { name: groupName, position, revision: { version: 0, clientId }, snapshot: uploaded(call) });
    },
  },
  {
    method: 'POST',
    path: '/process-groups/{id}/process-groups/import',
    scope: 'replicated',
    check: (call) => {
      const { groupName, flowSnapshot, positionDTO, revisionDTO } = call.body as ImportBody;
      if (isBlank(groupName)) throw new HttpError(400, 'Process group name is required.');
      if (!positionDTO) throw new HttpError(400, 'Process group position is required.');
      if (!revisionDTO) throw new HttpError(400, 'Process group revision is required.');
      if (!readSnapshot(flowSnapshot)) throw new HttpError(400, 'Versioned flow snapshot is required.');
    },
    authorize: (call) => mayUseGroup(call, 'write'),
    verify: (call) => void groupOf(call),
    run: (call) => {
      const { groupName = '', flowSnapshot, positionDTO = { x: 0, y: 0 }, revisionDTO = {} } = call.body as ImportBody;
      const snapshot = readSnapshot(flowSnapshot) ?? { flowContents: {} };
      return insert(call, { name: groupName, position: positionDTO, revision: revisionDTO, snapshot });
    },
  },
  {
    method: 'POST',
    path: '/process-groups/{id}/replace-requests',
    scope: 'local',
    check: (call) => {
      revisionOf(call);
      if (!replacement(call)) throw new HttpError(400, 'Versioned Flow Snapshot must be supplied.');
    },
    authorize: (call) => mayUseGroup(call, 'write'),
    run: replace,
  },
  ...followEndpoints('replace-requests', '/process-groups/replace-requests'),
];

interface Insertion {
  readonly name: string;
  readonly position: Position;
  readonly revision: Revision;
  readonly snapshot: FlowSnapshot;
}

/** A new group, filled from a document: made at revision 1, filled at revision 2. It keeps the name and the place it was given. */
function insert(call: Call, { name, position, revision, snapshot }: Insertion): Answer {
  const group: ProcessGroup = { id: randomUUID(), parentId: groupOf(call).id, name, comments: '', position };
  call.state.groups.set(group.id, group);
  begin(call.state.revisions, group.id, revision);
  const own = call.query.get('parameterContextHandlingStrategy') === 'REPLACE';
  applyFlow(call.state, group, {
    snapshot: own ? withOwnContexts(call.state, snapshot) : snapshot,
    settings: 'none',
    revision,
    control: undefined,
  });
  return { status: 201, json: groupEntity(call, group, 'created'), location: call.uri(`/process-groups/${group.id}`) };
}

function replace(call: Call): Answer {
  const group = groupOf(call);
  const snapshot = replacement(call) ?? { flowContents: {} };
  checkRevision(call, group.id, revisionOf(call));
  if (group.versionControl) {
    throw new HttpError(
      409,
      `Cannot replace the flow of Process Group ${group.id} because it is under Version Control.`,
    );
  }
  checkQueues(call.node, group, snapshot);
  const request = submitUpdate(call, {
    kind: 'replace-requests',
    fault: 'replace',
    group,
    snapshot,
    settings: 'name and position',
    revision: revisionOf(call),
    control: undefined,
  });
  return { json: updateEntity(call, request, `/process-groups/replace-requests/${request.id}`) };
}

function replacement(call: Call): FlowSnapshot | undefined {
  return readSnapshot((call.body as { readonly versionedFlowSnapshot?: unknown } | undefined)?.versionedFlowSnapshot);
}

function formOf(call: Call): Readonly<Record<string, string | undefined>> {
  return (call.body ?? {}) as Readonly<Record<string, string | undefined>>;
}

/** Recorded: what is no JSON, or no flow, is NiFi's general 500. */
function uploaded(call: Call): FlowSnapshot {
  try {
    const snapshot = readSnapshot(JSON.parse(formOf(call)['file'] ?? '') as unknown);
    if (snapshot) return snapshot;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new HttpError(500, 'An unexpected error has occurred. Please check the logs for additional details.');
}

function isBlank(value: string | undefined): boolean {
  return value === undefined || value.trim() === '';
}
