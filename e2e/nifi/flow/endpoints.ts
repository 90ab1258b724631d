// Process groups, as far as a cluster without processors needs them: the root, and groups below it that hold nothing.

import { randomUUID } from 'node:crypto';
import { clusterLoad } from '../cluster/load.ts';
import { HttpError } from '../errors.ts';
import type { Call, Endpoint } from '../http/endpoint.ts';
import { authorize } from '../tenants/authorize.ts';
import { flowEntity, groupEntity, groupStatusEntity } from './group-entities.ts';
import { advance, begin, bodyRevision, checkCreation, queryRevision, verifyRevision } from './revisions.ts';
import { childrenOf, type ProcessGroup } from './state.ts';

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
      const load = group.parentId === undefined ? clusterLoad(call.node) : { flowFilesQueued: 0, bytesQueued: 0 };
      return { json: groupStatusEntity(call, group, load) };
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
    verify: (call) => verifyRevision(call.state.revisions, groupOf(call).id, queryRevision(call.query)),
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
  for (const child of childrenOf(call.state, group.id)) removeTree(call, child);
  call.state.groups.delete(group.id);
  call.state.revisions.delete(group.id);
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
