// The end of a node that has left: its Pod was deleted on a proof. Claims first, then certificate and configuration, the
// record last, because it alone says that all this may be done. It runs to its end even when the id is wanted again: a
// claim of which half is gone must not come back to life.

import { issuedSecretName, nodeCertificateSecretName } from '../../../../api/v1/labels.ts';
import { certificateType } from '../../../../pkg/pki/certmanager.ts';
import type { NodeRecord, Removal } from '../../build/record.ts';
import { releasePatch } from '../claims.ts';
import { listed } from '../gates.ts';
import type { PlanInput } from '../input.ts';
import type { NodeStep } from '../steps.ts';
import { isReadable, type ObservedClaim } from '../world.ts';
import { progress, recording, stuck, type Turn } from './turn.ts';

/** Ids whose Pod was deleted on a proof and that are not to come back before everything of theirs is gone. */
export function isGoing({ cluster, world }: Pick<PlanInput, 'cluster' | 'world'>, id: number): boolean {
  const record = world.records.get(id);
  const removal = isReadable(record) ? record.removal : undefined;
  if (removal?.state !== 'PodDeleted') return false;
  return removal.afterwards !== 'Rebuild' || !cluster.members.includes(id);
}

export function leavingTurn(input: PlanInput, id: number): Turn {
  const { cluster, world } = input;
  const record = world.records.get(id);
  const pod = world.pods.get(id);
  if (!isReadable(record) || record.removal === undefined) return {};
  if (pod !== undefined && pod.uid !== record.removal.podUid) return { findings: [foreign(id, pod.name)] };
  if (pod !== undefined) return { findings: [progress(id, 'Removing', `Node ${id} is empty, its Pod is going`)] };
  if (record.removal.afterwards === 'Rebuild') return { steps: [leavingForGood(record, record.removal)] };
  const claims = [...world.claims.values()].filter((claim) => claim.id === id && claim.clusterUid === cluster.uid);
  const used = claims.filter(({ released }) => released === undefined);
  if (used.length > 0) {
    return { steps: used.flatMap((claim) => putAway(input, claim, record.removal)), findings: [puttingAway(id, used)] };
  }
  return { steps: lastSteps(input, id, record) };
}

/** Kubernetes keeps a claim that some Pod mounts, such as one that somebody looks at it with. */
function puttingAway(id: number, claims: readonly ObservedClaim[]): ReturnType<typeof progress> {
  const going = claims.filter(({ deleting }) => deleting).map(({ name }) => name);
  const which = going.length === 0 ? '' : `: ${listed(going)} goes as soon as no Pod mounts it`;
  return progress(id, 'Removing', `Node ${id} has left, its volumes are being put away${which}`);
}

/** On record before any volume goes: wanted again after that, the node would miss what it was to come back on. */
function leavingForGood(record: NodeRecord, removal: Removal): NodeStep {
  return recording(record, { removal: { ...removal, afterwards: 'Leave' } }, undefined, '');
}

function foreign(id: number, pod: string): ReturnType<typeof stuck> {
  const message = `Pod ${pod} was made while node ${id} was being removed, and not by this operator: delete it`;
  return stuck(id, 'NameConflict', message);
}

function putAway({ cluster }: PlanInput, claim: ObservedClaim, removal: Removal | undefined): readonly NodeStep[] {
  const { id, name, uid, resourceVersion } = claim;
  if (claim.deleting) return [];
  if (cluster.spec.volumeRetention.whenDecommissioned === 'Delete') {
    return [
      { kind: 'DeleteClaim', id, name, uid, resourceVersion, note: `Node ${id} has left, ${proofText(removal)}` },
    ];
  }
  const patch = releasePatch(cluster, claim, proofText(removal));
  const note = `${name} stays as it is, ${proofText(removal)}`;
  return [{ kind: 'PatchClaim', id, name, resourceVersion, patch, why: 'VolumeReleased', note }];
}

/** `Emptied <Pod UID> <container id>`: what stands for a volume's emptiness. */
function proofText(removal: Removal | undefined): string {
  return [removal?.why, removal?.podUid, removal?.containerId].filter((word) => word).join(' ');
}

function lastSteps({ cluster, world }: PlanInput, id: number, record: NodeRecord): readonly NodeStep[] {
  const secretName = nodeCertificateSecretName(cluster.name, id);
  const secret = world.secrets.get(secretName);
  const issued = world.secrets.get(issuedSecretName(secretName));
  const certificate = [...world.shared.values()].find(
    ({ kind, metadata }) => kind === certificateType.kind && metadata.name === secretName,
  );
  const revisions = world.revisions.filter((revision) => revision.id === id);
  return [
    ...(certificate === undefined ? [] : [removing(id, 'Certificate', certificate.metadata)]),
    ...[secret, issued].flatMap((one) => (one === undefined ? [] : [removing(id, 'Secret', one)])),
    ...revisions.map(({ kind, name, uid }): NodeStep => ({ kind: 'DeleteRevision', id, object: { kind, name, uid } })),
    { kind: 'DeleteRecord', id, record, note: `Node ${id} has left` },
  ];
}

function removing(
  id: number,
  kind: 'Secret' | 'Certificate',
  { name, uid = '' }: { readonly name: string; readonly uid?: string },
): NodeStep {
  return { kind: 'DeleteForNode', id, object: { kind, name, uid } };
}
