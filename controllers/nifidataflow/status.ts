// What is told of a dataflow, out of what NiFi last said of its group, and whether that is as asked. Pure.
// Surprise: how much is queued changes all the time, and a status that follows it would be a write a period for nothing. The number is
// told with other news, and by itself only when it becomes nothing or ceases to be nothing.

import type {
  DataflowRequest,
  DefaultedNiFiDataflow,
  InvalidComponent,
  NiFiDataflowStatus,
} from '../../api/v1/zz_generated.nifidataflow.ts';
import type { TaskState } from '../../pkg/nifi/types.ts';
import { stalled, type Verdict } from '../nifi/verdict.ts';
import { digestIn } from './build/definition.ts';
import type { FlowMemory, FlowRequest } from './memory.ts';
import { type GroupInNiFi, isModified } from './plan/observed.ts';
import { planFlow } from './plan/plan.ts';
import type { FlowWish, FlowWorld, Target } from './plan/world.ts';

/** What is reported beside the conditions. */
export type FlowFacts = Omit<NiFiDataflowStatus, 'observedGeneration' | 'conditions'>;

/** As many as the schema takes. */
const mostInvalid = 32;

/** `stored` is what is told already. */
export function factsOf(
  group: GroupInNiFi,
  seen: { readonly cluster: string; readonly invalid?: readonly InvalidComponent[] },
  stored: FlowFacts,
): FlowFacts {
  const facts = asSeen(group, seen, stored);
  const before = stored.counts?.queued;
  const queued = group.flowFilesQueued;
  const quiet = before !== undefined && queued !== undefined && (before === 0) === (queued === 0);
  if (!quiet) return facts;
  const unmoved: FlowFacts = { ...facts, counts: { ...group.counts, queued: before } };
  return sorted(unmoved) === sorted(stored) ? unmoved : facts;
}

/** What is told already. */
export function factsIn({ status }: Pick<DefaultedNiFiDataflow, 'status'>): FlowFacts {
  const { observedGeneration: _, conditions: __, ...facts } = status ?? {};
  return facts;
}

/** What the last request was, out of what is told, what a task did, and what is about to be asked of NiFi. */
export function requestAfter(
  told: DataflowRequest | undefined,
  { memory, due, state, now }: RequestNews,
): DataflowRequest | undefined {
  const begun = told?.state === 'Running' ? told : undefined;
  if (memory.request !== undefined) return begunWhen(memory.request, begun, now);
  if (due !== undefined && isAtWork(state))
    return begun?.type === due.type ? begun : { ...due, state: 'Running', startedAt: now.toISOString() };
  const isOver = state === undefined || state.state === 'done';
  return begun !== undefined && isOver ? { ...begun, state: 'Succeeded' } : told;
}

/** What is told already began then, although the task may have been begun anew by another operator. */
function begunWhen(request: FlowRequest, told: DataflowRequest | undefined, now: Date): DataflowRequest {
  request.startedAt ??= (told?.type === request.type ? told.startedAt : undefined) ?? now.toISOString();
  return { ...request };
}

/** Nothing has been asked of NiFi while the task waits. */
export function isAtWork(state: TaskState | undefined): boolean {
  return state?.state === 'running' && state.waitingFor === undefined;
}

interface RequestNews {
  readonly memory: Pick<FlowMemory, 'request'>;
  /** The next step, when it is one that is told. */
  readonly due: Pick<DataflowRequest, 'type' | 'version'> | undefined;
  readonly state: TaskState | undefined;
  readonly now: Date;
}

/** Of a group for which the planner has no step. */
export function readiness(
  wish: FlowWish,
  seen: { readonly target: Target; readonly world: FlowWorld; readonly group: GroupInNiFi },
  invalid: readonly InvalidComponent[] = [],
): Verdict {
  const { counts, versionControl } = seen.group;
  if (wish.state === 'Running' && counts.invalid > 0 && !wish.skipInvalidComponents)
    return stalled('InvalidInNiFi', invalidMessage(invalid));
  if (wish.sync === 'Never' && isChanged(wish, seen))
    return { is: 'Ready', reason: 'LocallyModified', message: 'the flow was changed in NiFi, and spec.sync is Never' };
  const message =
    versionControl?.state === 'SYNC_FAILURE'
      ? 'the flow is in NiFi as the spec asks; NiFi cannot compare it with its registry at the moment'
      : 'the flow is in NiFi as the spec asks';
  return { is: 'Ready', reason: 'Ready', message };
}

/** Whether there would be something to do if changes were to be taken back; what was stopped would be looked at before it is started. */
function isChanged(wish: FlowWish, seen: Parameters<typeof readiness>[1]): boolean {
  const { group, target, world } = seen;
  const { step } = planFlow({ ...wish, sync: 'Always' }, target, world);
  const isStopped = wish.state === 'Running' && group.counts.stopped > 0;
  return isModified(group) || isStopped || (step !== undefined && step.kind !== 'Look');
}

function invalidMessage(invalid: readonly InvalidComponent[]): string {
  const [first] = invalid;
  if (first === undefined) return 'NiFi calls components of the flow invalid, so they do not run: correct them';
  const errors = (first.errors ?? []).slice(0, 3).join('; ');
  return `NiFi calls components of the flow invalid, so they do not run; the first is ${first.name ?? first.id}: ${errors}`;
}

function asSeen(
  { id, versionControl, counts, comments, flowFilesQueued: queued }: GroupInNiFi,
  seen: Parameters<typeof factsOf>[1],
  stored: FlowFacts,
): FlowFacts {
  const version = versionControl?.version ?? digestIn(comments);
  const invalid = counts.invalid === 0 ? [] : (seen.invalid ?? stored.invalidComponents ?? []);
  return {
    id,
    cluster: seen.cluster,
    ...(version !== undefined && { observedVersion: version }),
    ...(versionControl !== undefined && { versionState: versionControl.state }),
    counts: { ...counts, ...(queued !== undefined && { queued }) },
    ...(stored.lastRequest !== undefined && { lastRequest: stored.lastRequest }),
    ...(invalid.length > 0 && { invalidComponents: invalid.slice(0, mostInvalid) }),
  };
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    each !== null && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
