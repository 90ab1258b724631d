// Which nodes must be taken down, and why. A chain of small checks for each node; the first that applies is the need.
// Nothing here asks whether it may be done now: that is preflight's.

import { parseDuration } from '../../../../pkg/schema/duration.ts';
import { parseTimestamp } from '../../../../pkg/schema/timestamp.ts';
import type { NodeRecord } from '../../build/record.ts';
import type { RevisionIdentity } from '../../build/revision.ts';
import { approvedLosses, isLosing } from '../claims.ts';
import type { PlanInput } from '../input.ts';
import { sameVolumes } from '../node.ts';
import { nothingRunsIn } from '../stuck.ts';
import { isReadable, type ObservedPod } from '../world.ts';
import { isForgotten } from './broken.ts';
import { markOf } from './mark.ts';

export interface Need {
  readonly id: number;
  readonly kind: 'Restart' | 'Rebuild' | 'Remove';
  /** `ConfigChanged`, `VersionChanged` …: one word for events. */
  readonly cause: Cause;
}

export type Cause =
  | 'ConfigChanged'
  | 'ImageChanged'
  | 'VersionChanged'
  | 'RestartRequested'
  | 'VolumesChanged'
  | 'VolumeLossApproved'
  | 'NotJoined'
  | 'NoMember';

interface Subject {
  readonly input: PlanInput;
  readonly id: number;
  readonly record: NodeRecord;
  readonly pod: ObservedPod;
  readonly desired: RevisionIdentity | undefined;
}

type Check = (subject: Subject) => Omit<Need, 'id'> | undefined;

const checks: readonly Check[] = [
  lossApproved,
  volumesChanged,
  ...[outdated, halfRestarted, requested, forgotten].map(unlessLosing),
];

/** The needs of members that have a Pod, and of all that leave. Without members nothing leaves. */
export function needsOf(input: PlanInput): readonly Need[] {
  const members = input.cluster.members.flatMap((id) => memberNeed(input, id) ?? []);
  const leaving = leavingIds(input).map((id): Need => ({ id, kind: 'Remove', cause: 'NoMember' }));
  return [...members, ...leaving];
}

/** Non-members with a Pod, a record or a claim in use. */
export function leavingIds({ cluster, world }: Pick<PlanInput, 'cluster' | 'world'>): readonly number[] {
  const used = [...world.claims.values()].filter(
    ({ released, clusterUid }) => released === undefined && clusterUid === cluster.uid,
  );
  const present = [...world.records.keys(), ...world.pods.keys(), ...used.map(({ id }) => id)];
  return [...new Set(present)].filter((id) => !cluster.members.includes(id)).toSorted((a, b) => a - b);
}

function memberNeed(input: PlanInput, id: number): Need | undefined {
  const record = input.world.records.get(id);
  const pod = input.world.pods.get(id);
  if (!isReadable(record) || pod === undefined) return undefined;
  const subject = { input, id, record, pod, desired: input.desired.get(id) };
  for (const check of checks) {
    const need = check(subject);
    if (need !== undefined) return isTimely(subject, need) ? { id, ...need } : undefined;
  }
  return undefined;
}

/** For a node whose Pod is going anyway only a proof goes on, and a record that is outdated moves before the next Pod. */
function isTimely({ record, pod, desired }: Subject, { kind }: Omit<Need, 'id'>): boolean {
  if (!pod.deleting || record.removal?.state === 'Proven') return true;
  return kind === 'Restart' && record.removal === undefined && record.inputs !== desired?.inputs;
}

/** A claim of a running node is going away, and a person said that it may. */
function lossApproved({ input, id, record }: Subject): ReturnType<Check> {
  return approvedLosses(input, id, record).length === 0 ? undefined : { kind: 'Rebuild', cause: 'VolumeLossApproved' };
}

function volumesChanged({ record, desired }: Subject): ReturnType<Check> {
  if (desired === undefined || record.established === undefined || sameVolumes(record, desired)) return undefined;
  return { kind: 'Rebuild', cause: 'VolumesChanged' };
}

/** A restart would take away the Pod that keeps a deleted volume; provision tells that a person has to decide. */
function unlessLosing(check: Check): Check {
  return (subject) => (isLosing(subject.input, subject.record) ? undefined : check(subject));
}

function outdated({ record, desired }: Subject): ReturnType<Check> {
  if (desired === undefined || desired.inputs === record.inputs) return undefined;
  return { kind: 'Restart', cause: whatChanged(record, desired) };
}

function whatChanged(record: NodeRecord, desired: RevisionIdentity): Cause {
  if (record.version !== undefined && record.version !== desired.version) return 'VersionChanged';
  return record.image !== undefined && record.image !== desired.image ? 'ImageChanged' : 'ConfigChanged';
}

/** The record moved on and the Pod did not: a crash between the two, or a Pod that came up just then. */
function halfRestarted({ record, pod }: Subject): ReturnType<Check> {
  const current = pod.revision === record.revision || nothingRunsIn(pod);
  return current ? undefined : { kind: 'Restart', cause: 'ConfigChanged' };
}

function requested({ input: { cluster, now }, pod }: Subject): ReturnType<Check> {
  const wishes = [cluster.wishes.restartRequestedAtMs, restartWish(pod)];
  const due = wishes.some((atMs) => atMs !== undefined && atMs <= now.getTime() && isOlder(pod, atMs));
  return due ? { kind: 'Restart', cause: 'RestartRequested' } : undefined;
}

/** NiFi has no entry of it and it calls itself disconnected: nobody can connect it, only a new process joins. */
function forgotten({ input, id }: Subject): ReturnType<Check> {
  return isForgotten(input, id) ? { kind: 'Restart', cause: 'NotJoined' } : undefined;
}

/** A wish on the Pod goes with the Pod, so that any time that has come is due. */
export function restartWish(pod: ObservedPod): number | undefined {
  const atMs = parseTimestamp(pod.restartRequestedAt);
  return atMs === undefined ? undefined : Math.max(atMs, pod.createdAtMs + 1_000);
}

/** A creation time has whole seconds: a Pod of the very second of the wish counts as made after it. */
function isOlder({ createdAtMs }: ObservedPod, atMs: number): boolean {
  return createdAtMs < Math.floor(atMs / 1_000) * 1_000;
}

/** Milliseconds to the next restart that is asked for at a later time. */
export function nextWishMs({ cluster, world, now }: PlanInput): number | undefined {
  const wishes = [cluster.wishes.restartRequestedAtMs, ...[...world.pods.values()].map(restartWish)];
  const ahead = wishes.flatMap((atMs) => (atMs === undefined || atMs <= now.getTime() ? [] : [atMs - now.getTime()]));
  return ahead.length === 0 ? undefined : Math.min(...ahead);
}

/** The node has been emptying for longer than a person thinks it should. */
export function isOverdue({ cluster, world, now }: PlanInput, id: number): boolean {
  const mark = markOf(world.pods.get(id));
  if (mark === undefined || mark.purpose === 'Restart') return false;
  return now.getTime() - mark.sinceMs > parseDuration(cluster.spec.decommissioning.offloadTimeout);
}
