// What NiFi says of a process group that is a flow of a registry: which flow, which version, and whether it was changed since.
// Source: VersionControlInformationDTO and VersionedFlowState of NiFi 2.x, transcript 13 of the reference.
// Surprising: versions are strings (a git commit, or a number), and STALE is what NiFi noticed at its last look, up to 30 min ago.

import { DecodeError, type JsonObject, objectAt, optional, textIn } from '../decode.ts';

const STATES = ['UP_TO_DATE', 'STALE', 'LOCALLY_MODIFIED', 'LOCALLY_MODIFIED_AND_STALE', 'SYNC_FAILURE'] as const;

export type VersionedFlowState = (typeof STATES)[number];

/** A version of a flow in a registry. */
export interface FlowVersion {
  /** NiFi's id of the registry client. */
  readonly registryId: string;
  /** Absent for registries without branches. */
  readonly branch?: string;
  readonly bucketId: string;
  readonly flowId: string;
  readonly version: string;
}

export interface VersionControl extends FlowVersion {
  readonly registryName?: string;
  readonly bucketName?: string;
  readonly flowName?: string;
  readonly state: VersionedFlowState;
  readonly stateExplanation?: string;
}

export function decodeVersionControl(value: unknown): VersionControl {
  const info = objectAt(value, 'versionControlInformation');
  return {
    registryId: textIn(info, 'registryId'),
    ...optional(info, 'branch', textIn),
    bucketId: textIn(info, 'bucketId'),
    flowId: textIn(info, 'flowId'),
    version: textIn(info, 'version'),
    ...optional(info, 'registryName', textIn),
    ...optional(info, 'bucketName', textIn),
    ...optional(info, 'flowName', textIn),
    state: stateIn(info),
    ...optional(info, 'stateExplanation', textIn),
  };
}

/** Whether somebody changed the group since it was last synchronised. */
export function isModified(control: VersionControl): boolean {
  return control.state === 'LOCALLY_MODIFIED' || control.state === 'LOCALLY_MODIFIED_AND_STALE';
}

function stateIn(info: JsonObject): VersionedFlowState {
  const state = STATES.find((each) => each === textIn(info, 'state'));
  if (state === undefined) {
    throw new DecodeError('state is none that a versioned flow can have');
  }
  return state;
}
