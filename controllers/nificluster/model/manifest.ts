// What the model kubelet reads off a Pod: its claims, its image, whether NiFi can start with it, and where flow files live.

import { labels, parseId } from '../../../api/v1/labels.ts';
import type { Pod } from '../../../pkg/kube/resources.ts';
import { nifiContainer } from '../build/resources/pod.ts';

/** A variable of the container that makes the model NiFi exit at its start: a configuration that does not work. */
export const brokenVariable = 'MODEL_CANNOT_START';

export function idOf(pod: Pod): number {
  return parseId(pod.metadata.labels?.[labels.node] ?? '') ?? -1;
}

export function claimsOf(pod: Pod): readonly string[] {
  return (pod.spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? []);
}

/** The claim of the FlowFile repository: the volume of that name, or `data`. */
export function repositoryClaim(pod: Pod): string {
  const claims = claimsOf(pod);
  return claims.find((name) => name.startsWith('flowfile-')) ?? claims.find((name) => name.startsWith('data-')) ?? '';
}

export function imageOf(pod: Pod): string {
  return container(pod)?.image ?? '';
}

export function isBroken(pod: Pod): boolean {
  return container(pod)?.env?.some(({ name }) => name === brokenVariable) === true;
}

/** NiFi's address of the node. */
export function hostOf({ metadata, spec }: Pod): string {
  return `${spec?.hostname ?? metadata.name}.${spec?.subdomain ?? ''}.${metadata.namespace ?? ''}.svc`;
}

function container(pod: Pod) {
  return pod.spec?.containers.find(({ name }) => name === nifiContainer);
}
