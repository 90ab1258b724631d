// What the state of a task of the gateway means for the object that it works for. Pure.

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
