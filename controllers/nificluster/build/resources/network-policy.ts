// Who may talk to NiFi: everybody to the web port and the listeners, only the cluster's own nodes to the cluster
// protocol and to load balancing. Egress is not restricted: what a flow talks to is the flow's business.

import { clusterLabels, labels, networkPolicyName, podSelector } from '../../../../api/v1/labels.ts';
import type { KubeObject } from '../../../../pkg/kube/types.ts';
import type { ResolvedCluster } from '../../resolved.ts';
import { defaultPorts } from '../config/paths.ts';
import { clusterOwner } from './owner.ts';

/** The operator's Pods, in whatever namespace it is installed: who may enter is still decided by their certificate. */
const operator = {
  namespaceSelector: {},
  podSelector: { matchLabels: { [labels.name]: 'nifi-operator' } },
};

export function buildNetworkPolicy(cluster: ResolvedCluster): KubeObject {
  const nodes = { matchLabels: podSelector(cluster.name) };
  const open = [
    { port: defaultPorts.web, protocol: 'TCP' },
    ...(cluster.spec.listeners ?? []).map(({ port, protocol }) => ({ port, protocol })),
  ];
  const from = cluster.spec.networkPolicy.ingressFrom ?? [];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: networkPolicyName(cluster.name),
      namespace: cluster.namespace,
      labels: clusterLabels(cluster.name, 'access'),
      ownerReferences: [clusterOwner(cluster)],
    },
    spec: {
      podSelector: nodes,
      policyTypes: ['Ingress'],
      ingress: [
        { ports: open, ...(from.length > 0 ? { from: [{ podSelector: nodes }, operator, ...from] } : {}) },
        {
          from: [{ podSelector: nodes }],
          ports: [
            { port: defaultPorts.clusterProtocol, protocol: 'TCP' },
            { port: defaultPorts.loadBalance, protocol: 'TCP' },
          ],
        },
      ],
    },
  } as KubeObject;
}
