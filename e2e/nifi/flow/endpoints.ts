// Process groups: made, read, changed, started, moved and removed. A group goes only when nothing in it runs, nothing is queued and no
// service is enabled. One that is made from a registry gets the flow's name and comments, whatever the request says (recorded).

import { randomUUID } from 'node:crypto';
import type { Load } from '../cluster/coordination.ts';
import { clusterLoad, connectionLoad } from '../cluster/load.ts';
import { HttpError } from '../errors.ts';
import type { Answer, Call, Endpoint } from '../http/endpoint.ts';
import { withOwnContexts } from '../versions/contexts.ts';
import { type Coordinates, checkCoordinates, type FetchedVersion, fetchVersion } from '../versions/fetch.ts';
import { removeTree } from '../versions/remove.ts';
import { syncWhenDue } from '../versions/sync.ts';
import { applyFlow } from '../versions/update.ts';
import { flowEntity, groupEntity, groupStatusEntity } from './group-entities.ts';
import { checkRebinding, checkRemovable } from './group-rules.ts';
import { componentBody, groupIdOf, groupOf, mayUseGroup, mayView } from './lookup.ts';
import { advance, begin, bodyRevision, checkCreation, queryRevision, verifyRevision } from './revisions.ts';
import { scheduleGroup, schedulingOf } from './scheduling.ts';
import { childrenOf, connectionsBelow, type Position, type ProcessGroup, type Scheduled } from './state.ts';

interface GroupBody {
  readonly id: string;
  readonly name: string;
  readonly comments: string;
  readonly position: Position;
  /** An id of null takes the context away. */
  readonly parameterContext: { readonly id?: string | null };
  readonly versionControlInformation: Coordinates;
}

export const groupEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/flow/process-groups/{id}',
    scope: 'replicated',
    authorize: mayView,
    run: (call) => {
      syncWhenDue(call);
      return { json: flowEntity(call, groupOf(call)) };
    },
  },
  {
    method: 'PUT',
    path: '/flow/process-groups/{id}',
    scope: 'replicated',
    check: checkSchedule,
    authorize: (call) => mayUseGroup(call, 'write'),
    verify: (call) => void groupOf(call),
    run: (call) => {
      const wanted = wantedState(call);
      scheduleGroup(schedulingOf(call), groupOf(call).id, wanted);
      // Recorded: ENABLED is answered as the state that it leads to.
      return { json: { id: groupOf(call).id, state: wanted === 'ENABLED' ? 'STOPPED' : wanted } };
    },
  },
  {
    method: 'GET',
    path: '/process-groups/{id}/process-groups',
    scope: 'replicated',
    authorize: (call) => mayUseGroup(call, 'read'),
    run: (call) => {
      syncWhenDue(call);
      const children = childrenOf(call.state, groupOf(call).id);
      return { json: { processGroups: children.map((child) => groupEntity(call, child, 'read')) } };
    },
  },
  {
    method: 'GET',
    path: '/flow/process-groups/{id}/status',
    scope: 'replicated',
    authorize: mayView,
    run: (call) => {
      const group = groupOf(call);
      return { json: groupStatusEntity(call, group, loadOf(call, group)) };
    },
  },
  {
    method: 'GET',
    path: '/process-groups/{id}',
    scope: 'replicated',
    authorize: (call) => mayUseGroup(call, 'read'),
    run: (call) => ({ json: groupEntity(call, groupOf(call), 'read') }),
  },
  {
    method: 'POST',
    path: '/process-groups/{id}/process-groups',
    scope: 'replicated',
    check: checkNew,
    authorize: (call) => mayUseGroup(call, 'write'),
    prepare: async (call) => {
      const coordinates = componentBody<GroupBody>(call).versionControlInformation;
      return coordinates && fetchVersion(call, coordinates);
    },
    verify: (call) => void groupOf(call),
    run: create,
  },
  {
    method: 'PUT',
    path: '/process-groups/{id}',
    scope: 'replicated',
    check: checkChange,
    authorize: (call) => mayUseGroup(call, 'write'),
    verify: (call) => {
      verifyRevision(call.state.revisions, groupOf(call).id, bodyRevision(call.body));
      checkRebinding(call.state, groupOf(call), componentBody<GroupBody>(call).parameterContext);
    },
    run: (call) => {
      const group = groupOf(call);
      const { name, comments, position, parameterContext } = componentBody<GroupBody>(call);
      if (parameterContext) group.parameterContextId = parameterContext.id ?? undefined;
      group.name = name ?? group.name;
      group.comments = comments ?? group.comments;
      group.position = position ?? group.position;
      advance(call.state.revisions, group.id, bodyRevision(call.body));
      return { json: groupEntity(call, group, 'written') };
    },
  },
  {
    method: 'DELETE',
    path: '/process-groups/{id}',
    scope: 'replicated',
    deletesComponent: true,
    check: (call) => void queryRevision(call.query),
    authorize: (call) => mayUseGroup(call, 'write'),
    verify: (call) => {
      verifyRevision(call.state.revisions, groupOf(call).id, queryRevision(call.query));
      checkRemovable(call, groupOf(call));
    },
    run: (call) => {
      const group = groupOf(call);
      const entity = groupEntity(call, group, 'gone');
      removeTree(call.state, group);
      return { json: entity };
    },
  },
];

function create(call: Call): Answer {
  const { name = '', comments = '', position = { x: 0, y: 0 }, parameterContext } = componentBody<GroupBody>(call);
  const group: ProcessGroup = { id: randomUUID(), parentId: groupOf(call).id, name, comments, position };
  group.parameterContextId = parameterContext?.id ?? undefined;
  call.state.groups.set(group.id, group);
  begin(call.state.revisions, group.id, bodyRevision(call.body));
  const fetched = call.prepared as FetchedVersion | undefined;
  if (fetched) fill(call, group, fetched);
  return { status: 201, json: groupEntity(call, group, 'created'), location: call.uri(`/process-groups/${group.id}`) };
}

/** From a registry: the flow's name and comments, but the place that was asked for (updateSettings with the position taken out). */
function fill(call: Call, group: ProcessGroup, { snapshot, control }: FetchedVersion): void {
  const own = call.query.get('parameterContextHandlingStrategy') === 'REPLACE';
  applyFlow(call.state, group, {
    snapshot: own ? withOwnContexts(call.state, snapshot) : snapshot,
    settings: 'name',
    revision: bodyRevision(call.body),
    control,
  });
}

/** The root group shows all that is queued, also where a test put it into no connection of the flow. */
function loadOf(call: Call, group: ProcessGroup): Load {
  if (group.parentId === undefined) return clusterLoad(call.node);
  return connectionLoad(call.node, connectionsBelow(call.state, group.id));
}

function checkNew(call: Call): void {
  if ((call.body as { readonly component?: unknown } | undefined)?.component === undefined) {
    throw new HttpError(400, 'Process group details must be specified.');
  }
  checkCreation(call.body, 'Process group');
  const { name, versionControlInformation } = componentBody<GroupBody>(call);
  if (versionControlInformation) checkCoordinates(versionControlInformation);
  else if (name === undefined || name.trim() === '') {
    throw new HttpError(400, 'The group name is required when the group is not imported from version control.');
  }
}

function checkChange(call: Call): void {
  bodyRevision(call.body);
  const given = componentBody<GroupBody>(call).id;
  if (given !== groupIdOf(call)) {
    throw new HttpError(
      400,
      `The process group id (${given ?? 'null'}) in the request body does not equal the process group id of the requested resource (${groupIdOf(call)}).`,
    );
  }
}

function checkSchedule(call: Call): void {
  const given = (call.body as { readonly id?: string } | undefined)?.id;
  if (given !== groupIdOf(call)) {
    throw new HttpError(
      400,
      `The process group id (${given ?? 'null'}) in the request body does not equal the process group id of the requested resource (${groupIdOf(call)}).`,
    );
  }
  wantedState(call);
}

function wantedState(call: Call): Scheduled | 'ENABLED' {
  const state = (call.body as { readonly state?: string } | undefined)?.state ?? '';
  if (state === 'RUNNING' || state === 'STOPPED' || state === 'ENABLED' || state === 'DISABLED') return state;
  // Recorded: NiFi shows the stream itself where it meant the states in it.
  throw new HttpError(400, 'The scheduled must be one of [java.util.stream.ReferencePipeline$Head@0, ].');
}
