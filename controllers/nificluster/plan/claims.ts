// The claims of one node: which to create, to grow, to hand over, to take back; and whether one that held data is gone.
// A claim that NiFi ever started on is never replaced by an empty one: the node stays stopped until a person decides.
// Sizes follow the spec at once and without a restart; the set of volumes follows the record.

import { annotations, claimName } from '../../../api/v1/labels.ts';
import type { StorageVolume } from '../../../api/v1/zz_generated.nificluster.ts';
import { compareQuantities } from '../../../pkg/schema/quantity.ts';
import type { NodeRecord } from '../build/record.ts';
import { buildClaim, claimOwners } from '../build/resources/claim.ts';
import type { NodeWish } from '../resolved.ts';
import { departed } from './gates.ts';
import type { PlanInput } from './input.ts';
import { isToldToSetAside } from './set-aside.ts';
import type { Finding, NodeStep } from './steps.ts';
import type { ObservedClaim } from './world.ts';

type Known = Pick<PlanInput, 'cluster' | 'world'>;

export interface ClaimPlan {
  readonly steps: readonly NodeStep[];
  readonly findings: readonly Finding[];
  /** A volume with data is gone or going: nothing is done to the Pod, which may be the last that holds it. */
  readonly lost: boolean;
  /** No volume is going or still to be taken back: a Pod may be made. */
  readonly mayStart: boolean;
}

export function planClaims(input: PlanInput, id: number, record: NodeRecord): ClaimPlan {
  if (isGivenUp(input, record)) return { steps: [], findings: [], lost: true, mayStart: false };
  const approved = approvedLosses(input, id, record);
  const left = departed(input, id);
  const plans = record.volumes.map((volume) => planClaim(input, record, volume, left !== undefined));
  const losses = plans.flatMap(({ loss }) => loss ?? []);
  const findings = losses.filter(({ volume }) => !approved.includes(volume)).map(({ finding }) => finding);
  return {
    steps: plans.flatMap(({ steps }) => steps),
    findings: [...(left === undefined ? [] : [left]), ...findings, ...plans.flatMap((plan) => plan.findings)],
    lost: losses.length > 0,
    mayStart: plans.every((plan) => plan.settled) && isToldToSetAside(input, id),
  };
}

interface Loss {
  readonly volume: string;
  readonly finding: Finding;
}

interface VolumePlan extends Pick<ClaimPlan, 'steps' | 'findings'> {
  readonly loss: Loss | undefined;
  readonly settled: boolean;
}

function planClaim(input: PlanInput, record: NodeRecord, volume: StorageVolume, isHeld: boolean): VolumePlan {
  const { id } = record;
  const claim = claimOf(input, id, volume.name);
  const loss = lossOf(input, record, volume.name);
  const nothing = { steps: [], findings: [], loss, settled: false };
  if (loss !== undefined || claim?.deleting) return nothing;
  if (claim === undefined) return { ...nothing, steps: [createStep(input, id, volume)], settled: true };
  if (claim.released !== undefined && isHeld) return nothing;
  const findings = shrinking(wantedVolume(input, id, volume), claim);
  return { steps: changes(input, id, volume, claim), findings, loss, settled: claim.released === undefined };
}

/**
 * Names of the lost volumes of this member that a person gave up. While a Pod runs, its volumes may still be in use;
 * once it is gone, the record forgets these, and they are made anew.
 */
export function approvedLosses(input: Known, id: number, record: NodeRecord): readonly string[] {
  if (!isMember(input, id)) return [];
  const { rebuild } = input.cluster.wishes;
  return Object.entries(record.established ?? {})
    .filter(([volume]) => lossOf(input, record, volume) !== undefined)
    .filter(([, claimUid]) => rebuild.some((wish) => wish.id === id && wish.claimUid === claimUid))
    .map(([volume]) => volume);
}

/** What a cluster without members must not stop: the message of a deleted volume that only the node's Pod still holds. */
export function undecidedLoss(input: Known, record: NodeRecord): Finding | undefined {
  const { rebuild, abandon } = input.cluster.wishes;
  const [loss] = Object.entries(record.established ?? {}).flatMap(([volume, claimUid]) => {
    const decided = [...rebuild, ...abandon].some((wish) => wish.id === record.id && wish.claimUid === claimUid);
    return decided ? [] : (lossOf(input, record, volume) ?? []);
  });
  return loss?.finding;
}

/** A volume with data is gone, or goes with the Pod that still holds it: without that Pod there would be nothing left. */
export function isLosing(input: Known, record: NodeRecord): boolean {
  return Object.keys(record.established ?? {}).some((volume) => lossOf(input, record, volume) !== undefined);
}

/** Whether a person gave up the data of this node, naming one of the claims that NiFi started on. */
export function isAbandoned({ cluster }: Pick<Known, 'cluster'>, { id, established = {} }: NodeRecord): boolean {
  const uids = Object.values(established);
  return cluster.wishes.abandon.some((wish) => wish.id === id && uids.includes(wish.claimUid));
}

/** It goes as it is: what it has lost is neither missed nor made anew. */
function isGivenUp(input: Known, record: NodeRecord): boolean {
  return !isMember(input, record.id) && isAbandoned(input, record);
}

/**
 * The merge patch that keeps the claim of a node that left. From now on it belongs to no node, and nobody owns it: who asked
 * that it stays does not lose it with the cluster either. `proof` must differ from departure to departure.
 */
export function releasePatch({ uid }: PlanInput['cluster'], { owners }: ObservedClaim, proof: string): object {
  return {
    metadata: {
      annotations: { [annotations.released]: proof, [annotations.adopted]: null },
      ownerReferences: owners.filter((owner) => owner.uid !== uid),
    },
  };
}

function claimOf({ cluster, world }: Known, id: number, volume: string): ObservedClaim | undefined {
  return world.claims.get(claimName(cluster.name, id, volume));
}

function isMember({ cluster }: Pick<Known, 'cluster'>, id: number): boolean {
  return cluster.members.includes(id);
}

function lossOf(input: Known, { id, established }: NodeRecord, volume: string): Loss | undefined {
  const expected = established?.[volume];
  if (expected === undefined) return undefined;
  const claim = claimOf(input, id, volume);
  if (claim !== undefined && claim.uid === expected && !claim.deleting) return undefined;
  const name = claimName(input.cluster.name, id, volume);
  const what = claim === undefined ? 'is gone' : claim.deleting ? 'is being deleted' : 'is another one than before';
  const message =
    `PersistentVolumeClaim ${name}, which holds data of node ${id}, ${what}: the node is not started on an empty volume. ` +
    `Restore the claim with its volume, or give up the data on it: ${approval(input, { id, claimUid: expected })}`;
  return { volume, finding: { reason: 'VolumeLost', message, node: id, effect: 'blocks' } };
}

/** The command as it is to be typed. It keeps the wishes that are there, and only then overwrites. */
function approval(input: Pick<Known, 'cluster'>, wish: NodeWish): string {
  const { name, namespace, wishes } = input.cluster;
  const asleep = input.cluster.members.length === 0;
  const kind = asleep || isMember(input, wish.id) ? 'rebuild' : 'abandon';
  const value = [...wishes[kind], wish].map(({ id, claimUid }) => `${id}/${claimUid}`).join(',');
  const overwrite = wishes[kind].length === 0 ? '' : ' --overwrite';
  return `kubectl annotate nificluster ${name} ${annotations[kind]}=${value} -n ${namespace}${overwrite}`;
}

/** Admission refuses a smaller size in place, but cannot see that an override with a larger one was taken away. */
function shrinking(wanted: StorageVolume, { name, id, size }: ObservedClaim): readonly Finding[] {
  if (compareQuantities(wanted.size, size) >= 0) return [];
  const message = `PersistentVolumeClaim ${name} has ${size}, and the spec asks for ${wanted.size}: a volume never shrinks, give the former size`;
  return [{ reason: 'VolumeShrinkRefused', message, node: id, effect: 'notes' }];
}

function createStep(input: PlanInput, id: number, recorded: StorageVolume): NodeStep {
  const volume = wantedVolume(input, id, recorded);
  return { kind: 'CreateClaim', id, volume: volume.name, object: buildClaim(input.cluster, id, volume) };
}

/** As the spec has it now; as the record has it where the spec has it no more. */
function wantedVolume({ cluster }: PlanInput, id: number, recorded: StorageVolume): StorageVolume {
  return cluster.nodes.get(id)?.inputs.pod.volumes.find(({ name }) => name === recorded.name) ?? recorded;
}

/** One change at a time: each is bound to the claim as it was seen, and the event of the one brings the next. */
function changes(input: PlanInput, id: number, recorded: StorageVolume, claim: ObservedClaim): readonly NodeStep[] {
  const { cluster } = input;
  const target = { kind: 'PatchClaim', id, name: claim.name, resourceVersion: claim.resourceVersion } as const;
  const wanted = wantedVolume(input, id, recorded);
  if (claim.clusterUid !== cluster.uid || claim.released !== undefined) {
    const note = `took back ${claim.name}`;
    return [{ ...target, patch: { metadata: adoption(cluster, claim) }, why: 'VolumeAdopted', note }];
  }
  if (claim.owners.some(({ uid }) => uid === cluster.uid) === cluster.keepVolumesWhenDeleted) {
    const note = cluster.keepVolumesWhenDeleted ? 'stays' : 'goes';
    const patch = { metadata: { ownerReferences: ownersOf(cluster, claim) } };
    return [{ ...target, patch, why: undefined, note: `${claim.name} ${note} when the cluster is deleted` }];
  }
  if (compareQuantities(wanted.size, claim.size) > 0) {
    const patch = { spec: { resources: { requests: { storage: wanted.size } } } };
    return [{ ...target, patch, why: 'VolumeExpanded', note: `${claim.name} from ${claim.size} to ${wanted.size}` }];
  }
  return [];
}

/** The owners of a claim of an earlier cluster are gone with it. */
function adoption(cluster: PlanInput['cluster'], claim: ObservedClaim): object {
  const released =
    claim.released === undefined ? {} : { [annotations.released]: null, [annotations.adopted]: claim.released };
  return {
    annotations: { [annotations.clusterUid]: cluster.uid, ...released },
    ownerReferences: claim.clusterUid === cluster.uid ? ownersOf(cluster, claim) : claimOwners(cluster),
  };
}

function ownersOf(cluster: PlanInput['cluster'], { owners }: ObservedClaim): readonly object[] {
  return [...owners.filter(({ uid }) => uid !== cluster.uid), ...claimOwners(cluster)];
}
