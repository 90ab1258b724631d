// Replaces the contents of a process group by a flow definition: components that stay keep their queues, the others must be empty.
// Whether it is needed is read off the group by the caller, who writes a mark of the definition into its comments: NiFi takes name,
// position and comments from the definition together with the contents, so the mark is there exactly when they are.

import { deleteReplace, type FlowDefinition, getReplace, startReplace } from '../endpoints/definitions.ts';
import { getProcessGroup, type ProcessGroup } from '../endpoints/process-groups.ts';
import type { GatewayTask, Reader } from '../types.ts';
import { flowTask } from './flow-task.ts';

export interface Replacement {
  readonly groupId: string;
  readonly definition: FlowDefinition;
  /** Stands for the definition, e.g. its hash. */
  readonly input: string;
  readonly reader?: Reader;
  /** Whether the group holds that definition already. */
  done(group: ProcessGroup): boolean;
}

export function replaceContents(wish: Replacement): GatewayTask {
  const { groupId, definition, reader } = wish;
  return flowTask({
    name: `flow ${groupId}`,
    input: `replace ${wish.input}`,
    ...(reader && { reader }),
    async look(node) {
      const group = await getProcessGroup(node, groupId);
      if (wish.done(group)) {
        return undefined;
      }
      return {
        what: 'replacement',
        start: (each) => startReplace(each, groupId, group.revision, definition),
        read: getReplace,
        remove: deleteReplace,
      };
    },
  });
}
