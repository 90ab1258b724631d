// What NiFi's Pods may do in Kubernetes: elect their leaders by Leases and keep cluster state in ConfigMaps.
// The rights are NiFi's documented ones plus `patch` on leases, which its client uses without documenting it.
// With ZooKeeper the Pods need nothing of the API: no Role, and no token is mounted.

import { clusterLabels, serviceAccountName } from '../../../../api/v1/labels.ts';
import type { KubeObject } from '../../../../pkg/kube/types.ts';
import type { ResolvedCluster } from '../../resolved.ts';
import { clusterOwner } from './owner.ts';

export function buildAccess(cluster: ResolvedCluster): readonly KubeObject[] {
  const name = serviceAccountName(cluster.name);
  const metadata = {
    name,
    namespace: cluster.namespace,
    labels: clusterLabels(cluster.name, 'access'),
    ownerReferences: [clusterOwner(cluster)],
  };
  const annotations = cluster.spec.serviceAccount.annotations ?? {};
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: {
      ...metadata,
      labels: { ...cluster.spec.serviceAccount.labels, ...metadata.labels },
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    automountServiceAccountToken: false,
  };
  if (cluster.spec.clusterManager === 'ZooKeeper') return [account];
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata,
    rules: [
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create', 'get', 'patch', 'update'] },
      { apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'delete', 'get', 'list', 'patch', 'update'] },
    ],
  };
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: cluster.namespace }],
  };
  return [account, role, binding];
}
