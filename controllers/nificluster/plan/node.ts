// What one node needs to exist: revision, record, claims, Pod, in the order that is safe after a crash at any of them.
// It never takes a running NiFi down. A Pod in which nothing runs may be replaced at once, whatever else is going on:
// that is how a mended configuration reaches a node that could not start.
// The surprising rule: a missing Pod comes back from its record, not from the spec.

import type { EventReason } from '../../../api/v1/conditions.ts';
import { claimName, recordName, revisionName } from '../../../api/v1/labels.ts';
import type { KubeObject } from '../../../pkg/kube/types.ts';
import { type NodeRecord, renderVersion } from '../build/record.ts';
import type { RevisionIdentity } from '../build/revision.ts';
import { approvedLosses, planClaims } from './claims.ts';
import { departed, leftBehind } from './gates.ts';
import type { PlanInput } from './input.ts';
import type { Finding, NodeStep } from './steps.ts';
import { nothingRunsIn } from './stuck.ts';
import { isReadable, type ObservedPod } from './world.ts';

export interface NodePlan {
  readonly steps: readonly NodeStep[];
  readonly findings: readonly Finding[];
}

export function planNode(input: PlanInput, id: number): NodePlan {
  const record = input.world.records.get(id);
  if (record !== undefined && !isReadable(record)) return unreadable(input, id, record.unreadable);
  const stranger = record === undefined ? (leftBehind(input, id) ?? departed(input, id)) : undefined;
  if (stranger !== undefined) return { steps: [], findings: [stranger] };
  const pod = input.world.pods.get(id);
  const desired = input.desired.get(id);
  const next = nextRecord(input, id, record, pod, desired);
  if (next === undefined) return { steps: [], findings: [] };

  const claims = planClaims(input, id, next);
  const podSteps = claims.lost ? [] : planPod(input, next, pod, desired);
  const startSteps = podSteps.filter(({ kind }) => claims.mayStart || kind !== 'CreatePod');
  const established = recordOfStart(input, next, pod);
  return {
    steps: [
      ...recordSteps(input, record, established ?? next, desired),
      ...claims.steps,
      ...startSteps,
      ...unusedRevisions(input, next, pod),
    ],
    findings: claims.findings,
  };
}

/** Of a node that is not kept up: only what its Pod did is put on record. */
export function planSleepingNode(input: PlanInput, id: number): NodePlan {
  const record = input.world.records.get(id);
  const next = isReadable(record) ? recordOfStart(input, record, input.world.pods.get(id)) : undefined;
  const steps = isReadable(record) && next !== undefined ? recordSteps(input, record, next, undefined) : [];
  return { steps, findings: [] };
}

function unreadable(input: PlanInput, id: number, why: string): NodePlan {
  const name = recordName(input.cluster.name, id);
  const message = `ConfigMap ${name}, the record of node ${id}, cannot be read (${why}): restore it, or delete it to have it made again from the Pod`;
  return { steps: [], findings: [{ reason: 'RecordUnreadable', message, node: id, effect: 'blocks' }] };
}

/** The record that should hold after this plan; undefined when nothing is known of the node and nothing can be rendered. */
function nextRecord(
  input: PlanInput,
  id: number,
  record: NodeRecord | undefined,
  pod: ObservedPod | undefined,
  desired: RevisionIdentity | undefined,
): NodeRecord | undefined {
  if (record === undefined) return newRecord(input, id, pod, desired);
  const known = pod === undefined ? afterPod(input, record) : record;
  if (desired === undefined || desired.digest === record.revision) return known;
  const emptied = pod === undefined && record.removal?.state === 'PodDeleted';
  const moves = emptied || (desired.inputs !== record.inputs && mayMoveOn(input, record, pod, desired));
  return moves ? { ...recordOf(desired, input.keyCheck), ...kept(known) } : known;
}

/** What a node that has no Pod forgets before it gets one: a finished emptying, and volumes that a person gave up. */
function afterPod(input: PlanInput, record: NodeRecord): NodeRecord {
  const lost = approvedLosses(input, record.id, record);
  const emptied = record.removal?.state === 'PodDeleted';
  if (lost.length === 0 && !emptied) return record;
  const { removal: _, established, ...rest } = record;
  const left = Object.entries(established ?? {}).filter(([volume]) => !lost.includes(volume));
  return { ...rest, established: left.length === 0 ? undefined : Object.fromEntries(left) };
}

/** A node without a record: a new one, or one whose record somebody deleted. Its claims then hold data. */
function newRecord(
  input: PlanInput,
  id: number,
  pod: ObservedPod | undefined,
  desired: RevisionIdentity | undefined,
): NodeRecord | undefined {
  if (desired === undefined) return undefined;
  // One of ours that is being deleted held data as well; one that was left behind is only making room.
  const claims = [...input.world.claims.values()].filter(
    (claim) =>
      claim.id === id && (!claim.deleting || (claim.clusterUid === input.cluster.uid && claim.released === undefined)),
  );
  const established =
    claims.length > 0 ? Object.fromEntries(claims.map(({ volume, uid }) => [volume, uid])) : undefined;
  const fresh = { ...recordOf(desired, input.keyCheck), established };
  // The Pod goes on as it is: what it runs is named by its own annotation, and is not what the spec says now.
  const running = pod?.revision !== undefined && pod.revision !== desired.digest;
  return running ? { ...fresh, revision: pod.revision, inputs: 'unknown' } : fresh;
}

export function recordOf(desired: RevisionIdentity, keyCheck: string | undefined): NodeRecord {
  return {
    id: desired.id,
    revision: desired.digest,
    inputs: desired.inputs,
    renderVersion,
    volumes: desired.volumes,
    version: desired.version,
    image: desired.image,
    ...(keyCheck === undefined ? {} : { keyCheck }),
    established: undefined,
  };
}

export function kept(record: NodeRecord): Partial<NodeRecord> {
  return {
    established: record.established,
    ...(record.wrote === undefined ? {} : { wrote: record.wrote }),
    ...(record.removal === undefined ? {} : { removal: record.removal }),
    ...(record.resourceVersion === undefined ? {} : { resourceVersion: record.resourceVersion }),
  };
}

/**
 * Whether the record may move to the new revision without a restart step: where nothing ever ran on these volumes and
 * nothing runs now, where the Pod runs that revision already, and of a node that leaves and cannot start.
 */
function mayMoveOn(
  { cluster }: PlanInput,
  record: NodeRecord,
  pod: ObservedPod | undefined,
  desired: RevisionIdentity,
): boolean {
  if (pod?.revision === desired.digest) return true;
  // No revision is asked of any other node that leaves; see stuck-leavers.ts.
  const isStuckLeaver = !cluster.members.includes(record.id);
  if ((record.established !== undefined && !isStuckLeaver) || pod?.deleting) return false;
  return pod === undefined || nothingRunsIn(pod);
}

export function sameVolumes(record: NodeRecord, desired: RevisionIdentity): boolean {
  const key = (volumes: NodeRecord['volumes']): string =>
    volumes
      .map(({ name, repository }) => `${name}:${repository ?? ''}`)
      .toSorted()
      .join();
  return key(record.volumes) === key(desired.volumes);
}

/**
 * Writing `established` before anything is decided on it: from the first sight of a process on these volumes, whatever
 * revision it runs. A Pod that came up just as it was to be replaced has written to them all the same.
 */
function recordOfStart(input: PlanInput, next: NodeRecord, pod: ObservedPod | undefined): NodeRecord | undefined {
  const container = pod?.container;
  if (container === undefined || (container.state !== 'running' && container.lastExit === undefined)) return undefined;
  const isCurrent = pod?.revision === next.revision;
  const started = isCurrent || next.established === undefined ? newlyStarted(input, next) : {};
  const wrote = isCurrent ? next.version : next.wrote;
  if (started === undefined || (Object.keys(started).length === 0 && wrote === next.wrote)) return undefined;
  return { ...next, ...(wrote && { wrote }), established: { ...next.established, ...started } };
}

/** Volumes of which no process was seen yet, with their claims; undefined while one of these is not there. */
function newlyStarted({ world, cluster }: PlanInput, next: NodeRecord): Readonly<Record<string, string>> | undefined {
  const volumes = next.volumes.filter(({ name }) => next.established?.[name] === undefined);
  const claims = volumes.map(({ name }) => world.claims.get(claimName(cluster.name, next.id, name)));
  if (claims.includes(undefined)) return undefined;
  return Object.fromEntries(claims.flatMap((claim) => (claim === undefined ? [] : [[claim.volume, claim.uid]])));
}

function recordSteps(
  input: PlanInput,
  record: NodeRecord | undefined,
  next: NodeRecord,
  desired: RevisionIdentity | undefined,
): readonly NodeStep[] {
  const steps: NodeStep[] = [...revisionSteps(input, next, desired)];
  if (record === undefined) steps.push({ kind: 'CreateRecord', id: next.id, record: next });
  else if (record !== next) {
    steps.push({ kind: 'UpdateRecord', id: next.id, record: next, ...tellingOf(record, next) });
  }
  return steps;
}

function tellingOf(
  before: NodeRecord,
  next: NodeRecord,
): { readonly why: EventReason | undefined; readonly note: string } {
  if (before.revision !== next.revision) {
    return { why: 'ConfigurationReplaced', note: `Node ${next.id} was given the configuration of the spec` };
  }
  if (before.established !== undefined) return { why: undefined, note: '' };
  return { why: 'NodeStarted', note: `Node ${next.id} started for the first time` };
}

/** The revision's objects that do not exist, rendered only when one of them does not. */
export function revisionSteps(
  input: PlanInput,
  next: NodeRecord,
  desired: RevisionIdentity | undefined,
): readonly NodeStep[] {
  if (desired === undefined || desired.digest !== next.revision) return [];
  const name = revisionName(input.cluster.name, next.id, next.revision);
  const exists = (kind: string): boolean => input.world.revisions.some((one) => one.kind === kind && one.name === name);
  if (exists('ConfigMap') && (exists('Secret') || !desired.hasSecretPart)) return [];
  const revision = input.render(next.id);
  const objects = [revision?.configMap, revision?.secret].filter(
    (object) => object !== undefined && !exists(object.kind),
  );
  return [{ kind: 'CreateRevision', id: next.id, objects: objects as readonly KubeObject[] }];
}

function planPod(
  input: PlanInput,
  next: NodeRecord,
  pod: ObservedPod | undefined,
  desired: RevisionIdentity | undefined,
): readonly NodeStep[] {
  if (pod === undefined) return [{ kind: 'CreatePod', id: next.id, source: podSource(input, next, desired) }];
  if (pod.deleting) return [];
  const { name, uid, resourceVersion } = pod;
  const target = { id: next.id, name, uid, resourceVersion };
  if (pod.phase === 'Failed' || pod.phase === 'Succeeded') {
    return [{ kind: 'DeletePod', ...target, why: 'PodRemoved', note: `the Pod is ${pod.phase}, nothing runs in it` }];
  }
  if (pod.revision !== next.revision && nothingRunsIn(pod)) {
    return [
      { kind: 'DeletePod', ...target, why: 'PodRemoved', note: 'nothing runs in it, and its configuration was mended' },
    ];
  }
  return [];
}

function podSource(
  input: PlanInput,
  next: NodeRecord,
  desired: RevisionIdentity | undefined,
): Extract<NodeStep, { kind: 'CreatePod' }>['source'] {
  const rendered = desired?.digest === next.revision ? input.render(next.id) : undefined;
  return rendered !== undefined
    ? { kind: 'Rendered', pod: rendered.pod }
    : { kind: 'Stored', configMap: revisionName(input.cluster.name, next.id, next.revision) };
}

/**
 * Revisions that neither the record nor the Pod names, once the node is back with the new one; a crash may leave one
 * between its creation and the record.
 */
function unusedRevisions(input: PlanInput, next: NodeRecord, pod: ObservedPod | undefined): readonly NodeStep[] {
  const isBack = pod?.ready === true && !pod.deleting && pod.revision === next.revision;
  if (!isBack) return [];
  const used = new Set(
    [next.revision, pod.revision, input.desired.get(next.id)?.digest].map((digest) =>
      revisionName(input.cluster.name, next.id, digest ?? ''),
    ),
  );
  return input.world.revisions
    .filter((revision) => revision.id === next.id && !used.has(revision.name))
    .map(({ kind, name, uid }) => ({ kind: 'DeleteRevision', id: next.id, object: { kind, name, uid } }));
}
