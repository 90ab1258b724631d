// Reads in one task what the planner of a dataflow decides by: the groups that it may be, what is in its own, and what is wrong there.
// It never writes. Everything is read from one node in one go; the next step reads again.
// Surprise: what is queued comes from the group's status, of all nodes at that moment; in a list it is as old as their heartbeats.

import type { InvalidComponent } from '../../api/v1/zz_generated.nifidataflow.ts';
import { listControllerServices } from '../../pkg/nifi/endpoints/controller-services.ts';
import { getGroupFlow } from '../../pkg/nifi/endpoints/group-flow.ts';
import { getQueued } from '../../pkg/nifi/endpoints/group-status.ts';
import { getProcessGroup, listProcessGroups, type ProcessGroup } from '../../pkg/nifi/endpoints/process-groups.ts';
import { listBuckets, listFlows, listVersions } from '../../pkg/nifi/endpoints/registry-contents.ts';
import { NiFiApiError } from '../../pkg/nifi/errors.ts';
import type { NodeCalls } from '../../pkg/nifi/types.ts';
import type { Listings } from './listings.ts';
import { bucketOf, flowOf, type Resolved, versionOf } from './plan/resolve.ts';
import type { FlowInRegistry } from './plan/source.ts';
import type { FlowWorld, RegistryWish } from './plan/world.ts';

export interface Groups {
  readonly groups: readonly ProcessGroup[];
  readonly unreadable: readonly string[];
}

/** The children of these groups and the group of this id, wherever it is. A former parent that is gone has none. */
export async function readGroups(
  node: NodeCalls,
  parents: readonly string[],
  knownId: string | undefined,
): Promise<Groups> {
  const groups = new Map<string, ProcessGroup>();
  const unreadable = new Set<string>();
  for (const parent of parents) {
    const answer = await unlessGone(listProcessGroups(node, parent));
    for (const group of answer?.groups ?? []) groups.set(group.id, group);
    for (const id of answer?.unreadable ?? []) unreadable.add(id);
  }
  if (knownId !== undefined && !groups.has(knownId) && !unreadable.has(knownId)) {
    const known = await unlessGone(getProcessGroup(node, knownId));
    if (known !== undefined) groups.set(known.id, known);
  }
  return { groups: [...groups.values()], unreadable: [...unreadable] };
}

/** Undefined when it is gone. */
export async function readGroup(node: NodeCalls, id: string): Promise<ProcessGroup | undefined> {
  return await unlessGone(getProcessGroup(node, id));
}

/** The same group, with what is queued at this moment; with nothing told of that where a node is missing that may hold some of it. */
export async function withQueues(node: NodeCalls, group: ProcessGroup, isWhole = true): Promise<ProcessGroup> {
  const { flowFilesQueued: _, bytesQueued: __, ...rest } = group;
  return isWhole ? { ...rest, ...(await getQueued(node, group.id)) } : rest;
}

/** Services of the group, and the groups in it when a context is asked for. */
export async function readContents(
  node: NodeCalls,
  groupId: string,
  withNested: boolean,
): Promise<Required<Pick<FlowWorld, 'services'>> & Pick<FlowWorld, 'nested'>> {
  const services = await listControllerServices(node, groupId);
  return withNested ? { services, nested: await groupsBelow(node, groupId) } : { services };
}

export async function groupsBelow(node: NodeCalls, groupId: string): Promise<readonly ProcessGroup[]> {
  const { groups } = await listProcessGroups(node, groupId);
  const below = [];
  for (const { id } of groups) below.push(...(await groupsBelow(node, id)));
  return [...groups, ...below];
}

/** What NiFi calls invalid in the group and below it, with its words. */
export async function readInvalid(node: NodeCalls, groupId: string): Promise<readonly InvalidComponent[]> {
  const services = (await listControllerServices(node, groupId)).filter(isInvalid);
  return [...services.map(invalidOf('ControllerService')), ...(await invalidProcessors(node, groupId))];
}

export interface Registry {
  readonly id: string;
  readonly listings: Listings;
  readonly nowMs: number;
}

/** The names of the spec, in the registry, and its newest version. */
export async function readRegistry(
  node: NodeCalls,
  wish: RegistryWish,
  { id: registryId, listings, nowMs }: Registry,
): Promise<Resolved<FlowInRegistry & { readonly newest: string }>> {
  const { branch } = wish;
  const bucket = await listings.find({
    of: [registryId, branch],
    nowMs,
    list: () => listBuckets(node, registryId, branch),
    choose: (all) => bucketOf(wish, all),
  });
  if (!bucket.ok) return bucket;
  const bucketId = bucket.value;
  const flow = await listings.find({
    of: [registryId, branch, bucketId],
    nowMs,
    list: () => listFlows(node, registryId, bucketId, branch),
    choose: (all) => flowOf(wish, all),
  });
  if (!flow.ok) return flow;
  const flowId = flow.value;
  const versions = await listVersions(node, { registryId, bucketId, flowId, ...(branch !== undefined && { branch }) });
  const wanted = versionOf(wish, versions);
  return wanted.ok ? { ok: true, value: { bucketId, flowId, newest: versions[0]?.version ?? wanted.value } } : wanted;
}

async function invalidProcessors(node: NodeCalls, groupId: string): Promise<readonly InvalidComponent[]> {
  const { processors, groups } = await getGroupFlow(node, groupId);
  const invalid = processors.filter(isInvalid).map(invalidOf('Processor'));
  for (const group of groups) invalid.push(...(await invalidProcessors(node, group)));
  return invalid;
}

interface Validated {
  readonly id: string;
  readonly name: string;
  readonly validationStatus: string;
  readonly validationErrors: readonly string[];
}

function isInvalid({ validationStatus }: Validated): boolean {
  return validationStatus === 'INVALID';
}

/** Cut to what the schema of the status takes. */
function invalidOf(type: string): (component: Validated) => InvalidComponent {
  return ({ id, name, validationErrors }) => ({
    id,
    name: name.slice(0, 255),
    type,
    errors: validationErrors.slice(0, 8).map((error) => error.slice(0, 1024)),
  });
}

async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof NiFiApiError && error.kind === 'NotFound') return undefined;
    throw error;
  }
}
