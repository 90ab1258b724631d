// How many components of a group and of the groups below it run, stand, are not valid or disabled; and how its versioned groups are.

import type { Json } from '../format.ts';
import type { Call } from '../http/endpoint.ts';
import { versionStateOf } from '../versions/state.ts';
import { isValid, schedulingOf } from './scheduling.ts';
import { below, type ComponentKind, groupsBelow, inGroup, type ProcessGroup } from './state.ts';

export const noCounts = {
  runningCount: 0,
  stoppedCount: 0,
  invalidCount: 0,
  disabledCount: 0,
  activeRemotePortCount: 0,
  inactiveRemotePortCount: 0,
  upToDateCount: 0,
  locallyModifiedCount: 0,
  staleCount: 0,
  locallyModifiedAndStaleCount: 0,
  syncFailureCount: 0,
};

export type Counts = typeof noCounts;

/** Funnels always run and are counted nowhere (StandardProcessGroup.getCounts). */
export function groupCounts(call: Call, group: ProcessGroup): Counts {
  const counts = { ...noCounts };
  for (const component of below(call.state, call.state.components, group.id)) {
    if (component.kind === 'FUNNEL') continue;
    const running = component.scheduled === 'RUNNING' && call.node.runsComponents;
    if (component.scheduled === 'DISABLED') counts.disabledCount += 1;
    else if (running) counts.runningCount += 1;
    else if (isValid(schedulingOf(call), component)) counts.stoppedCount += 1;
    else counts.invalidCount += 1;
  }
  const [, ...groups] = groupsBelow(call.state, group.id);
  for (const child of groups) {
    if (child.versionControl) counts[countedAs[versionStateOf(call.state, child, child.versionControl)]] += 1;
  }
  return counts;
}

export function portCounts(call: Call, group: ProcessGroup): Json {
  const count = (kind: ComponentKind): number =>
    inGroup(call.state.components, group.id).filter((component) => component.kind === kind).length;
  const [inputs, outputs] = [count('INPUT_PORT'), count('OUTPUT_PORT')];
  return {
    localInputPortCount: inputs,
    localOutputPortCount: outputs,
    publicInputPortCount: 0,
    publicOutputPortCount: 0,
    inputPortCount: inputs,
    outputPortCount: outputs,
  };
}

const countedAs = {
  UP_TO_DATE: 'upToDateCount',
  LOCALLY_MODIFIED: 'locallyModifiedCount',
  STALE: 'staleCount',
  LOCALLY_MODIFIED_AND_STALE: 'locallyModifiedAndStaleCount',
  SYNC_FAILURE: 'syncFailureCount',
} as const;
