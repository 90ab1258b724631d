// How many nodes others may take away at a time. An integer, because a percentage rounds the wrong way for small
// clusters; AlwaysAllow, so that a node that is broken anyway never blocks a drain.

import { clusterLabels, podDisruptionBudgetName, podSelector } from '../../../../api/v1/labels.ts';
import type { KubeObject } from '../../../../pkg/kube/types.ts';
import type { ResolvedCluster } from '../../resolved.ts';
import { clusterOwner } from './owner.ts';

export function buildDisruptionBudget(cluster: ResolvedCluster): KubeObject {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: {
      name: podDisruptionBudgetName(cluster.name),
      namespace: cluster.namespace,
      labels: clusterLabels(cluster.name, 'node'),
      ownerReferences: [clusterOwner(cluster)],
    },
    spec: {
      minAvailable: Math.max(0, cluster.members.length - cluster.spec.rollout.maxUnavailable),
      selector: { matchLabels: podSelector(cluster.name) },
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    },
  } as KubeObject;
}
