// A dataflow of a registry and its group as it should be, for the tables of the planner's tests to change one thing in.

import { markPosition } from '../../../pkg/nifi/marker.ts';
import type { GroupInNiFi, VersionInNiFi } from './observed.ts';
import type { FlowWish, FlowWorld, Target } from './world.ts';

export const uid = '0b7c1a52-1111-4222-8333-444455556666';
export const otherUid = '9d1e0000-1111-4222-8333-444455556666';

export const wish: FlowWish = {
  owner: { kind: 'NiFiDataflow', namespace: 'data', name: 'orders', uid },
  name: 'orders',
  source: { kind: 'Registry', client: 'flows', bucket: 'b', flow: 'f', version: '2' },
  state: 'Running',
  sync: 'Always',
  updateStrategy: 'InPlace',
  skipInvalidComponents: false,
  deletionPolicy: 'DrainThenDelete',
};

const version = { registryId: 'client', bucketId: 'b', flowId: 'f', version: '2' };
export const target: Target = { parentId: 'root', contents: { kind: 'Registry', version } };
export const atVersion: VersionInNiFi = { ...version, flowName: 'Orders of the registry', state: 'UP_TO_DATE' };

export const ours: GroupInNiFi = {
  id: 'g-1',
  parentId: 'root',
  name: 'orders',
  comments: 'of the flow',
  position: markPosition({ x: 100, y: -40 }, uid),
  versionControl: atVersion,
  counts: { running: 3, stopped: 0, invalid: 0, disabled: 0 },
  flowFilesQueued: 0,
};

/** As if dragged by hand. */
export const dragged: GroupInNiFi = { ...ours, position: { x: 240.5, y: 80 } };

export function worldOf(groups: readonly GroupInNiFi[], more: Partial<FlowWorld> = {}): FlowWorld {
  return { groups, unreadable: [], others: [otherUid], settled: 'Now', ...more };
}

export function counting(counts: Partial<GroupInNiFi['counts']>, flowFilesQueued = 0): GroupInNiFi {
  return { ...ours, counts: { running: 0, stopped: 0, invalid: 0, disabled: 0, ...counts }, flowFilesQueued };
}
