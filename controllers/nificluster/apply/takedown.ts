// The steps that take a node down or away. Each is bound to the very object that the plan saw and is preceded by a
// consistent read, because what a lagging cache shows may be long over.
// Surprising: an object that is not there any more counts as outdated where the next step says that *we* deleted it. A Pod
// that somebody else deleted was not emptied by us.

import { annotations, recordName } from '../../../api/v1/labels.ts';
import { type ConfigMap, configMaps, persistentVolumeClaims, pods, secrets } from '../../../pkg/kube/resources.ts';
import type { ObjectKey, ResourceType } from '../../../pkg/kube/types.ts';
import { certificateType } from '../../../pkg/pki/certmanager.ts';
import { type Removal, readRecord } from '../build/record.ts';
import type { NodeStep } from '../plan/steps.ts';
import { isReadable } from '../plan/world.ts';
import { type ApplyContext, OutdatedError, ownerKey, written } from './context.ts';

type Of<K extends NodeStep['kind']> = Extract<NodeStep, { kind: K }>;

/** Before NiFi is told anything: after a crash the mark says whose disconnection it was. */
export async function markPod(context: ApplyContext, step: Of<'MarkPod'>): Promise<void> {
  await verified(context);
  const { name, uid, resourceVersion, mark } = step;
  const patch = { metadata: { annotations: { [annotations.disconnectedBy]: mark ?? null } } };
  const key = { ...ownerKey(context), name };
  written(context, pods, await context.client.patch(pods, key, patch, { uid, resourceVersion }));
}

export async function deletePod(context: ApplyContext, step: Of<'DeletePod'>): Promise<void> {
  await verified(context);
  const { id, name, uid, resourceVersion } = step;
  const key = { ...ownerKey(context), name };
  if (!(await context.client.delete(pods, key, { uid, resourceVersion })))
    throw new OutdatedError(`Pod ${name} of node ${id} is gone, and not by this delete`);
  context.tracker.deleted(ownerKey(context), pods, key, uid);
  if (step.why !== undefined) context.event('Normal', step.why, `Deleted Pod ${name}: ${step.note}`);
}

/** The one act that cannot be made good: everything that speaks for it is read again, every time. */
export async function deleteClaim(context: ApplyContext, step: Of<'DeleteClaim'>): Promise<void> {
  await verified(context, 'Always');
  await expectRemoved(context, step.id);
  const { name, uid, resourceVersion } = step;
  const key = { ...ownerKey(context), name };
  const deleted = await context.client.delete(persistentVolumeClaims, key, { uid, resourceVersion });
  context.tracker.deleted(ownerKey(context), persistentVolumeClaims, key, uid);
  if (deleted) context.event('Normal', 'VolumeDeleted', `Deleted PersistentVolumeClaim ${name}: ${step.note}`);
}

/** Certificates and their Secrets hold nothing that cannot be made again. */
export async function deleteForNode(context: ApplyContext, { object }: Of<'DeleteForNode'>): Promise<void> {
  const type: ResourceType = object.kind === 'Secret' ? secrets : certificateType;
  const key = { ...ownerKey(context), name: object.name };
  await context.client.delete(type, key, { uid: object.uid });
  context.tracker.deleted(ownerKey(context), type, key, object.uid);
}

/** The last of a node. A crash before it leaves a record without anything else, which is removed the same way. */
export async function deleteRecord(context: ApplyContext, { record, note }: Of<'DeleteRecord'>): Promise<void> {
  await verified(context);
  const key = recordKey(context, record.id);
  const live = await context.client.get(configMaps, key);
  const { uid, resourceVersion } = live?.metadata ?? {};
  if (uid === undefined || resourceVersion === undefined || resourceVersion !== record.resourceVersion)
    throw new OutdatedError(`the record of node ${record.id} has changed`);
  await context.client.delete(configMaps, key, { uid, resourceVersion });
  context.tracker.deleted(ownerKey(context), configMaps, key, uid);
  context.event('Normal', 'NodeRemoved', note);
}

async function verified(context: ApplyContext, how: 'OnceATerm' | 'Always' = 'OnceATerm'): Promise<void> {
  if (!(await context.verify(how))) throw new OutdatedError('the cluster is not what was planned with');
}

/** The record still says that the node's Pod was deleted on a proof, the same as was planned with, and the Pod is gone. */
async function expectRemoved(context: ApplyContext, id: number): Promise<void> {
  const planned = context.world.records.get(id);
  const [record, pod] = await Promise.all([
    context.client.get(configMaps, recordKey(context, id)),
    context.client.get(pods, recordKey(context, id)),
  ]);
  if (pod !== undefined) throw new OutdatedError(`node ${id} has a Pod`);
  const proof = isReadable(planned) ? planned.removal : undefined;
  if (proof?.state !== 'PodDeleted' || !isSame(proof, removalIn(id, record)))
    throw new OutdatedError(`the record of node ${id} does not say that it may be removed`);
}

/** Pod and record have one name. */
function recordKey(context: ApplyContext, id: number): ObjectKey {
  return { ...ownerKey(context), name: recordName(context.cluster.name, id) };
}

function removalIn(id: number, object: ConfigMap | undefined): Removal | undefined {
  const record = object === undefined ? undefined : readRecord(id, object);
  return record === undefined || 'unreadable' in record ? undefined : record.removal;
}

/** Both were read from records, which write them alike. */
function isSame(a: Removal, b: Removal | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
