// The played kubelet's own writes. Patches go out as strategic merge patches, which is what kubelet and scheduler send:
// conditions merge by type, so a condition that another has set stays. Everything is capped and carries the UID it means.

import { creationPath, objectPath } from '../../pkg/kube/paths.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../pkg/kube/types.ts';
import type { Host } from './host.ts';

interface PatchTarget {
  readonly type: ResourceType;
  readonly key: ObjectKey;
  /** 409 when the object is another one of this name. */
  readonly uid?: string | undefined;
  readonly subresource?: string;
}

/** Patches the object; 404 and 409 mean that it is gone, and are the caller's to judge. */
export async function patchObject(
  host: Pick<Host, 'api' | 'writes'>,
  target: PatchTarget,
  patch: object,
): Promise<void> {
  const { type, key, uid, subresource } = target;
  const body = uid === undefined ? patch : { ...patch, metadata: { uid, ...metadataOf(patch) } };
  const headers = { 'content-type': 'application/strategic-merge-patch+json' };
  await host.writes(() => host.api.raw('PATCH', objectPath(type, key, subresource), { body, headers }));
}

/** Creates the object under the kubelet's own name, not as the operator's field manager. */
export async function createObject(
  host: Pick<Host, 'api' | 'writes'>,
  type: ResourceType,
  object: KubeObject,
): Promise<void> {
  const path = creationPath(type, object.metadata.namespace);
  await host.writes(() => host.api.raw('POST', path, { body: object }));
}

function metadataOf(patch: object): object {
  return 'metadata' in patch && typeof patch.metadata === 'object' && patch.metadata !== null ? patch.metadata : {};
}
