// What the planner reads of a process group and of what is in it. Types, and one question that several ask.
// The shapes are those of pkg/nifi, in which the lists are read; they are named here because a planner knows no client.

import type { NiFiDataflowStatus } from '../../../api/v1/zz_generated.nifidataflow.ts';

/** NiFi's coordinates on the canvas, in pixels. */
export interface Position {
  readonly x: number;
  readonly y: number;
}

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

export interface VersionInNiFi extends FlowVersion {
  readonly bucketName?: string;
  readonly flowName?: string;
  readonly state: NonNullable<NiFiDataflowStatus['versionState']>;
}

export interface GroupInNiFi {
  readonly id: string;
  readonly parentId?: string;
  readonly name: string;
  readonly comments: string;
  readonly position: Position;
  readonly parameterContextId?: string;
  /** Present while the group is under version control. */
  readonly versionControl?: VersionInNiFi;
  /** Of the group and all groups below it. */
  readonly counts: {
    readonly running: number;
    readonly stopped: number;
    readonly invalid: number;
    readonly disabled: number;
  };
  /** On all connected nodes together; absent when NiFi does not tell. */
  readonly flowFilesQueued?: number;
}

export interface ServiceInNiFi {
  readonly name: string;
  /** ENABLED, ENABLING, DISABLED or DISABLING. */
  readonly state: string;
  /** VALID, INVALID or VALIDATING. */
  readonly validationStatus: string;
}

/** Whether somebody changed the group since it was last synchronised with its registry. */
export function isModified({ versionControl }: GroupInNiFi): boolean {
  const state = versionControl?.state;
  return state === 'LOCALLY_MODIFIED' || state === 'LOCALLY_MODIFIED_AND_STALE';
}
