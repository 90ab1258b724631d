// Whether a node may be taken down now. One ordered chain of small checks; the first that says no gives the reason.
// The chain starts where the cache has caught up with our own writes: before that nothing is planned at all.
// A broken node loses nothing by a restart: only a pause keeps it from one, and a configuration that is known to fail.

import type { Reason } from '../../../../api/v1/conditions.ts';
import type { PlanInput } from '../input.ts';
import { isStuck } from '../stuck.ts';
import { isReadable } from '../world.ts';
import { isBroken } from './broken.ts';
import { connectionOf, downWords, isUp } from './connection.ts';
import { isOverdue, type Need } from './needs.ts';
import { failedNode } from './rollout.ts';

export interface Refusal {
  readonly reason: Reason;
  /** Ends the sentence `Waiting to restart node 0: …`. */
  readonly because: string;
  /** Nothing speaks against it but that too little is known, as ever when an operator has just begun. */
  readonly undecided?: boolean;
}

/** The nodes that are down before this plan, and those that it takes down. */
export type Down = ReadonlySet<number>;

type Check = (input: PlanInput, need: Need, down: Down) => Refusal | undefined;

const pauses: readonly Check[] = [paused, rolloutPaused, rolloutFailed];
const disruptions: readonly Check[] = [othersDown, providerSilent, viewOld, lastOne];

export function preflight(input: PlanInput, need: Need, down: Down): Refusal | undefined {
  const harmless = need.kind === 'Restart' && isBroken(input, need.id);
  for (const check of harmless ? pauses : [...pauses, ...disruptions]) {
    const refusal = check(input, need, down);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function paused({ cluster }: PlanInput): Refusal | undefined {
  return cluster.spec.paused ? { reason: 'Paused', because: 'spec.paused is true' } : undefined;
}

function rolloutPaused({ cluster }: PlanInput, { kind }: Need): Refusal | undefined {
  if (kind === 'Remove' || !cluster.spec.rollout.paused) return undefined;
  return { reason: 'Paused', because: 'spec.rollout.paused is true' };
}

/** What went wrong with one node would go wrong with the next. */
function rolloutFailed(input: PlanInput, { id, kind }: Need): Refusal | undefined {
  if (kind === 'Remove') return undefined;
  const failed = failedNode(input);
  const pod = input.world.pods.get(id);
  // A node that is stuck as it is cannot get worse.
  if (failed === undefined || failed.id === id || (pod !== undefined && isStuck(pod))) return undefined;
  return { reason: 'RolloutStalled', because: failed.because };
}

function othersDown(input: PlanInput, { id, kind }: Need, down: Down): Refusal | undefined {
  const others = [...down].filter((other) => other !== id && !(kind === 'Restart' && yields(input, other)));
  if (others.length < input.cluster.spec.rollout.maxUnavailable) return undefined;
  const [first] = others.toSorted((a, b) => a - b);
  const because = first === undefined ? 'no node may be down' : downWords(input, first);
  const known = others.filter((other) => !isUnknown(input, other));
  return { reason: pending(kind), because, undecided: known.length < input.cluster.spec.rollout.maxUnavailable };
}

/** It runs by its own word, and nobody has said yet how NiFi has it. */
function isUnknown(input: PlanInput, id: number): boolean {
  const pod = input.world.pods.get(id);
  return pod?.ready === true && !pod.deleting && connectionOf(input, id).state === 'Unknown';
}

/** A node whose offload does not end: a restart of another one may be its cure. One that is offloaded is about to go. */
function yields(input: PlanInput, id: number): boolean {
  if (input.cluster.members.includes(id) || !isOverdue(input, id)) return false;
  return !['OFFLOADED', 'Absent'].includes(connectionOf(input, id).state);
}

/**
 * NiFi does not start without its OIDC provider. What it answers to the operator it answers to NiFi; where the operator gets no
 * answer at all the nodes may, so one is tried, but never the only one. A person who asks for a restart knows better.
 */
function providerSilent(input: PlanInput, { id, kind, cause }: Need, down: Down): Refusal | undefined {
  const { discovery } = input;
  if (discovery === undefined || discovery.state === 'answers' || kind === 'Remove' || cause === 'RestartRequested')
    return undefined;
  if (discovery.state === 'asking')
    return { reason: pending(kind), because: 'the OIDC provider is being asked whether it answers', undecided: true };
  const because = `the OIDC provider ${discovery.because}`;
  if (discovery.answered || isOnlyMember(input, id)) return { reason: 'DiscoveryFailed', because };
  const tried = input.cluster.members.some((other) => other !== id && isCurrent(input, other) && isUp(input, other));
  const others = [...down].some((other) => other !== id);
  return tried || !others ? undefined : { reason: pending(kind), because: `${because}, and one node is tried first` };
}

function isCurrent({ world, desired }: PlanInput, id: number): boolean {
  const record = world.records.get(id);
  const pod = world.pods.get(id);
  return isReadable(record) && record.inputs === desired.get(id)?.inputs && pod?.revision === record.revision;
}

function viewOld(input: PlanInput, { id, kind }: Need): Refusal | undefined {
  const { fresh } = connectionOf(input, id);
  if (fresh || (kind === 'Restart' && isOnlyMember(input, id))) return undefined;
  return { reason: pending(kind), because: 'NiFi has not told its view of the cluster yet', undecided: true };
}

function lastOne(input: PlanInput, { id, kind }: Need, down: Down): Refusal | undefined {
  if (kind === 'Restart' && isOnlyMember(input, id)) return undefined;
  const stays = input.cluster.members.some((other) => other !== id && !down.has(other) && isUp(input, other));
  if (stays) return undefined;
  if (kind === 'Restart') return { reason: pending(kind), because: 'no other node is connected' };
  return { reason: 'NoOtherNode', because: 'no other member is connected that could take its data' };
}

function isOnlyMember({ cluster, world }: PlanInput, id: number): boolean {
  return cluster.members.every((other) => other === id) && [...world.pods.keys()].every((other) => other === id);
}

export function pending(kind: Need['kind']): Reason {
  return kind === 'Restart' ? 'RestartPending' : kind === 'Remove' ? 'RemovalPending' : 'RebuildPending';
}
