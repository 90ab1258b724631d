// Snippets: how a group is moved into another one. NiFi moves only what is named in a snippet, under the revisions in it, and only
// what no connection ties to where it is.

import { randomUUID } from 'node:crypto';
import { HttpError } from '../errors.ts';
import type { Answer, Call, Endpoint } from '../http/endpoint.ts';
import { authorize } from '../tenants/authorize.ts';
import { advance, type Revision, verifyRevision } from './revisions.ts';
import { below, groupsBelow } from './state.ts';

interface SnippetBody {
  readonly snippet?: {
    readonly id?: string;
    readonly parentGroupId?: string;
    readonly processGroups?: Readonly<Record<string, Revision>>;
  };
}

export const snippetEndpoints: readonly Endpoint[] = [
  {
    method: 'POST',
    path: '/snippets',
    scope: 'replicated',
    check: (call) => void parentOf(call),
    authorize: (call) => authorize(call.node.rules, call.state, call.user, `/process-groups/${parentOf(call)}`, 'read'),
    verify: (call) => {
      for (const [id, revision] of Object.entries(bodyOf(call).processGroups ?? {})) {
        if (!call.state.groups.has(id)) throw new HttpError(404, `Unable to locate group with id '${id}'.`);
        verifyRevision(call.state.revisions, id, revision);
      }
    },
    run: (call) => {
      const id = randomUUID();
      const snippet = { id, parentGroupId: parentOf(call), processGroups: bodyOf(call).processGroups ?? {} };
      call.state.snippets.set(id, snippet);
      return { status: 201, json: { snippet }, location: call.uri(`/snippets/${id}`) };
    },
  },
  {
    method: 'PUT',
    path: '/snippets/{id}',
    scope: 'replicated',
    check: (call) => void parentOf(call),
    authorize: (call) =>
      authorize(call.node.rules, call.state, call.user, `/process-groups/${parentOf(call)}`, 'write'),
    verify: checkMove,
    run: move,
  },
];

function move(call: Call): Answer {
  const snippet = snippetOf(call);
  for (const [id, revision] of Object.entries(snippet.processGroups)) {
    const group = call.state.groups.get(id);
    if (group) group.parentId = parentOf(call);
    advance(call.state.revisions, id, revision);
  }
  call.state.snippets.delete(snippet.id);
  return { json: { snippet: { ...snippet, parentGroupId: parentOf(call) } } };
}

function checkMove(call: Call): void {
  const target = parentOf(call);
  if (!call.state.groups.has(target)) throw new HttpError(404, `Unable to locate group with id '${target}'.`);
  for (const [id, revision] of Object.entries(snippetOf(call).processGroups)) {
    verifyRevision(call.state.revisions, id, revision);
    if (groupsBelow(call.state, id).some((group) => group.id === target)) {
      throw new HttpError(409, 'A Process Group cannot be moved into itself.');
    }
    const inside = new Set(below(call.state, call.state.components, id).map((component) => component.id));
    const tied = [...call.state.connections.values()].some(
      ({ sourceId, destinationId }) => inside.has(sourceId) !== inside.has(destinationId),
    );
    if (!tied) continue;
    throw new HttpError(
      409,
      'One or more components within the snippet is connected to a component outside of the snippet. Only a disconnected snippet may be moved.',
    );
  }
}

function snippetOf(call: Call) {
  const id = call.params['id'] ?? '';
  const snippet = call.state.snippets.get(id);
  if (!snippet) throw new HttpError(404, `Unable to find snippet with id '${id}'.`);
  return snippet;
}

function bodyOf(call: Call): NonNullable<SnippetBody['snippet']> {
  return (call.body as SnippetBody | undefined)?.snippet ?? {};
}

function parentOf(call: Call): string {
  const id = bodyOf(call).parentGroupId;
  if (id === undefined) throw new HttpError(400, 'The parent Process Group of the snippet must be specified.');
  return id;
}
