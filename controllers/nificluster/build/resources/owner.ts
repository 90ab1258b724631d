// Who owns what a cluster is made of: the garbage collector removes it with the cluster, and an object that names
// another owner is never ours.

import { nifiClusterType } from '../../../../api/v1/nificluster.ts';
import type { OwnerReference } from '../../../../pkg/kube/types.ts';

export interface ClusterIdentity {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
}

/** No `blockOwnerDeletion`: it would need a right on the finalizers of the cluster and gains nothing. */
export function clusterOwner(cluster: ClusterIdentity): OwnerReference {
  const { apiVersion, kind } = nifiClusterType;
  return { apiVersion, kind, name: cluster.name, uid: cluster.uid, controller: true };
}
