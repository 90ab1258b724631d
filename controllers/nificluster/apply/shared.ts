// Objects that are kept by server-side apply. Never by force: a field that somebody else has set to another value is
// reported, and not fought for. A ServiceAccount is created, not applied, because it has no field that would collide:
// one that a person made for other Pods would silently become ours and vanish with the cluster.

import { isConflict } from '../../../pkg/kube/errors.ts';
import {
  configMaps,
  networkPolicies,
  podDisruptionBudgets,
  roleBindings,
  roles,
  serviceAccounts,
  services,
} from '../../../pkg/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../../pkg/kube/types.ts';
import { certificateType } from '../../../pkg/pki/certmanager.ts';
import { type ApplyContext, createOwn, ownedBy, RefusedError, written } from './context.ts';

const types: Readonly<Record<string, ResourceType>> = Object.fromEntries(
  [
    configMaps,
    networkPolicies,
    podDisruptionBudgets,
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
  if (type === serviceAccounts && !exists) {
    await createOwn(context, type, object, ownedBy(context.cluster));
    return;
  }
  try {
    written(context, type, await context.client.apply(type, object));
  } catch (error) {
    throw refusal(error, object, exists) ?? error;
  }
}

function refusal(error: unknown, { kind, metadata }: KubeObject, exists: boolean): RefusedError | undefined {
  const words = error instanceof Error ? error.message : String(error);
  if (!isConflict(error)) return undefined;
  if (!exists) {
    const message = `${kind} ${metadata.name} exists and is not this cluster's: remove or rename it, it is left alone until then`;
    return new RefusedError({ reason: 'NameConflict', message, effect: 'blocks' }, error);
  }
  const message = `${kind} ${metadata.name} has a field that somebody else set: ${words}`;
  return new RefusedError({ reason: 'FieldConflict', message, effect: 'blocks' }, error);
}
