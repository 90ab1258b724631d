// The claims of one node: which to create, to grow, to hand over, to take back; and whether one that held data is gone.
// A claim that NiFi ever started on is never replaced by an empty one: the node stays stopped until a person decides.
// Sizes follow the spec at once and without a restart; the set of volumes follows the record.

import { annotations, claimName } from '../../../api/v1/labels.ts';
import type { StorageVolume } from '../../../api/v1/zz_generated.nificluster.ts';
import { compareQuantities } from '../../../pkg/schema/quantity.ts';
import type { NodeRecord, Removal } from '../build/record.ts';
import { buildClaim, claimOwners } from '../build/resources/claim.ts';
import type { NodeWish } from '../resolved.ts';
import { departed } from './gates.ts';
import type { PlanInput } from './input.ts';
import { isToldToSetAside } from './set-aside.ts';
import type { Finding, NodeStep } from './steps.ts';
import type { ObservedClaim } from './world.ts';

export interface ClaimPlan {
  readonly steps: readonly NodeStep[];
  readonly findings: readonly Finding[];
  /** Nothing that held data is missed, nothing is going or still to be taken back: a Pod may be made. */
  readonly mayStart: boolean;
}

export function planClaims(input: PlanInput, id: number, record: NodeRecord): ClaimPlan {
  const steps: NodeStep[] = [];
  const findings: Finding[] = [];
  const approved = approvedLosses(input, id, record);
  const left = departed(input, id);
  if (left !== undefined) findings.push(left);
  let mayStart = left === undefined && isToldToSetAside(input, id);
  for (const volume of record.volumes) {
    const claim = claimOf(input, id, volume.name);
    const lost = lossOf(input, id, record, volume.name);
    if (lost !== undefined && !approved.includes(volume.name)) findings.push(lost);
    if (lost !== undefined || claim?.deleting || claim?.released !== undefined) mayStart = false;
    if (lost !== undefined || claim?.deleting) continue;
    if (claim === undefined) steps.push(createStep(input, id, volume));
    else if (left === undefined) {
      steps.push(...changes(input, id, volume, claim));
      findings.push(...shrinking(wantedVolume(input, id, volume), claim));
    }
  }
  return { steps, findings, mayStart };
}

/**
 * Names of the lost volumes of this record that a person gave up: by `rebuild` for a member, by `abandon` for a node that
 * leaves. While a Pod runs, its volumes are still in use; once it is gone, the record may forget these.
 */
export function approvedLosses(input: Pick<PlanInput, 'cluster' | 'world'>, id: number, record: NodeRecord): readonly string[] {
  const { wishes } = wishFor(input, id);
  return Object.entries(record.established ?? {})
    .filter(([volume]) => lossOf(input, id, record, volume) !== undefined)
    .filter(([, claimUid]) => wishes.some((wish) => wish.id === id && wish.claimUid === claimUid))
    .map(([volume]) => volume);
}

/** Whether a person gave up the data of this node, naming one of the claims that NiFi started on. */
export function isAbandoned({ cluster }: Pick<PlanInput, 'cluster'>, { id, established = {} }: NodeRecord): boolean {
  const uids = Object.values(established);
  return cluster.wishes.abandon.some((wish) => wish.id === id && uids.includes(wish.claimUid));
}

/**
 * The claims that NiFi is now seen to run on and that the record does not have: volumes that are new, or that came in
 * place of lost ones. Undefined when there are none.
 */
export function newlyEstablished(input: Pick<PlanInput, 'cluster' | 'world'>, record: NodeRecord): NodeRecord['established'] {
  const unknown = record.volumes.filter(({ name }) => record.established?.[name] === undefined);
  const found = unknown.flatMap(({ name }) => claimOf(input, record.id, name) ?? []);
  if (found.length === 0) return undefined;
  return { ...record.established, ...Object.fromEntries(found.map(({ volume, uid }) => [volume, uid])) };
}

/** The merge patch that keeps the claim of a node that left: it belongs to no node, and to nobody who could take it along. */
export function releasePatch({ uid }: PlanInput['cluster'], { owners }: ObservedClaim, { why, podUid, containerId }: Removal): object {
  const proof = [why, podUid, containerId].filter((word) => word !== '').join(' ');
  return {
    metadata: {
      annotations: { [annotations.released]: proof, [annotations.adopted]: null },
      ownerReferences: owners.filter((owner) => owner.uid !== uid),
    },
  };
}

function claimOf({ cluster, world }: Pick<PlanInput, 'cluster' | 'world'>, id: number, volume: string): ObservedClaim | undefined {
  return world.claims.get(claimName(cluster.name, id, volume));
}

function lossOf(input: Pick<PlanInput, 'cluster' | 'world'>, id: number, record: NodeRecord, volume: string): Finding | undefined {
  const expected = record.established?.[volume];
  if (expected === undefined) return undefined;
  const claim = claimOf(input, id, volume);
  if (claim !== undefined && claim.uid === expected && !claim.deleting) return undefined;
  const name = claimName(input.cluster.name, id, volume);
  const what = claim === undefined ? 'is gone' : claim.deleting ? 'is being deleted' : 'is another one than before';
  return {
    reason: 'VolumeLost',
    message:
      `PersistentVolumeClaim ${name}, which holds data of node ${id}, ${what}: the node is not started on an empty volume. ` +
      `Restore the claim with its volume, or give up the data on it: ${approval(input, { id, claimUid: expected })}`,
    node: id,
    effect: 'blocks',
  };
}

interface Approval {
  readonly annotation: string;
  readonly wishes: readonly NodeWish[];
}

function wishFor({ cluster }: Pick<PlanInput, 'cluster'>, id: number): Approval {
  return cluster.members.includes(id)
    ? { annotation: annotations.rebuild, wishes: cluster.wishes.rebuild }
    : { annotation: annotations.abandon, wishes: cluster.wishes.abandon };
}

/** The command as it is to be typed. It keeps the wishes that are there, and only then overwrites. */
function approval(input: Pick<PlanInput, 'cluster'>, wish: NodeWish): string {
  const { name, namespace } = input.cluster;
  const { annotation, wishes } = wishFor(input, wish.id);
  const value = [...wishes, wish].map(({ id, claimUid }) => `${id}/${claimUid}`).join(',');
  const overwrite = wishes.length === 0 ? '' : ' --overwrite';
  return `kubectl annotate nificluster ${name} ${annotation}=${value} -n ${namespace}${overwrite}`;
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
  const released = claim.released === undefined ? {} : { [annotations.released]: null, [annotations.adopted]: claim.released };
  return {
    annotations: { [annotations.clusterUid]: cluster.uid, ...released },
    ownerReferences: claim.clusterUid === cluster.uid ? ownersOf(cluster, claim) : claimOwners(cluster),
  };
}

function ownersOf(cluster: PlanInput['cluster'], { owners }: ObservedClaim): readonly object[] {
  return [...owners.filter(({ uid }) => uid !== cluster.uid), ...claimOwners(cluster)];
}
