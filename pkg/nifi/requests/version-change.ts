// Brings a process group to a version of its flow, or takes local changes back, by NiFi's own requests: queues are kept, what runs is
// stopped only where it changes, and when it fails NiFi brings the version before back.
// Surprising: a registry client of another id is a change too, in place: NiFi compares flow ids, not clients
// (StandardProcessGroup.verifyCanUpdate). A group with local changes is refused (`LocallyModified`) until they are taken back.

import { type FlowVersion, isModified, type VersionControl } from '../endpoints/version-control.ts';
import {
  deleteRevert,
  deleteVersionUpdate,
  getRevert,
  getVersionInfo,
  getVersionUpdate,
  startRevert,
  startVersionUpdate,
} from '../endpoints/versions.ts';
import { TaskRefused } from '../tasks/waiting.ts';
import type { GatewayTask, Reader } from '../types.ts';
import { flowTask } from './flow-task.ts';

export interface VersionChange {
  readonly groupId: string;
  /** The branch is compared only when it is given. */
  readonly to: FlowVersion;
  readonly reader?: Reader;
}

/** Ends without a call when the group is at that version already. Refused (`NotVersioned`) when it belongs to no registry. */
export function changeVersion(wish: VersionChange): GatewayTask {
  const { groupId, to, reader } = wish;
  const { registryId, branch, bucketId, flowId, version } = to;
  return flowTask({
    name: `flow ${groupId}`,
    input: `version ${JSON.stringify([registryId, branch, bucketId, flowId, version])}`,
    ...(reader && { reader }),
    async look(node) {
      const { revision, versionControl } = await getVersionInfo(node, groupId);
      if (versionControl === undefined) {
        throw new TaskRefused(`Process group ${groupId} is not under version control`, 'NotVersioned');
      }
      if (isAt(versionControl, to)) {
        return undefined;
      }
      return {
        what: 'version update',
        start: (each) => startVersionUpdate(each, groupId, revision, to),
        read: getVersionUpdate,
        remove: deleteVersionUpdate,
      };
    },
  });
}

export interface Revert {
  readonly groupId: string;
  /** Makes each discovery of local changes a piece of work of its own. */
  readonly input: string;
  readonly reader?: Reader;
}

/** Ends without a call when nobody changed the group. */
export function revertChanges(wish: Revert): GatewayTask {
  const { groupId, reader } = wish;
  return flowTask({
    name: `flow ${groupId}`,
    input: `revert ${wish.input}`,
    ...(reader && { reader }),
    async look(node) {
      const { revision, versionControl } = await getVersionInfo(node, groupId);
      if (versionControl === undefined || !isModified(versionControl)) {
        return undefined;
      }
      return {
        what: 'revert',
        start: (each) => startRevert(each, groupId, revision, versionControl),
        read: getRevert,
        remove: deleteRevert,
      };
    },
  });
}

function isAt(control: VersionControl, to: FlowVersion): boolean {
  const sameFlow = control.bucketId === to.bucketId && control.flowId === to.flowId;
  const sameBranch = to.branch === undefined || control.branch === to.branch;
  return sameFlow && sameBranch && control.registryId === to.registryId && control.version === to.version;
}
