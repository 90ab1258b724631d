// Carries out the steps of one node. Each is one write (a revision may be two), safe to repeat after a crash before or
// after it, because names are deterministic and every delete is bound to the object that the plan saw.

import { annotations, labels, podName, recordName } from '../../../api/v1/labels.ts';
import { isStatus } from '../../../pkg/kube/errors.ts';
import {
  type ConfigMap,
  configMaps,
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaims,
  pods,
  secrets,
} from '../../../pkg/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../../pkg/kube/types.ts';
import { buildRecord, recordPatch } from '../build/record.ts';
import { podManifestKey } from '../build/resources/pod.ts';
import type { NodeStep, PodSource } from '../plan/steps.ts';
import { type ApplyContext, createOwn, nodeEvent, ownedBy, ownerKey, RefusedError, written } from './context.ts';
import { applyShared } from './shared.ts';
import { deleteClaim, deleteForNode, deletePod, deleteRecord, markPod } from './takedown.ts';

type Of<K extends NodeStep['kind']> = Extract<NodeStep, { kind: K }>;

/**
 * Every kind of step but the issuing of certificates, which needs the authority, and announcements, which are no writes.
 * Throws OutdatedError, or the 409 itself, when the object is not the one that the plan saw.
 */
export async function applyNodeStep(
  context: ApplyContext,
  step: Exclude<NodeStep, Of<'IssueNodeCertificate' | 'Announce'>>,
): Promise<void> {
  switch (step.kind) {
    case 'MarkPod':
      return markPod(context, step);
    case 'DeleteClaim':
      return deleteClaim(context, step);
    case 'DeleteForNode':
      return deleteForNode(context, step);
    case 'DeleteRecord':
      return deleteRecord(context, step);
    case 'ApplyForNode':
      return applyShared(context, step.object);
    case 'CreateRevision':
      return createRevision(context, step);
    case 'CreateRecord':
      return createRecord(context, step);
    case 'UpdateRecord':
      return updateRecord(context, step);
    case 'CreateClaim':
      return createClaim(context, step);
    case 'PatchClaim':
      return patchClaim(context, step);
    case 'CreatePod':
      return createPod(context, step);
    case 'DeletePod':
      return deletePod(context, step);
    case 'DeleteRevision':
      return deleteRevision(context, step);
  }
}

async function createRevision(context: ApplyContext, step: Of<'CreateRevision'>): Promise<void> {
  for (const object of step.objects) {
    const type: ResourceType = object.kind === 'Secret' ? secrets : configMaps;
    await createOwn(context, type, object, ownedBy(context.cluster));
  }
}

async function createRecord(context: ApplyContext, { record }: Of<'CreateRecord'>): Promise<void> {
  const { created } = await createOwn(
    context,
    configMaps,
    buildRecord(context.cluster, record) as ConfigMap,
    ownedBy(context.cluster),
  );
  if (created) context.event('Normal', 'NodeCreated', `Created node ${record.id}`);
}

async function updateRecord(context: ApplyContext, { record, why, note }: Of<'UpdateRecord'>): Promise<void> {
  const key = { ...ownerKey(context), name: recordName(context.cluster.name, record.id) };
  const lock = record.resourceVersion === undefined ? {} : { resourceVersion: record.resourceVersion };
  written(context, configMaps, await context.client.patch(configMaps, key, { data: recordPatch(record) }, lock));
  if (why !== undefined) context.event('Normal', why, note);
}

async function createClaim(context: ApplyContext, { id, object }: Of<'CreateClaim'>): Promise<void> {
  const claim = object as PersistentVolumeClaim;
  const { uid } = context.cluster;
  const isOurs = (live: KubeObject): boolean =>
    live.metadata.labels?.[labels.volume] === claim.metadata.labels?.[labels.volume] &&
    live.metadata.labels?.[labels.node] === String(id) &&
    live.metadata.annotations?.[annotations.clusterUid] === uid;
  const { created } = await createOwn(context, persistentVolumeClaims, claim, isOurs);
  if (created)
    nodeEvent(context, id, 'VolumeCreated', `Created PersistentVolumeClaim ${claim.metadata.name} for node ${id}`);
}

async function patchClaim(context: ApplyContext, step: Of<'PatchClaim'>): Promise<void> {
  const key = { ...ownerKey(context), name: step.name };
  try {
    const claim = await context.client.patch(persistentVolumeClaims, key, step.patch, {
      resourceVersion: step.resourceVersion,
    });
    written(context, persistentVolumeClaims, claim);
  } catch (error) {
    const refused = isStatus(error, 403) || isStatus(error, 422);
    if (step.why !== 'VolumeExpanded' || !refused) throw error;
    const message = `PersistentVolumeClaim ${step.name} cannot grow: ${error.message}: set allowVolumeExpansion on its StorageClass`;
    throw new RefusedError({ reason: 'VolumeClassRefused', message, node: step.id, effect: 'blocks' }, error);
  }
  if (step.why !== undefined) context.event('Normal', step.why, `Node ${step.id}: ${step.note}`);
}

async function createPod(context: ApplyContext, { id, source }: Of<'CreatePod'>): Promise<void> {
  const pod = await podOf(context, id, source);
  const { created } = await createOwn(context, pods, pod, ownedBy(context.cluster));
  if (created) nodeEvent(context, id, 'PodCreated', `Created Pod ${pod.metadata.name}`);
}

/**
 * The stored Pod is read from the API server, not from the cache, which does not keep it. NiFi itself may write ConfigMaps of its
 * namespace, so what is stored is not taken at its word: a Pod that names another namespace would be made there.
 */
async function podOf(context: ApplyContext, id: number, source: PodSource): Promise<Pod> {
  if (source.kind === 'Rendered') return source.pod;
  const stored = await context.client.get(configMaps, { ...ownerKey(context), name: source.configMap });
  const manifest = stored !== undefined && ownedBy(context.cluster)(stored) ? stored.data?.[podManifestKey] : undefined;
  const pod = manifest === undefined ? undefined : readPod(manifest);
  const { name, namespace } = pod?.metadata ?? {};
  if (pod !== undefined && name === podName(context.cluster.name, id) && namespace === context.cluster.namespace)
    return pod;
  const what = manifest === undefined ? 'is gone' : 'holds no Pod of this node';
  const message = `ConfigMap ${source.configMap}, the configuration that node ${id} last ran, ${what}: restore it, or delete the node's record to start it from the spec`;
  throw new RefusedError({ reason: 'RecordUnreadable', message, node: id, effect: 'blocks' }, undefined);
}

/** Undefined for what is no JSON; anything else may lack anything. */
function readPod(text: string): Pod | undefined {
  try {
    return JSON.parse(text) as Pod;
  } catch {
    // Told by the caller, as a configuration that has to be restored.
    return undefined;
  }
}

async function deleteRevision(context: ApplyContext, { object }: Of<'DeleteRevision'>): Promise<void> {
  const type: ResourceType = object.kind === 'Secret' ? secrets : configMaps;
  const key = { ...ownerKey(context), name: object.name };
  await context.client.delete(type, key, { uid: object.uid });
  context.tracker.deleted(ownerKey(context), type, key, object.uid);
}
