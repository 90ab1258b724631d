// Throws away everything that is queued in a process group and below it. For a person's explicit wish only.
// Surprising: what is held by running components is not queued and stays; so they are stopped first, and the queues read again.

import { deleteDropAll, getDropAll, startDropAll } from '../endpoints/drop-requests.ts';
import { getQueued } from '../endpoints/group-status.ts';
import type { GatewayTask, Reader } from '../types.ts';
import { flowTask } from './flow-task.ts';

export interface Drop {
  readonly groupId: string;
  /** Makes each wish a piece of work of its own. */
  readonly input: string;
  readonly reader?: Reader;
}

/** Ends without a call when nothing is queued. */
export function dropQueues(wish: Drop): GatewayTask {
  const { groupId, reader } = wish;
  return flowTask({
    name: `flow ${groupId}`,
    input: `drop ${wish.input}`,
    ...(reader && { reader }),
    async look(node) {
      const { flowFilesQueued } = await getQueued(node, groupId);
      if (flowFilesQueued === 0) {
        return undefined;
      }
      return {
        what: 'drop of all queues',
        start: (each) => startDropAll(each, groupId),
        read: (each, requestId) => getDropAll(each, groupId, requestId),
        remove: (each, requestId) => deleteDropAll(each, groupId, requestId),
      };
    },
  });
}
