// How a versioned group stands to its registry, from what the node knows: whether there are local changes, whether a newer version was
// seen at the last look, and whether that look failed. A failed look outweighs everything (StandardProcessGroup.getStatus).

import type { ClusterState, ProcessGroup, VersionControl } from '../flow/state.ts';
import type { Json } from '../format.ts';
import { localChanges } from './differences.ts';

export type VersionState = 'UP_TO_DATE' | 'STALE' | 'LOCALLY_MODIFIED' | 'LOCALLY_MODIFIED_AND_STALE' | 'SYNC_FAILURE';

const explanations: Readonly<Record<VersionState, string>> = {
  UP_TO_DATE: 'Flow version is current',
  STALE: 'A newer version of this flow is available',
  LOCALLY_MODIFIED: 'Local changes have been made',
  LOCALLY_MODIFIED_AND_STALE: 'Local changes have been made and a newer version of this flow is available',
  SYNC_FAILURE: 'Unable to synchronize with Flow Registry',
};

export function versionStateOf(state: ClusterState, group: ProcessGroup, control: VersionControl): VersionState {
  if (control.syncFailure !== undefined) return 'SYNC_FAILURE';
  const modified = localChanges(state, group, control.contents).length > 0;
  if (modified) return control.stale ? 'LOCALLY_MODIFIED_AND_STALE' : 'LOCALLY_MODIFIED';
  return control.stale ? 'STALE' : 'UP_TO_DATE';
}

/** As NiFi's JSON shows it; `shown` spares finding the state out again. */
export function versionInformation(
  state: ClusterState,
  group: ProcessGroup,
  control: VersionControl,
  shown: VersionState = versionStateOf(state, group, control),
): Json {
  return {
    groupId: group.id,
    registryId: control.registryId,
    registryName: state.registryClients.get(control.registryId)?.name ?? control.registryId,
    ...(control.branch === undefined ? {} : { branch: control.branch }),
    bucketId: control.bucketId,
    ...(control.bucketName === undefined ? {} : { bucketName: control.bucketName }),
    flowId: control.flowId,
    ...(control.flowName === undefined ? {} : { flowName: control.flowName }),
    ...(control.flowDescription === undefined ? {} : { flowDescription: control.flowDescription }),
    version: control.version,
    ...(control.storageLocation === undefined ? {} : { storageLocation: control.storageLocation }),
    state: shown,
    stateExplanation: control.syncFailure ?? explanations[shown],
  };
}
