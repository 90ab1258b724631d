// What is legal and still unwise, told to whoever writes it: each with what may come of it. Pure.
// A warning stands for what the writer sees: nodes that share it are named together, and what an update does not change is told again,
// because the one who writes now may not be the one who was told.

import type { DefaultedNiFiCluster } from '../../../api/v1/zz_generated.nificluster.ts';
import { parseQuantity } from '../../../pkg/schema/quantity.ts';
import { javaHeapBytes } from '../build/config/heap.ts';
import { type NodeSettings, nodeSettings } from '../merge.ts';
import { membersOf } from '../plan/membership.ts';

type Spec = DefaultedNiFiCluster['spec'];

/** `before` is absent for a cluster that is created. */
export function unwise({ spec }: DefaultedNiFiCluster, before: DefaultedNiFiCluster | undefined): readonly string[] {
  const members = membersOf(spec);
  return [
    ...leaving(members, before?.spec),
    ...(members.length === 1
      ? ['the cluster has one node: every restart is an outage, and nobody takes its data over']
      : []),
    ...(spec.sensitivePropsKey?.value === undefined
      ? []
      : [
          'the sensitive properties key is readable by all who may read this object: keep it in a Secret (v1: sensitivePropsKey.secretKeyRef)',
        ]),
    ...tagOf(spec),
    ...ofNodes(
      spec,
      members,
      'has no request for cpu or memory: it may be put where there is none, and is killed first',
      lacksRequests,
    ),
    ...ofNodes(
      spec,
      members,
      'has a heap above two thirds of its memory limit: what NiFi needs besides the heap may not fit',
      isTight,
    ),
  ];
}

function leaving(members: readonly number[], before: Spec | undefined): readonly string[] {
  const out = before === undefined ? [] : membersOf(before).filter((id) => !members.includes(id));
  if (out.length === 0) return [];
  if (members.length === 0) return ['the cluster has no members any more: its Pods are stopped, its data stays'];
  return [
    `${nodes(out)} will leave: the data is moved to the others first, then the volumes go as volumeRetention says`,
  ];
}

function tagOf({ image, version }: Pick<Spec, 'image' | 'version'>): readonly string[] {
  const name = image.slice(image.lastIndexOf('/') + 1).split('@')[0] ?? '';
  const tag = name.split(':')[1];
  if (tag === undefined || tag === version || tag.startsWith(`${version}-`)) return [];
  return [
    `the image has the tag ${tag} and version is ${version}: NiFi is configured for version, whatever the image holds`,
  ];
}

function ofNodes(
  spec: Spec,
  members: readonly number[],
  warning: string,
  is: (settings: NodeSettings) => boolean,
): readonly string[] {
  const found = members.filter((id) => is(nodeSettings(spec, id).settings));
  if (found.length === 0) return [];
  return [`${found.length === members.length ? 'every node' : nodes(found)} ${warning}`];
}

/** Kubernetes takes a limit for a request that is not given. */
function lacksRequests({ resources }: NodeSettings): boolean {
  return ['cpu', 'memory'].some((name) => (resources?.requests?.[name] ?? resources?.limits?.[name]) === undefined);
}

function isTight({ jvm, resources }: NodeSettings): boolean {
  const limit = resources?.limits?.['memory'];
  const heap = javaHeapBytes(jvm.heap);
  if (limit === undefined || heap === undefined) return false;
  try {
    return heap > (parseQuantity(String(limit)) * 2) / 3;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function nodes(ids: readonly number[]): string {
  const [some, more] = [ids.slice(0, 8), ids.length - 8];
  return `node${ids.length === 1 ? '' : 's'} ${some.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
