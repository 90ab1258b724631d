// Moves a process group into another one. Source: OpenAPI of NiFi 2.11; NiFi's SnippetResource.
// Surprising: NiFi moves what a snippet names, and a snippet is made first. One that is never used is forgotten by NiFi itself, so a crash
// between the two calls leaves nothing behind. A group that connections tie to its neighbours is refused.

import { objectAt, objectIn, textIn } from '../decode.ts';
import type { NodeCalls } from '../types.ts';
import { nextRevision } from './controller.ts';
import type { ProcessGroup } from './process-groups.ts';

/** POST /snippets and PUT /snippets/{id}: afterwards the group is a child of `parentId`, with its id, queues and position. */
export async function moveProcessGroup(
  node: NodeCalls,
  group: Pick<ProcessGroup, 'id' | 'revision' | 'parentId'>,
  parentId: string,
): Promise<void> {
  const processGroups = { [group.id]: nextRevision(group.revision) };
  const made = { snippet: { parentGroupId: group.parentId, processGroups } };
  const answer = objectAt(await node.request({ method: 'POST', path: '/snippets', body: made }), 'answer');
  const id = textIn(objectIn(answer, 'snippet'), 'id');
  const body = { snippet: { id, parentGroupId: parentId } };
  await node.request({ method: 'PUT', path: '/snippets/{id}', params: { id }, body });
}
