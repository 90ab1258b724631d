// What every node reads at each start and what follows the cluster's size: here, and not in a node's revision, so
// that scaling restarts nobody.

import { clusterLabels, startConfigMapName } from '../../../../api/v1/labels.ts';
import type { KubeObject } from '../../../../pkg/kube/types.ts';
import type { ResolvedCluster } from '../../resolved.ts';
import { clusterOwner } from './owner.ts';

/** The file in which start.sh of this node looks for its token. */
export function setAsideKey(id: number): string {
  return `set-aside-${id}`;
}

/**
 * `candidates` ends the flow election as soon as all members have voted; without it a first start waits 5 minutes.
 * `setAside`: node id → token, of nodes that begin on a volume that was taken back, see plan/set-aside.ts.
 */
export function buildStart(cluster: ResolvedCluster, setAside: ReadonlyMap<number, string> = new Map()): KubeObject {
  const tokens = Object.fromEntries([...setAside].map(([id, token]) => [setAsideKey(id), token] as const));
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: startConfigMapName(cluster.name),
      namespace: cluster.namespace,
      labels: clusterLabels(cluster.name, 'configuration'),
      ownerReferences: [clusterOwner(cluster)],
    },
    data: { candidates: String(Math.max(1, cluster.members.length)), ...tokens },
  } as KubeObject;
}
