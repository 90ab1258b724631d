// What the state of a task of the gateway, or a list that NiFi does not hand out, means for the object that needs it. Pure.

import type { ReadTrouble } from '../../pkg/nifi/flow-reads.ts';
import type { TaskState } from '../../pkg/nifi/types.ts';
import { stalled, type Verdict, working } from './verdict.ts';

/** `underWay` is what to say while it runs, and after it is done until NiFi's own answer shows it. */
export function verdictOfTask(state: TaskState, underWay: Verdict): Verdict {
  switch (state.state) {
    case 'running':
      return state.waitingFor === undefined
        ? underWay
        : working(underWay.reason, `${underWay.message}; it waits: ${state.waitingFor}`);
    case 'done':
      return underWay;
    case 'failed':
      return state.refused === 'InUse'
        ? stalled('InUse', `NiFi still uses it: ${state.error}`)
        : stalled('NiFiRefused', `NiFi refused: ${state.error}`);
    default:
      return state satisfies never;
  }
}

export function verdictOfTrouble({ words, isForbidden }: ReadTrouble): Verdict {
  return isForbidden
    ? working(
        'ClusterNotReady',
        `NiFi does not let the operator in yet; when that lasts, its NiFiCluster says why: ${words}`,
      )
    : stalled('NiFiRefused', words);
}
