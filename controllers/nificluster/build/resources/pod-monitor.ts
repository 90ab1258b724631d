// The PodMonitor of a cluster: Prometheus' operator has every node scraped by it, with the certificate of the metrics identity.
// Surprise: what is asked is not the Pod's address but its name. NiFi answers 400 to a Host that its certificate does not carry
// (Jetty's SecureRequestCustomizer), and each node's carries its own name; so nobody has to look away from a wrong one.

import {
  clusterLabels,
  headlessServiceName,
  metricsSecretName,
  podMonitorName,
  podSelector,
} from '../../../../api/v1/labels.ts';
import type { KubeObject } from '../../../../pkg/kube/types.ts';
import type { ResolvedCluster } from '../../resolved.ts';
import { defaultPorts } from '../config/paths.ts';
import { clusterOwner } from './owner.ts';

export function buildPodMonitor(cluster: ResolvedCluster): KubeObject {
  const { name, namespace, spec } = cluster;
  const host = `${headlessServiceName(name)}.${namespace}.svc:${defaultPorts.web}`;
  const isSecure = spec.transport === 'TLS';
  const scheme = isSecure ? 'https' : 'http';
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: {
      name: podMonitorName(name),
      namespace,
      labels: { ...spec.monitoring.labels, ...clusterLabels(name, 'metrics') },
      ownerReferences: [clusterOwner(cluster)],
    },
    spec: {
      selector: { matchLabels: podSelector(name) },
      podMetricsEndpoints: [
        {
          port: scheme,
          scheme,
          path: '/nifi-api/flow/metrics/prometheus',
          interval: spec.monitoring.interval,
          ...(isSecure ? { tlsConfig: tlsOf(metricsSecretName(name)) } : {}),
          relabelings: [
            { targetLabel: 'cluster', replacement: name },
            { sourceLabels: ['__meta_kubernetes_pod_name'], targetLabel: '__address__', replacement: `$1.${host}` },
          ],
        },
      ],
    },
  } as KubeObject;
}

function tlsOf(name: string): object {
  return {
    ca: { secret: { name, key: 'ca.crt' } },
    cert: { secret: { name, key: 'tls.crt' } },
    keySecret: { name, key: 'tls.key' },
  };
}
