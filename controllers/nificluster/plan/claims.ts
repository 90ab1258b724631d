// The claims of one node: which to create, to grow, to hand over; and whether one that held data is gone.
// A claim that NiFi ever started on is never replaced by an empty one: the node stays stopped until a person decides.
// Sizes follow the spec at once and without a restart; the set of volumes follows the record.

import { annotations, claimName } from '../../../api/v1/labels.ts';
import type { StorageVolume } from '../../../api/v1/zz_generated.nificluster.ts';
import { compareQuantities } from '../../../pkg/schema/quantity.ts';
import type { NodeRecord } from '../build/record.ts';
import { buildClaim, claimOwners } from '../build/resources/claim.ts';
import type { PlanInput } from './input.ts';
import type { Finding, NodeStep } from './steps.ts';
import type { ObservedClaim } from './world.ts';

export interface ClaimPlan {
  readonly steps: readonly NodeStep[];
  readonly findings: readonly Finding[];
  /** A volume with data is gone or going: the node must not start. */
  readonly lost: boolean;
}

export function planClaims(input: PlanInput, id: number, record: NodeRecord): ClaimPlan {
  const steps: NodeStep[] = [];
  const findings: Finding[] = [];
  for (const volume of record.volumes) {
    const claim = input.world.claims.get(claimName(input.cluster.name, id, volume.name));
    const lost = lossOf(input, id, record, volume, claim);
    if (lost !== undefined) findings.push(lost);
    else if (claim === undefined) steps.push(createStep(input, id, volume));
    else if (!claim.deleting) {
      steps.push(...changes(input, id, volume, claim));
      findings.push(...shrinking(wantedVolume(input, id, volume), claim));
    }
  }
  return { steps, findings, lost: findings.some(({ reason }) => reason === 'VolumeLost') };
}

function lossOf(
  input: PlanInput,
  id: number,
  record: NodeRecord,
  volume: StorageVolume,
  claim: ObservedClaim | undefined,
): Finding | undefined {
  const expected = record.established?.[volume.name];
  if (expected === undefined) return undefined;
  if (claim !== undefined && claim.uid === expected && !claim.deleting) return undefined;
  const name = claimName(input.cluster.name, id, volume.name);
  const what = claim === undefined ? 'is gone' : claim.deleting ? 'is being deleted' : 'is another one than before';
  return {
    reason: 'VolumeLost',
    message:
      `PersistentVolumeClaim ${name}, which holds data of node ${id}, ${what}: the node is not started on an empty volume. ` +
      `Restore the claim with its volume, or give up the data on it`,
    node: id,
    effect: 'blocks',
  };
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

function changes(input: PlanInput, id: number, recorded: StorageVolume, claim: ObservedClaim): readonly NodeStep[] {
  const { cluster } = input;
  const target = { kind: 'PatchClaim', id, name: claim.name, resourceVersion: claim.resourceVersion } as const;
  const wanted = wantedVolume(input, id, recorded);
  if (claim.clusterUid !== cluster.uid) {
    const metadata = { annotations: { [annotations.clusterUid]: cluster.uid }, ownerReferences: claimOwners(cluster) };
    return [{ ...target, patch: { metadata }, why: 'VolumeAdopted', note: `took back ${claim.name}` }];
  }
  if (claim.owners.some(({ uid }) => uid === cluster.uid) === cluster.keepVolumesWhenDeleted) {
    const note = cluster.keepVolumesWhenDeleted ? 'stays' : 'goes';
    const others = claim.owners.filter(({ uid }) => uid !== cluster.uid);
    const patch = { metadata: { ownerReferences: [...others, ...claimOwners(cluster)] } };
    return [{ ...target, patch, why: undefined, note: `${claim.name} ${note} when the cluster is deleted` }];
  }
  if (compareQuantities(wanted.size, claim.size) > 0) {
    const patch = { spec: { resources: { requests: { storage: wanted.size } } } };
    return [{ ...target, patch, why: 'VolumeExpanded', note: `${claim.name} from ${claim.size} to ${wanted.size}` }];
  }
  return [];
}
