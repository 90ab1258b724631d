// What the planner of a dataflow knows and what it may answer: the wish, NiFi as it was read, and the next step. Types only.
// Nothing of the object's status is here. The group's id, from its annotation, serves one purpose: to write a mark again that was dragged away.
// Surprise: what takes a call a group (services, nested groups) is absent in the look that is shared by all objects; the planner then
// answers `Look`, and the task reads it and asks again.

import type { JsonObject } from '../../../pkg/nifi/decode.ts';
import type { Owner } from '../../../pkg/nifi/marker.ts';
import type { Verdict } from '../../nifi/verdict.ts';
import type { FlowVersion, GroupInNiFi, Position, ServiceInNiFi } from './observed.ts';

/** What the spec asks for, with references within Kubernetes followed and those within NiFi still by name. */
export interface FlowWish {
  readonly owner: Owner;
  readonly name: string;
  readonly source: RegistryWish | DefinitionWish;
  /** The root group when absent. */
  readonly parent?: { readonly id?: string; readonly name?: string };
  /** Wherever it stands when absent. */
  readonly position?: Position;
  /** Name of the NiFiParameterContext; when absent NiFi's own choice stands. */
  readonly context?: string;
  readonly state: 'Running' | 'Stopped';
  readonly sync: 'Always' | 'Once' | 'Never';
  readonly updateStrategy: 'InPlace' | 'Drain' | 'Drop';
  readonly skipInvalidComponents: boolean;
  readonly deletionPolicy: 'Delete' | 'DrainThenDelete' | 'Orphan';
}

export interface RegistryWish {
  readonly kind: 'Registry';
  /** Name of the NiFiRegistryClient. */
  readonly client: string;
  readonly branch?: string;
  /** By id or name. */
  readonly bucket: string;
  readonly flow: string;
  /** The newest when absent. */
  readonly version?: string;
}

export interface DefinitionWish {
  readonly kind: 'Definition';
  readonly definition: JsonObject;
  /** Hash of its contents. */
  readonly digest: string;
}

export interface ContextTarget {
  readonly id: string;
  readonly name: string;
  readonly description: string;
}

/** The wish in NiFi's own ids. */
export interface Target {
  readonly parentId: string;
  readonly contents:
    | { readonly kind: 'Registry'; readonly version: FlowVersion }
    | { readonly kind: 'Definition'; readonly digest: string };
  readonly context?: ContextTarget;
}

/** Whether everything was once as asked: never yet, with another wish, or with this very one. */
export type Settled = 'Never' | 'Before' | 'Now';

export interface FlowWorld {
  /** The children of every group that the flow may be in, and the group of `knownId` wherever it is. */
  readonly groups: readonly GroupInNiFi[];
  /** Ids of groups beside them that the operator may not read. */
  readonly unreadable: readonly string[];
  /** Where the annotation says that it is; missing or outdated when nothing was kept since. */
  readonly knownId?: string;
  /** UIDs of the other dataflows of this NiFi. */
  readonly others: readonly string[];
  readonly settled: Settled;
  /** Of the group and below it. */
  readonly services?: readonly ServiceInNiFi[];
  /** The groups below it, to any depth. */
  readonly nested?: readonly Pick<GroupInNiFi, 'id' | 'parameterContextId'>[];
}

/** The next thing to do; each may be asked for again after a crash and then finds itself done. */
export type FlowStep =
  /** One request that makes the group with its mark; never sent while a group might be it. */
  | { readonly kind: 'Create'; readonly position: Position }
  /** The mark was dragged away: it is written where the group stands now. */
  | { readonly kind: 'Mark'; readonly id: string; readonly position: Position }
  | { readonly kind: 'Move'; readonly id: string; readonly parentId: string }
  | { readonly kind: 'Arrange'; readonly id: string; readonly name?: string; readonly position?: Position }
  | { readonly kind: 'Revert'; readonly id: string }
  | { readonly kind: 'ChangeVersion'; readonly id: string; readonly to: FlowVersion }
  | { readonly kind: 'Replace'; readonly id: string; readonly digest: string }
  | { readonly kind: 'BindContext'; readonly ids: readonly string[]; readonly contextId: string }
  | { readonly kind: 'EnableServices'; readonly id: string }
  | { readonly kind: 'DisableServices'; readonly id: string }
  | { readonly kind: 'Start'; readonly id: string }
  | { readonly kind: 'Stop'; readonly id: string }
  /** What nothing feeds is stopped, the rest runs until nothing is queued. */
  | { readonly kind: 'Drain'; readonly id: string }
  | { readonly kind: 'DropQueues'; readonly id: string }
  | { readonly kind: 'Delete'; readonly id: string }
  /** More has to be read before anything can be said: its services and the groups in it. */
  | { readonly kind: 'Look'; readonly id: string }
  /** Nothing can be done; the verdict says what is waited for. */
  | { readonly kind: 'Wait'; readonly verdict: Verdict };

/** A link of a chain: the next step, or nothing when it has no objection. */
export type Check<T> = (situation: T) => FlowStep | undefined;

export function firstOf<T>(checks: readonly Check<T>[], situation: T): FlowStep | undefined {
  for (const check of checks) {
    const step = check(situation);
    if (step !== undefined) return step;
  }
  return undefined;
}

export function wait(verdict: Verdict): FlowStep {
  return { kind: 'Wait', verdict };
}
