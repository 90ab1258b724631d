// A flow as NiFi exports it and as a registry keeps it: the part of that JSON that the stand-in reads and writes.
// What it does not know it drops: remote process groups and labels do not survive an import.

import type { Position, Scheduled } from '../flow/state.ts';

type Values = Readonly<Record<string, string | null>>;

export interface SnapshotProcessor {
  readonly identifier: string;
  readonly name: string;
  readonly type: string;
  readonly comments?: string;
  readonly position?: Position;
  readonly properties?: Values;
  readonly scheduledState?: string;
  readonly [setting: string]: unknown;
}

export interface SnapshotPort {
  readonly identifier: string;
  readonly name?: string;
  readonly comments?: string;
  readonly position?: Position;
  readonly scheduledState?: string;
}

export interface SnapshotService {
  readonly identifier: string;
  readonly name: string;
  readonly type: string;
  readonly comments?: string;
  readonly properties?: Values;
  readonly scheduledState?: string;
}

export interface SnapshotConnection {
  readonly identifier: string;
  readonly name?: string;
  readonly source: { readonly id: string };
  readonly destination: { readonly id: string };
  readonly selectedRelationships?: readonly string[];
  readonly backPressureObjectThreshold?: number;
}

export interface SnapshotGroup {
  readonly identifier?: string;
  readonly name?: string;
  readonly comments?: string;
  readonly position?: Position;
  readonly processGroups?: readonly SnapshotGroup[];
  readonly processors?: readonly SnapshotProcessor[];
  readonly inputPorts?: readonly SnapshotPort[];
  readonly outputPorts?: readonly SnapshotPort[];
  readonly funnels?: readonly SnapshotPort[];
  readonly connections?: readonly SnapshotConnection[];
  readonly controllerServices?: readonly SnapshotService[];
  readonly parameterContextName?: string;
}

export interface SnapshotParameter {
  readonly name: string;
  readonly description?: string;
  readonly sensitive?: boolean;
  readonly value?: string | null;
}

export interface SnapshotContext {
  readonly name: string;
  readonly description?: string;
  readonly parameters?: readonly SnapshotParameter[];
  readonly inheritedParameterContexts?: readonly string[];
}

export interface FlowSnapshot {
  readonly flowContents: SnapshotGroup;
  readonly parameterContexts?: Readonly<Record<string, SnapshotContext>>;
}

/** Settings of a processor that are neither its identity nor its properties. */
export const processorSettings = [
  'schedulingPeriod',
  'schedulingStrategy',
  'executionNode',
  'penaltyDuration',
  'yieldDuration',
  'bulletinLevel',
  'runDurationMillis',
  'concurrentlySchedulableTaskCount',
  'autoTerminatedRelationships',
  'retryCount',
  'retriedRelationships',
  'backoffMechanism',
  'maxBackoffPeriod',
] as const;

/** The flow in a text, or undefined when it is none. */
export function readSnapshot(value: unknown): FlowSnapshot | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { flowContents } = value as { readonly flowContents?: unknown };
  return typeof flowContents === 'object' && flowContents !== null ? (value as FlowSnapshot) : undefined;
}

/** In a flow a component is enabled or disabled; one that ran when it was exported is enabled (VersionedFlow mapping). */
export function scheduledIn(state: string | undefined): Scheduled {
  return state === 'DISABLED' ? 'DISABLED' : 'STOPPED';
}
