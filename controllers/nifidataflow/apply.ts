// The task by which a dataflow is brought to NiFi or taken out of it: read what NiFi has now, plan, do one step, and again until no
// step is left. Both have one name for an object, so they never run at once.
// A crash after any step is mended by the next attempt: the group carries its mark from its first moment, where to look for it is in
// Kubernetes before the task begins, and every step shows in what is read.

import type { ProcessGroup } from '../../pkg/nifi/endpoints/process-groups.ts';
import { refusable } from '../../pkg/nifi/requests/flow-task.ts';
import { TaskRefused, TaskWaiting } from '../../pkg/nifi/tasks/waiting.ts';
import type { GatewayTask, NodeCalls, Reader, TaskContext } from '../../pkg/nifi/types.ts';
import { type Owner, ownerText } from '../nifi/markers.ts';
import { type Verdict, working } from '../nifi/verdict.ts';
import type { FlowMemory, FlowRequest } from './memory.ts';
import { type LeaveWish, planLeave } from './plan/leave.ts';
import type { FlowStep, FlowWorld } from './plan/world.ts';
import { type Groups, readContents, readGroup, readGroups, withQueues } from './read.ts';
import { commonStep, type Deed, isCommon } from './steps.ts';

/** Where to look for the group; the places are in Kubernetes before the task runs. */
export interface Search {
  readonly parents: readonly string[];
  readonly knownId: string | undefined;
  /** UIDs of the other dataflows of this NiFi. */
  readonly others: readonly string[];
}

/** One attempt: the group that was found stays known, and is all that is read after that. */
export interface Turn {
  readonly context: TaskContext;
  group: ProcessGroup | undefined;
}

export interface FlowWork {
  readonly owner: Owner;
  /** Stands for everything that the work depends on. */
  readonly seal: string;
  readonly reader: Reader;
  readonly memory: FlowMemory;
  /** Does the next step; false when there is none. */
  readonly next: (turn: Turn) => Promise<boolean>;
}

/** More than any dataflow needs in one attempt. */
const mostSteps = 40;

export function flowWork({ owner, seal, reader, memory, next }: FlowWork): GatewayTask {
  return {
    name: `dataflow ${ownerText(owner)}`,
    input: seal,
    reader,
    async run(context) {
      memory.said = undefined;
      try {
        return await refusable(context, () => untilDone(next, { context, group: undefined }));
      } finally {
        // Until then what the former attempt ended with is what is told.
        memory.verdict = memory.said;
      }
    },
  };
}

async function untilDone(next: FlowWork['next'], turn: Turn): Promise<undefined> {
  for (let steps = 0; steps < mostSteps; steps += 1) {
    turn.context.signal.throwIfAborted();
    if (!(await next(turn))) return;
  }
  throw new TaskWaiting('NiFi does not come to rest with this flow');
}

export interface Withdrawal {
  readonly wish: LeaveWish;
  readonly search: Search;
  /** What is queued may be thrown away. */
  readonly drop: boolean;
  /** Makes a withdrawal from each cluster a work of its own. */
  readonly from: string;
  readonly reader: Reader;
  readonly memory: FlowMemory;
}

/** Takes the flow out of NiFi as its policy says; done means that nothing is left that has to go. */
export function withdrawFlow(work: Withdrawal): GatewayTask {
  const { wish, drop, from, reader, memory } = work;
  const seal = `withdraw ${JSON.stringify([from, wish.owner.uid, wish.state, wish.deletionPolicy, drop])}`;
  return flowWork({ owner: wish.owner, seal, reader, memory, next: (turn) => leaveNext(work, turn) });
}

async function leaveNext({ wish, search, drop, memory }: Withdrawal, turn: Turn): Promise<boolean> {
  const { context } = turn;
  const read = async (node: NodeCalls) => {
    const { groups, unreadable } = await groupsOf(node, search, turn.group);
    const { knownId, others } = search;
    let world: FlowWorld = { groups, unreadable, others, settled: 'Before', ...(knownId !== undefined && { knownId }) };
    let step = planLeave(wish, world, { drop });
    const found = groups.find(({ id }) => id === idOf(step));
    if (found !== undefined) {
      // What is queued is asked for anew before anything is decided by it.
      world = { ...world, groups: replaced(groups, await withQueues(node, found)) };
      step = planLeave(wish, world, { drop });
    }
    if (step?.kind !== 'Look') return { groups, step };
    const more = { ...world, ...(await readContents(node, step.id, false)) };
    return { groups, step: planLeave(wish, more, { drop }) };
  };
  const { groups, step } = await context.call(read);
  if (step === undefined) return false;
  const deed = requireDeed(memory, step);
  turn.group = groups.find(({ id }) => id === idOf(deed));
  if (!isCommon(deed)) throw new TypeError(`${deed.kind} is no step of a dataflow that leaves`);
  await told(memory, deed, () => commonStep(deed, turn));
  if (deed.kind === 'Drain') draining(memory, 'before it leaves NiFi; the annotation drop-queues throws it away');
  return true;
}

/** Reads the one that is known, as long as it is there, or all that it may be. */
export async function groupsOf(node: NodeCalls, search: Search, known: ProcessGroup | undefined): Promise<Groups> {
  const group = known && (await readGroup(node, known.id));
  return group === undefined
    ? await readGroups(node, search.parents, search.knownId)
    : { groups: [group], unreadable: [] };
}

export function replaced(groups: readonly ProcessGroup[], by: ProcessGroup): readonly ProcessGroup[] {
  return groups.map((each) => (each.id === by.id ? by : each));
}

/** Ends the attempt when nothing can be done. */
export function requireDeed(memory: FlowMemory, step: FlowStep): Deed {
  if (step.kind === 'Wait') return giveUp(memory, step.verdict);
  if (step.kind === 'Look') throw new TypeError('what was looked at is to be looked at again');
  return step;
}

/** Says why; what only a person mends is tried again rarely. */
export function giveUp(memory: FlowMemory, verdict: Verdict): never {
  memory.said = verdict;
  if (verdict.is === 'Stalled') throw new TaskRefused(verdict.message, undefined);
  throw new TaskWaiting(verdict.message);
}

/** What was stopped stays so until the next look; the rest works off what is queued meanwhile. */
export function draining(memory: FlowMemory, what: string): never {
  giveUp(memory, working('Draining', `the flow works off what is queued ${what}`));
}

const requests: Partial<Record<Deed['kind'], FlowRequest['type']>> = {
  ChangeVersion: 'Update',
  Revert: 'Revert',
  Replace: 'Replace',
  DropQueues: 'Drop',
  Drain: 'Drain',
  Delete: 'Delete',
};

/** What the status calls this step, when it is told there. */
export function requestOf(step: FlowStep): Pick<FlowRequest, 'type' | 'version'> | undefined {
  const type = step.kind === 'Look' || step.kind === 'Wait' ? undefined : requests[step.kind];
  if (type === undefined) return undefined;
  return { type, ...(step.kind === 'ChangeVersion' && { version: step.to.version }) };
}

/** Does the step, and remembers how it went for the status. */
export async function told(memory: FlowMemory, step: Deed, run: () => Promise<void>): Promise<void> {
  const request = requestOf(step);
  if (request === undefined) return await run();
  // The same drain goes on: it began when it was first asked for.
  const before = memory.request;
  const goesOn = step.kind === 'Drain' && before?.type === 'Drain' && before.state === 'Running';
  const current: FlowRequest = goesOn ? before : { ...request, state: 'Running' };
  memory.request = current;
  try {
    await run();
    if (step.kind !== 'Drain') current.state = 'Succeeded';
  } catch (error) {
    if (error instanceof TaskRefused)
      Object.assign(current, { state: 'Failed', message: error.message.slice(0, 4096) });
    throw error;
  }
}

function idOf(step: FlowStep | undefined): string | undefined {
  return step !== undefined && 'id' in step ? step.id : undefined;
}
