// What one attempt does for a dataflow that is to be in NiFi: what is read for the plan, the step, and what is read once all is as asked.
// The registry is asked only for a flow that is to be made, or whose names NiFi does not tell.
// Surprises: when NiFi refuses other contents, what was stopped for them is started again before the refusal is told; and nothing is stopped,
// drained or thrown away for a version before the registry has said that it has it.

import { getProcessGroup, type ProcessGroup } from '../../pkg/nifi/endpoints/process-groups.ts';
import { listVersions } from '../../pkg/nifi/endpoints/registry-contents.ts';
import { refusable } from '../../pkg/nifi/requests/flow-task.ts';
import { TaskRefused } from '../../pkg/nifi/tasks/waiting.ts';
import type { ClusterView, GatewayTask, NodeCalls, Reader, TaskContext } from '../../pkg/nifi/types.ts';
import { working } from '../nifi/verdict.ts';
import {
  draining,
  flowWork,
  giveUp,
  groupsOf,
  replaced,
  requestOf,
  requireDeed,
  type Search,
  type Turn,
  told,
} from './apply.ts';
import type { Listings } from './listings.ts';
import type { FlowMemory } from './memory.ts';
import { holdsOther } from './plan/contents.ts';
import { findGroup } from './plan/find.ts';
import { planFlow } from './plan/plan.ts';
import { versionOf } from './plan/resolve.ts';
import { running } from './plan/running.ts';
import { contentsOf, lookupOf } from './plan/source.ts';
import type { FlowStep, FlowWish, FlowWorld, Settled, Target } from './plan/world.ts';
import { readContents, readGroup, readInvalid, readRegistry, withQueues } from './read.ts';
import { bringStep, type Deed } from './steps.ts';

export interface BringWork {
  readonly wish: FlowWish;
  readonly search: Search;
  /** Id of the parent as it is asked for in NiFi, which may be `root`. */
  readonly parent: string;
  /** NiFi's id of the registry client; absent for a definition. */
  readonly registryId: string | undefined;
  readonly listings: Listings;
  /** The newest version, where that is asked for and somebody has heard of it. */
  readonly newest: string | undefined;
  readonly context: Target['context'];
  readonly settled: (target: Target) => Settled;
  readonly likeness: (group: ProcessGroup) => string;
  readonly seal: string;
  readonly reader: Reader;
  readonly memory: FlowMemory;
}

/** Makes NiFi have the flow that is wished for. */
export function bringFlow(work: BringWork): GatewayTask {
  const { wish, seal, reader, memory } = work;
  return flowWork({
    owner: wish.owner,
    seal: `bring ${seal}`,
    reader,
    memory,
    next: (turn) => bringNext(work, turn),
  });
}

/** How old the view may be by which all nodes are there. */
const viewAgeMs = 2_000;

interface Next {
  readonly world: FlowWorld;
  readonly target: Target;
  readonly group: ProcessGroup | undefined;
  readonly step: FlowStep | undefined;
}

async function bringNext(work: BringWork, turn: Turn): Promise<boolean> {
  const { wish, memory, parent } = work;
  const { context } = turn;
  const isWhole = wish.updateStrategy === 'InPlace' || isComplete(await context.recentView(viewAgeMs));
  const next = await context.call((node) => nextOf(work, { ...turn, isWhole }, node));
  const { target, step } = next;
  turn.group = next.group;
  if (step === undefined) {
    await finish(work, next, context);
    return false;
  }
  const deed = requireDeed(memory, step);
  if (deed.kind === 'Create' && next.world.settled !== 'Never') {
    // What was once as asked is gone: Kubernetes has to say so first, since a flow that is made anew is named and started whatever sync says.
    memory.isLost = true;
    return giveUp(memory, working('Applying', 'the process group is gone from NiFi and is made again'));
  }
  const isForContents = emptiesFor(next, deed);
  try {
    await told(memory, deed, async () => {
      if (isForContents) await requireVersion(work, target, context);
      await bringStep(deed, { wish, target, parent }, turn);
    });
  } catch (error) {
    if (!(error instanceof TaskRefused)) throw error;
    // The flow was changed: what could not be started is the next steps' business, and shows there.
    if (error.why === 'NotResumed') return true;
    memory.given = undefined;
    // Whatever comes of it, the refusal is what is told; the next attempt finds what stands still.
    if (isForContents || requestOf(deed) !== undefined) await Promise.allSettled([resume(work, next, context)]);
    throw error;
  }
  if (deed.kind === 'Drain') draining(memory, 'before its contents change');
  return true;
}

/** Whether the step only makes ready for a version that is to come. */
function emptiesFor({ target, group }: Next, { kind }: Deed): boolean {
  const empties = kind === 'Stop' || kind === 'Drain' || kind === 'DropQueues';
  return empties && target.contents.kind === 'Registry' && group !== undefined && holdsOther({ target, group });
}

/** Asks the registry once for each version; what it does not give ends the attempt. */
async function requireVersion({ wish, memory }: BringWork, { contents }: Target, context: TaskContext): Promise<void> {
  if (wish.source.kind !== 'Registry' || contents.kind !== 'Registry') return;
  const given = JSON.stringify(contents.version);
  if (memory.given === given) return;
  const versions = await refusable(context, () => context.call((node) => listVersions(node, contents.version)));
  const found = versionOf(wish.source, versions);
  if (!found.ok) return giveUp(memory, found.obstacle);
  memory.given = given;
}

interface Look extends Turn {
  /** Every node of NiFi is there to tell what is queued on it. */
  readonly isWhole: boolean;
}

async function nextOf(work: BringWork, turn: Look, node: NodeCalls): Promise<Next> {
  const { wish, search, memory } = work;
  const read = await groupsOf(node, search, turn.group);
  const { knownId, others } = search;
  const seen = { ...read, others, ...(knownId !== undefined && { knownId }) };
  const found = findGroup(wish, { ...seen, settled: 'Before' });
  const ours = 'group' in found && found.is !== 'Doubtful' ? found.group.id : undefined;
  const there = read.groups.find(({ id }) => id === ours);
  const isCounted = there !== undefined && wish.updateStrategy !== 'InPlace';
  const group = isCounted ? await withQueues(node, there, turn.isWhole) : there;
  memory.rootId ??= (await getProcessGroup(node, 'root')).id;
  const target = await targetIn(work, { group, context: turn.context, rootId: memory.rootId }, node);
  const groups = group === undefined ? read.groups : replaced(read.groups, group);
  const world: FlowWorld = { ...seen, groups, settled: work.settled(target) };
  const { step } = planFlow(wish, target, world);
  if (step?.kind !== 'Look') return { world, target, group, step };
  const more = { ...world, ...(await readContents(node, step.id, target.context !== undefined)) };
  return { world: more, target, group, step: planFlow(wish, target, more).step };
}

/** What is queued on a node that is not connected is in no answer; an offloaded one has nothing. */
function isComplete({ nodes }: ClusterView): boolean {
  return nodes.every(({ status }) => status === 'CONNECTED' || status === 'OFFLOADED' || status === 'REMOVED');
}

interface Seen {
  readonly group: ProcessGroup | undefined;
  readonly context: TaskContext;
  readonly rootId: string;
}

async function targetIn(work: BringWork, { group, context, rootId }: Seen, node: NodeCalls): Promise<Target> {
  const { wish, memory, registryId = '', newest } = work;
  const parentId = work.parent === 'root' ? rootId : work.parent;
  const common = { parentId, ...(work.context && { context: work.context }) };
  if (wish.source.kind === 'Definition')
    return { ...common, contents: { kind: 'Definition', digest: wish.source.digest } };
  const of = lookupOf(wish.source, registryId);
  const known = memory.found?.of === of ? memory.found : undefined;
  const there = contentsOf(wish.source, { registryId, group, found: known, newest });
  if (there !== undefined && (group !== undefined || known !== undefined)) return { ...common, contents: there };
  const registry = { id: registryId, listings: work.listings, nowMs: context.nowMs() };
  const asked = await readRegistry(node, wish.source, registry);
  if (!asked.ok) return giveUp(memory, asked.obstacle);
  const found = { ...asked.value, of, atMs: context.nowMs() };
  memory.found = found;
  const contents = contentsOf(wish.source, { registryId, group, found, newest: found.newest });
  if (contents === undefined) throw new TypeError('a flow that was looked up is known');
  return { ...common, contents };
}

/** All is as asked: what the status tells is read, and what saves the next look. */
async function finish({ memory, likeness }: BringWork, { world, group }: Next, context: TaskContext): Promise<void> {
  if (group === undefined) throw new TypeError('all is as asked, and there is no group');
  const invalid = group.counts.invalid > 0 ? await context.call((node) => readInvalid(node, group.id)) : [];
  const atMs = context.nowMs();
  const { services, nested } = world;
  memory.left = { group, atMs };
  memory.looked =
    services === undefined && invalid.length === 0
      ? undefined
      : { likeness: likeness(group), atMs, invalid, ...(services && { services }), ...(nested && { nested }) };
}

/** A few steps at most: services first, then the rest. */
async function resume({ wish, memory, parent }: BringWork, next: Next, context: TaskContext): Promise<void> {
  const request = memory.request;
  for (let steps = 0; steps < 3; steps += 1) {
    const { group, step } = await context.call(async (node) => {
      const group = next.group && (await readGroup(node, next.group.id));
      if (group === undefined) return { group, step: undefined };
      const world = { ...next.world, ...(await readContents(node, group.id, false)) };
      return { group, step: running({ wish, target: next.target, world, group }) };
    });
    memory.left = group && { group, atMs: context.nowMs() };
    if (step?.kind !== 'Start' && step?.kind !== 'EnableServices') break;
    await bringStep(step, { wish, target: next.target, parent }, { context, group });
  }
  if (request !== undefined) memory.request = request;
}
