// The finalizer of everything that has something in NiFi: put on before anything is made there, taken off when nothing is left.
// A crash after it was put on costs one look into NiFi at the deletion; a crash before it was taken off repeats that look.

import { annotations } from '../../api/v1/labels.ts';
import type { KubeApi } from '../../pkg/kube/api.ts';
import { isConflict, isNotFound } from '../../pkg/kube/errors.ts';
import { type KubeObject, keyOf, type ResourceType } from '../../pkg/kube/types.ts';

export const finalizer = 'nifi.datadynamics.io/in-nifi';

export function hasFinalizer({ metadata }: KubeObject): boolean {
  return metadata.finalizers?.includes(finalizer) === true;
}

/** A person lets it go, whatever is in NiFi. */
export function isLeftBehind({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[annotations.leaveBehind] === 'true';
}

/**
 * Sets whether it is there; the list is written whole, so the write is bound to the version that was read. Undefined when the
 * object has moved on or is gone: its own event brings it again.
 */
export async function setFinalizer<T extends KubeObject>(
  client: Pick<KubeApi, 'patch'>,
  type: ResourceType<T>,
  object: T,
  present: boolean,
): Promise<T | undefined> {
  const { uid, resourceVersion, finalizers = [] } = object.metadata;
  const others = finalizers.filter((each) => each !== finalizer);
  const patch = { metadata: { finalizers: present ? [...others, finalizer] : others } };
  try {
    return await client.patch(type, keyOf(object), patch, {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    });
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return undefined;
    throw error;
  }
}
