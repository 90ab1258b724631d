// What every node reads at each start and what follows the cluster's size: here, and not in a node's revision, so
// that scaling restarts nobody.

import { clusterLabels, startConfigMapName } from '../../../../api/v1/labels.ts';
import type { KubeObject } from '../../../../pkg/kube/types.ts';
import type { ResolvedCluster } from '../../resolved.ts';
import { clusterOwner } from './owner.ts';

/** `candidates` ends the flow election as soon as all members have voted; without it a first start waits 5 minutes. */
export function buildStart(cluster: ResolvedCluster): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: startConfigMapName(cluster.name),
      namespace: cluster.namespace,
      labels: clusterLabels(cluster.name, 'configuration'),
      ownerReferences: [clusterOwner(cluster)],
    },
    data: { candidates: String(Math.max(1, cluster.members.length)) },
  } as KubeObject;
}
