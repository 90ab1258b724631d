// The objects that a cluster has once: which of them are missing or no longer say what they should.

import { sensitiveKeySecretName } from '../../../api/v1/labels.ts';
import type { KubeObject } from '../../../pkg/kube/types.ts';
import { buildAccess } from '../build/resources/access.ts';
import { buildDisruptionBudget } from '../build/resources/disruption-budget.ts';
import { buildNetworkPolicy } from '../build/resources/network-policy.ts';
import { buildServices } from '../build/resources/services.ts';
import { buildStart } from '../build/resources/start.ts';
import type { ResolvedCluster } from '../resolved.ts';
import { covers } from './covers.ts';
import type { PlanInput } from './input.ts';
import type { ClusterStep } from './steps.ts';

export function planShared(input: PlanInput): readonly ClusterStep[] {
  const steps: ClusterStep[] = [];
  const keyName = sensitiveKeySecretName(input.cluster.name);
  if (input.sensitiveKey.state === 'toCreate') {
    const { value } = input.sensitiveKey;
    steps.push({ kind: 'CreateSensitiveKey', name: keyName, value });
  }
  if (input.sensitiveKey.state === 'toAdopt') {
    steps.push({ kind: 'AdoptSecret', name: keyName, resourceVersion: input.sensitiveKey.resourceVersion });
  }
  for (const object of sharedObjects(input.cluster)) {
    const live = input.world.shared.get(`${object.kind}/${object.metadata.name}`);
    if (live === undefined || !covers(live, object)) steps.push({ kind: 'ApplyShared', object });
  }
  return steps;
}

/** In the order in which a new cluster gets them: the ServiceAccount first, since no Pod is admitted without it. */
function sharedObjects(cluster: ResolvedCluster): readonly KubeObject[] {
  return [
    ...buildAccess(cluster),
    ...buildServices(cluster),
    buildStart(cluster),
    buildDisruptionBudget(cluster),
    ...(cluster.spec.networkPolicy.enabled ? [buildNetworkPolicy(cluster)] : []),
  ];
}
