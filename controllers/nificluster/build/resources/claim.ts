// The PersistentVolumeClaim of one volume of one node. Created by POST and never applied: its name is the disk's
// identity, and a claim that is not ours must make a conflict, not be taken over.
// It has an owner only while `volumeRetention.whenDeleted` is Delete, so that the garbage collector can never take
// data that should stay; the annotation tells the incarnation of the cluster it belongs to.

import { annotations, claimName, volumeLabels } from '../../../../api/v1/labels.ts';
import type { StorageVolume } from '../../../../api/v1/zz_generated.nificluster.ts';
import type { KubeObject } from '../../../../pkg/kube/types.ts';
import { type ClusterIdentity, clusterOwner } from './owner.ts';

export function buildClaim(
  cluster: ClusterIdentity & { readonly keepVolumesWhenDeleted: boolean },
  id: number,
  volume: StorageVolume,
): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: claimName(cluster.name, id, volume.name),
      namespace: cluster.namespace,
      labels: volumeLabels(cluster.name, id, volume.name),
      annotations: { [annotations.clusterUid]: cluster.uid },
      ownerReferences: claimOwners(cluster),
    },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: volume.size } },
      ...(volume.storageClassName === undefined ? {} : { storageClassName: volume.storageClassName }),
    },
  } as KubeObject;
}

export function claimOwners(cluster: ClusterIdentity & { readonly keepVolumesWhenDeleted: boolean }) {
  return cluster.keepVolumesWhenDeleted ? [] : [clusterOwner(cluster)];
}
