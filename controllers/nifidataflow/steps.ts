// Carries one step of the plan out, inside a task: a call, or a request of NiFi's that is followed to its end.
// Each ends only when NiFi shows what came of it, or throws TaskWaiting; whoever calls reads again and plans the next step.
// Surprise: NiFi answers a start or a stop before anything has moved, so the group is read until it has.

import { listControllerServices, scheduleControllerServices } from '../../pkg/nifi/endpoints/controller-services.ts';
import { importDefinition } from '../../pkg/nifi/endpoints/definitions.ts';
import { getGroupFlow, sourcesIn } from '../../pkg/nifi/endpoints/group-flow.ts';
import { moveProcessGroup } from '../../pkg/nifi/endpoints/move.ts';
import {
  deleteProcessGroup,
  getProcessGroup,
  type ProcessGroup,
  updateProcessGroup,
} from '../../pkg/nifi/endpoints/process-groups.ts';
import { getProcessor, type Processor, scheduleGroup, scheduleProcessor } from '../../pkg/nifi/endpoints/scheduling.ts';
import { importVersion } from '../../pkg/nifi/endpoints/versions.ts';
import { dropQueues } from '../../pkg/nifi/requests/drop.ts';
import { flowTask } from '../../pkg/nifi/requests/flow-task.ts';
import { replaceContents } from '../../pkg/nifi/requests/replace.ts';
import { changeVersion, revertChanges } from '../../pkg/nifi/requests/version-change.ts';
import { TaskRefused, TaskWaiting } from '../../pkg/nifi/tasks/waiting.ts';
import type { GatewayTask, NodeCalls, TaskContext } from '../../pkg/nifi/types.ts';
import { definitionFor, digestIn } from './build/definition.ts';
import type { FlowStep, FlowWish, Target } from './plan/world.ts';

/** What there is to do; a look and a wait are not. */
export type Deed = Exclude<FlowStep, { readonly kind: 'Look' | 'Wait' }>;

type CommonDeed = Extract<
  Deed,
  { readonly kind: 'Mark' | 'Stop' | 'Drain' | 'DropQueues' | 'DisableServices' | 'Delete' }
>;

export interface Doing {
  readonly context: TaskContext;
  /** Ours; absent before it is made. */
  readonly group: ProcessGroup | undefined;
}

/** What a step of a dataflow that is to be in NiFi needs to know beside. */
export interface Bringing {
  readonly wish: FlowWish;
  readonly target: Target;
  /** Id of the parent that NiFi takes, which may be `root`. */
  readonly parent: string;
}

const firstPauseMs = 200;
const longestPauseMs = 2_000;
const patienceMs = 20_000;

/** A step that only a dataflow takes that is to be in NiFi. */
export async function bringStep(step: Deed, { wish, target, parent }: Bringing, doing: Doing): Promise<void> {
  const { context, group } = doing;
  if (isCommon(step)) return await commonStep(step, doing);
  switch (step.kind) {
    case 'Create':
      return await change(context, (node) => create(node, step.position, { wish, target, parent }));
    case 'Arrange': {
      const { name, position } = step;
      const settings = { ...(name !== undefined && { name }), ...(position && { position }) };
      return await change(context, (node) => updateProcessGroup(node, known(group), settings));
    }
    case 'Move':
      return await change(context, (node) => moveProcessGroup(node, known(group), step.parentId));
    case 'ChangeVersion':
      return await follow(context, changeVersion({ groupId: step.id, to: step.to }));
    case 'Revert':
      return await follow(context, revertChanges({ groupId: step.id, input: '' }));
    case 'Replace': {
      const { position } = known(group);
      const definition = definitionFor(wish, { position, ...(target.context && { context: target.context }) });
      const done = ({ comments }: ProcessGroup): boolean => digestIn(comments) === step.digest;
      return await follow(context, replaceContents({ groupId: step.id, definition, input: step.digest, done }));
    }
    case 'BindContext':
      for (const id of step.ids) await change(context, (node) => bind(node, id, step.contextId));
      return;
    case 'EnableServices':
      return await services(context, step.id, 'ENABLED');
    case 'Start':
      return await schedule(context, step.id, 'RUNNING');
    default:
      step satisfies never;
  }
}

/** Whether a dataflow takes the step as well that is to leave NiFi. */
export function isCommon(step: Deed): step is CommonDeed {
  return (['Mark', 'Stop', 'Drain', 'DropQueues', 'DisableServices', 'Delete'] as readonly string[]).includes(
    step.kind,
  );
}

export async function commonStep(step: CommonDeed, { context, group }: Doing): Promise<void> {
  switch (step.kind) {
    case 'Mark':
      return await change(context, (node) => updateProcessGroup(node, known(group), { position: step.position }));
    case 'Stop':
      return await schedule(context, step.id, 'STOPPED');
    case 'Drain':
      return await drain(context, step.id);
    case 'DropQueues':
      return await follow(context, dropQueues({ groupId: step.id, input: '' }));
    case 'DisableServices':
      return await services(context, step.id, 'DISABLED');
    case 'Delete':
      return await change(context, (node) => deleteProcessGroup(node, known(group)));
    default:
      step satisfies never;
  }
}

async function create(node: NodeCalls, position: ProcessGroup['position'], bringing: Bringing): Promise<void> {
  const { wish, target, parent } = bringing;
  const { context, contents } = target;
  if (contents.kind === 'Definition') {
    const definition = definitionFor(wish, { position, ...(context && { context }) });
    await importDefinition(node, parent, { name: wish.name, position, definition });
    return;
  }
  const flow = contents.version;
  await importVersion(node, parent, { flow, position, ...(context && { parameterContextId: context.id }) });
}

async function bind(node: NodeCalls, id: string, parameterContextId: string): Promise<void> {
  await updateProcessGroup(node, await getProcessGroup(node, id), { parameterContextId });
}

async function schedule(context: TaskContext, id: string, state: 'RUNNING' | 'STOPPED'): Promise<void> {
  await change(context, (node) => scheduleGroup(node, id, state));
  const isSo = ({ counts }: ProcessGroup): boolean => (state === 'RUNNING' ? counts.stopped : counts.running) === 0;
  const doing = state === 'RUNNING' ? 'started' : 'stopped';
  await shown(context, `the components are being ${doing} in NiFi`, async (node) =>
    isSo(await getProcessGroup(node, id)),
  );
}

async function services(context: TaskContext, id: string, state: 'ENABLED' | 'DISABLED'): Promise<void> {
  await change(context, (node) => scheduleControllerServices(node, id, state));
  const doing = state === 'ENABLED' ? 'enabled' : 'disabled';
  await shown(context, `the controller services are being ${doing} in NiFi`, async (node) => {
    const all = await listControllerServices(node, id);
    return all.every((each) => each.state === state || (state === 'ENABLED' && each.validationStatus === 'INVALID'));
  });
}

/**
 * What brings data in is stopped; what stands still behind it is started, since it would hold what is queued. Its services may be
 * disabled by then: a node that was away while the group was made ready to go brings back what it has.
 */
async function drain(context: TaskContext, id: string): Promise<void> {
  const all = await context.call((node) => listControllerServices(node, id));
  if (all.some(({ state, validationStatus }) => state === 'DISABLED' && validationStatus === 'VALID'))
    await services(context, id, 'ENABLED');
  const { sources, behind } = await context.call((node) => processorsIn(node, id));
  if (behind.some(({ state, validationStatus }) => state === 'STOPPED' && validationStatus === 'VALID'))
    await change(context, (node) => scheduleGroup(node, id, 'RUNNING'));
  for (const source of sources) await change(context, (node) => stop(node, source.id));
}

async function stop(node: NodeCalls, id: string): Promise<void> {
  const processor = await getProcessor(node, id);
  if (processor.state === 'RUNNING') await scheduleProcessor(node, processor, 'STOPPED');
}

interface Sides {
  readonly sources: readonly Processor[];
  readonly behind: readonly Processor[];
}

/** Of the group and all groups below it. */
async function processorsIn(node: NodeCalls, groupId: string): Promise<Sides> {
  const flow = await getGroupFlow(node, groupId);
  const sources = [...sourcesIn(flow)];
  const behind = flow.processors.filter((each) => !sources.includes(each));
  for (const group of flow.groups) {
    const below = await processorsIn(node, group);
    sources.push(...below.sources);
    behind.push(...below.behind);
  }
  return { sources, behind };
}

function known(group: ProcessGroup | undefined): ProcessGroup {
  if (group === undefined) throw new TypeError('a step on a group that was not read');
  return group;
}

/** One call that changes something, as soon as no node is CONNECTING. */
async function change(context: TaskContext, call: (node: NodeCalls) => Promise<unknown>): Promise<void> {
  await follow(
    context,
    flowTask({
      name: '',
      input: '',
      look: async () => ({
        async call(node) {
          await call(node);
          return 'done';
        },
      }),
    }),
  );
}

/** The work of such a task as a part of this one. What has been stopped may still be at its last piece of work. */
async function follow(context: TaskContext, task: GatewayTask): Promise<void> {
  try {
    await task.run(context);
  } catch (error) {
    if (error instanceof TaskRefused && error.why === 'Running') throw new TaskWaiting(error.message, { cause: error });
    throw error;
  }
}

/** Asks until it is so; throws TaskWaiting when that takes long. */
async function shown(context: TaskContext, what: string, is: (node: NodeCalls) => Promise<boolean>): Promise<void> {
  const sinceMs = context.nowMs();
  let pauseMs = firstPauseMs;
  while (!(await context.call(is))) {
    if (context.nowMs() - sinceMs > patienceMs) throw new TaskWaiting(what);
    await context.pause(pauseMs);
    pauseMs = Math.min(longestPauseMs, pauseMs * 1.6);
  }
}
