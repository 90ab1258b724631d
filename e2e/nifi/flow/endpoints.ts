// Process groups: the root and those below it. What is in them is put there by tests, not through the API.

import { randomUUID } from 'node:crypto';
import type { Load } from '../cluster/coordination.ts';
import { clusterLoad, connectionLoad } from '../cluster/load.ts';
import { HttpError } from '../errors.ts';
import type { Call, Endpoint } from '../http/endpoint.ts';
import { authorize } from '../tenants/authorize.ts';
import { flowEntity, groupEntity, groupStatusEntity } from './group-entities.ts';
import { advance, begin, bodyRevision, checkCreation, queryRevision, verifyRevision } from './revisions.ts';
import { childrenOf, connectionsBelow, inGroup, type ProcessGroup } from './state.ts';

interface GroupBody {
  readonly component?: {
    readonly id?: string;
    readonly name?: string;
    readonly comments?: string;
    readonly position?: { readonly x: number; readonly y: number };
  };
}

export const groupEndpoints: readonly Endpoint[] = [
  {
    method: 'GET',
    path: '/flow/process-groups/{id}',
    scope: 'replicated',
    authorize: mayView,
    run: (call) => ({ json: flowEntity(call, groupOf(call)) }),
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
    authorize: (call) => mayUse(call, 'read'),
    run: (call) => ({ json: groupEntity(call, groupOf(call), 'read') }),
  },
  {
    method: 'POST',
    path: '/process-groups/{id}/process-groups',
    scope: 'replicated',
    check: checkNew,
    authorize: (call) => mayUse(call, 'write'),
    verify: (call) => void groupOf(call),
    run: create,
  },
  {
    method: 'PUT',
    path: '/process-groups/{id}',
    scope: 'replicated',
    check: checkChange,
    authorize: (call) => mayUse(call, 'write'),
    verify: (call) => verifyRevision(call.state.revisions, groupOf(call).id, bodyRevision(call.body)),
    run: (call) => {
      const group = groupOf(call);
      const { name, comments, position } = component(call);
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
    authorize: (call) => mayUse(call, 'write'),
    verify: (call) => {
      verifyRevision(call.state.revisions, groupOf(call).id, queryRevision(call.query));
      checkEmpty(call, groupOf(call));
    },
    run: (call) => {
      const group = groupOf(call);
      const entity = groupEntity(call, group, 'gone');
      removeTree(call, group);
      return { json: entity };
    },
  },
];

function create(call: Call) {
  const { name = '', comments = '', position = { x: 0, y: 0 } } = component(call);
  const group: ProcessGroup = { id: randomUUID(), parentId: groupOf(call).id, name, comments, position };
  call.state.groups.set(group.id, group);
  begin(call.state.revisions, group.id, bodyRevision(call.body));
  return { status: 201, json: groupEntity(call, group, 'created'), location: call.uri(`/process-groups/${group.id}`) };
}

function removeTree(call: Call, group: ProcessGroup): void {
  const { components, connections } = call.state;
  for (const child of childrenOf(call.state, group.id)) removeTree(call, child);
  for (const { id } of inGroup(components, group.id)) components.delete(id);
  for (const { id } of inGroup(connections, group.id)) connections.delete(id);
  call.state.groups.delete(group.id);
  call.state.revisions.delete(group.id);
}

/** A group whose queues hold something stays. */
function checkEmpty(call: Call, group: ProcessGroup): void {
  const full = connectionsBelow(call.state, group.id).find((id) => connectionLoad(call.node, [id]).flowFilesQueued > 0);
  if (full !== undefined) throw new HttpError(409, `Queue not empty for ${full}`);
}

/** The root group shows all that is queued, also where a test put it into no connection of the flow. */
function loadOf(call: Call, group: ProcessGroup): Load {
  if (group.parentId === undefined) return clusterLoad(call.node);
  return connectionLoad(call.node, connectionsBelow(call.state, group.id));
}

function component(call: Call): NonNullable<GroupBody['component']> {
  return (call.body as GroupBody | undefined)?.component ?? {};
}

function groupOf(call: Call): ProcessGroup {
  const id = idOf(call);
  const group = call.state.groups.get(id);
  if (!group) throw new HttpError(404, `Unable to locate group with id '${id}'.`);
  return group;
}

/** `root` stands for the root group wherever an id does. */
function idOf(call: Call): string {
  const id = call.params['id'] ?? '';
  return id === 'root' ? call.state.rootGroupId : id;
}

function checkNew(call: Call): void {
  if ((call.body as GroupBody | undefined)?.component === undefined) {
    throw new HttpError(400, 'Process group details must be specified.');
  }
  checkCreation(call.body, 'Process group');
}

function checkChange(call: Call): void {
  bodyRevision(call.body);
  const given = component(call).id;
  if (given !== idOf(call)) {
    throw new HttpError(
      400,
      `The process group id (${given ?? 'null'}) in the request body does not equal the process group id of the requested resource (${idOf(call)}).`,
    );
  }
}

function mayView(call: Call): void {
  authorize(call.node.rules, call.state, call.user, '/flow', 'read');
}

/** A group that does not exist has no policies: whether it exists is found out later, by `verify` and `run`. */
function mayUse(call: Call, action: 'read' | 'write'): void {
  if (!call.state.groups.has(idOf(call))) return;
  authorize(call.node.rules, call.state, call.user, `/process-groups/${idOf(call)}`, action);
}
