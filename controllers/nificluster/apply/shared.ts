// Objects that are kept by server-side apply. Never by force: a field that somebody else has set to another value is
// reported, and not fought for. The first apply is bound to a version that no object has: without that it would take
// over an object of the same name whose fields happen not to collide, which would then vanish with the cluster.

import { isConflict, messageOf } from '../../../pkg/kube/errors.ts';
import {
  configMaps,
  networkPolicies,
  podDisruptionBudgets,
  podMonitors,
  roleBindings,
  roles,
  secrets,
  serviceAccounts,
  services,
} from '../../../pkg/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../../pkg/kube/types.ts';
import { certificateType } from '../../../pkg/pki/certmanager.ts';
import { type ApplyContext, nameConflict, ownedBy, ownerKey, RefusedError, written } from './context.ts';

const types: Readonly<Record<string, ResourceType>> = Object.fromEntries(
  [
    configMaps,
    networkPolicies,
    podDisruptionBudgets,
    podMonitors,
    roleBindings,
    roles,
    serviceAccounts,
    services,
    certificateType,
  ].map((type) => [type.kind, type]),
);

export async function applyShared(context: ApplyContext, object: KubeObject): Promise<void> {
  const type = types[object.kind];
  if (type === undefined) throw new TypeError(`there is no way to apply a ${object.kind}`);
  const exists = context.world.shared.has(`${object.kind}/${object.metadata.name}`);
  // No object has this version, so that what exists without our knowing is refused instead of taken over.
  const patch = exists ? object : { ...object, metadata: { ...object.metadata, resourceVersion: '1' } };
  try {
    written(context, type, await context.client.apply(type, patch));
  } catch (error) {
    if (!isConflict(error)) throw error;
    if (exists) throw fieldConflict(error, object);
    await expectOurs(context, type, object, error);
  }
}

/** Secrets are deleted like what is applied, and never applied. */
const deletable: Readonly<Record<string, ResourceType>> = { ...types, [secrets.kind]: secrets };

/** Takes away what the spec asks for no more, and only the very object that the plan saw. */
export async function deleteShared(
  context: ApplyContext,
  { kind, name, uid }: { readonly kind: string; readonly name: string; readonly uid: string },
): Promise<void> {
  const type = deletable[kind];
  if (type === undefined) throw new TypeError(`there is no way to delete a ${kind}`);
  const key = { namespace: context.cluster.namespace, name };
  await context.client.delete(type, key, { uid });
  context.tracker.deleted(ownerKey(context), type, key, uid);
}

/** It is there although the cache does not show it: the cache is behind, or it is somebody else's. */
async function expectOurs(
  context: ApplyContext,
  type: ResourceType,
  object: KubeObject,
  error: unknown,
): Promise<void> {
  const key = { namespace: context.cluster.namespace, name: object.metadata.name };
  const live = await context.client.get(type, key);
  if (live === undefined) throw error;
  if (!ownedBy(context.cluster)(live)) throw new RefusedError(nameConflict(object), error);
  written(context, type, live);
}

function fieldConflict(error: unknown, { kind, metadata }: KubeObject): RefusedError {
  const message = `${kind} ${metadata.name} has a field that somebody else set: ${messageOf(error)}`;
  return new RefusedError({ reason: 'FieldConflict', message, effect: 'blocks' }, error);
}
