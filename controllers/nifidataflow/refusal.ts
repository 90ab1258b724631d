// What NiFi's no to a change of a dataflow means for its object: the field that is concerned, NiFi's own words, and what mends it. Pure.

import type { TaskState } from '../../pkg/nifi/types.ts';
import { verdictOfTask } from '../nifi/task-verdict.ts';
import { stalled, type Verdict } from '../nifi/verdict.ts';

const meanings: Partial<Record<string, (words: string) => Verdict>> = {
  FlowNotFound: (words) =>
    stalled(
      'FlowNotFound',
      `spec.source.registry names what the registry does not have: ${words}. Commit it or correct the name`,
    ),
  RegistryUnavailable: (words) =>
    stalled(
      'RegistryUnavailable',
      `the registry of spec.source.registry.clientRef does not answer NiFi: ${words}. Look at it and at the NiFiRegistryClient`,
    ),
  QueueNotEmpty: (words) =>
    stalled(
      'QueuesNotEmpty',
      `NiFi takes no queue away that holds flow files: ${words}. Let them be worked off or empty them in NiFi; before other contents come, spec.updateStrategy Drain has that done`,
    ),
  LocallyModified: (words) =>
    stalled(
      'LocallyModified',
      `the flow was changed in NiFi: ${words}. Take the changes back or commit them there, or set spec.sync to Always`,
    ),
};

/** `underWay` is what to say while it runs. */
export function verdictOfFlowTask(state: TaskState, underWay: Verdict): Verdict {
  const meaning = state.state === 'failed' ? meanings[state.refused ?? ''] : undefined;
  return state.state === 'failed' && meaning !== undefined ? meaning(state.error) : verdictOfTask(state, underWay);
}
