// What a Pod can tell its containers about themselves: fieldRef and resourceFieldRef, for environment and volumes alike.
// A path or resource that does not exist throws; the kubelet would not start the container either.

import type { V1ResourceFieldSelector } from '@kubernetes/client-node';
import type { Pod } from '../../pkg/kube/resources.ts';
import { parseQuantity } from '../../pkg/schema/quantity.ts';

/** What is true of the Pod only once it has a node and a sandbox. */
export interface PodPlace {
  readonly node: string;
  readonly hostIp: string;
  readonly podIp: string;
  readonly allocatable: Readonly<Record<string, string>>;
}

/** Value of `metadata.name`, `metadata.labels['x']`, `status.podIP` and the like. */
export function fieldValue(pod: Pod, place: PodPlace, path: string): string {
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (keyed !== null) return pod.metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2] ?? ''] ?? '';
  const fields: Readonly<Record<string, string | undefined>> = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'metadata.uid': pod.metadata.uid,
    'metadata.labels': keyValueLines(pod.metadata.labels),
    'metadata.annotations': keyValueLines(pod.metadata.annotations),
    'spec.nodeName': place.node,
    'spec.serviceAccountName': pod.spec?.serviceAccountName ?? 'default',
    'status.hostIP': place.hostIp,
    'status.hostIPs': place.hostIp,
    'status.podIP': place.podIp,
    'status.podIPs': place.podIp,
  };
  const value = fields[path];
  if (value === undefined) throw new Error(`unsupported fieldPath: ${path}`);
  return value;
}

function keyValueLines(map: Readonly<Record<string, string>> = {}): string {
  return Object.entries(map)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort()
    .join('\n');
}

/** Value of `limits.memory` and the like, rounded up to the divisor; a limit that is not set is the node's. */
export function resourceValue(
  pod: Pod,
  container: string | undefined,
  place: PodPlace,
  selector: V1ResourceFieldSelector,
): string {
  const [kind, name] = splitOnce(selector.resource, '.');
  const owner = pod.spec?.containers.find((candidate) => candidate.name === (selector.containerName ?? container));
  if ((kind !== 'limits' && kind !== 'requests') || owner === undefined) {
    throw new Error(`unsupported resource: ${selector.resource}`);
  }
  const quantity = owner.resources?.[kind]?.[name] ?? (kind === 'limits' ? place.allocatable[name] : undefined) ?? '0';
  const divisor = parseQuantity(selector.divisor === undefined || selector.divisor === '0' ? '1' : selector.divisor);
  return String(Math.ceil(parseQuantity(quantity) / divisor));
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + 1)];
}
