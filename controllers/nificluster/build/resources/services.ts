// The Services of a cluster: the headless one that gives every node its name, the UI's, and those of listeners.
// The headless Service publishes addresses that are not ready: nodes must find each other before any of them is Ready.

import {
  type Component,
  clusterLabels,
  headlessServiceName,
  listenerServiceName,
  podSelector,
  uiServiceName,
} from '../../../../api/v1/labels.ts';
import type { DefaultedListener, DefaultedListenerService } from '../../../../api/v1/zz_generated.nificluster.ts';
import type { KubeObject } from '../../../../pkg/kube/types.ts';
import type { ResolvedCluster } from '../../resolved.ts';
import { defaultPorts } from '../config/paths.ts';
import { clusterOwner } from './owner.ts';

/** NiFi's sessions live on the node that opened them (a JWT is valid only where it was issued), for hours. */
const sessionSeconds = 10_800;

export function buildServices(cluster: ResolvedCluster): readonly KubeObject[] {
  const listeners = cluster.spec.listeners ?? [];
  return [headless(cluster), ui(cluster), ...listeners.flatMap((listener) => listenerService(cluster, listener))];
}

function headless(cluster: ResolvedCluster): KubeObject {
  return service(
    cluster,
    { name: headlessServiceName(cluster.name), component: 'node' },
    {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      ports: [
        { ...webPort(cluster), port: defaultPorts.web, protocol: 'TCP' },
        { name: 'cluster', port: defaultPorts.clusterProtocol, targetPort: 'cluster', protocol: 'TCP' },
        { name: 'load-balance', port: defaultPorts.loadBalance, targetPort: 'load-balance', protocol: 'TCP' },
      ],
    },
  );
}

function ui(cluster: ResolvedCluster): KubeObject {
  const settings = cluster.spec.service;
  const { port, nodePort } = settings;
  return service(
    cluster,
    {
      name: uiServiceName(cluster.name),
      component: 'ui',
      labels: settings.labels ?? {},
      annotations: settings.annotations ?? {},
    },
    {
      ...published(settings),
      ...clientAffinity,
      ports: [{ ...webPort(cluster), port, protocol: 'TCP', ...(nodePort === undefined ? {} : { nodePort }) }],
    },
  );
}

function listenerService(cluster: ResolvedCluster, listener: DefaultedListener): readonly KubeObject[] {
  const settings = listener.service;
  if (settings === undefined) return [];
  const { port = listener.port, nodePort } = settings;
  const { name, protocol } = listener;
  const ports = [{ name, port, targetPort: name, protocol, ...(nodePort === undefined ? {} : { nodePort }) }];
  const affinity = settings.sessionAffinity === 'ClientIP' ? clientAffinity : {};
  const head = {
    name: listenerServiceName(cluster.name, name),
    component: 'listener',
    labels: settings.labels ?? {},
    annotations: settings.annotations ?? {},
  } as const;
  return [service(cluster, head, { ...published(settings), ...affinity, ports })];
}

const clientAffinity = {
  sessionAffinity: 'ClientIP',
  sessionAffinityConfig: { clientIP: { timeoutSeconds: sessionSeconds } },
};

/** How a Service is reached from outside; what the spec leaves open is the API server's to choose. */
function published(settings: Omit<DefaultedListenerService, 'sessionAffinity' | 'port'>): Record<string, unknown> {
  const { type, loadBalancerClass, loadBalancerSourceRanges, externalTrafficPolicy } = settings;
  return {
    type,
    ...(loadBalancerClass === undefined ? {} : { loadBalancerClass }),
    ...(loadBalancerSourceRanges === undefined ? {} : { loadBalancerSourceRanges }),
    ...(externalTrafficPolicy === undefined ? {} : { externalTrafficPolicy }),
  };
}

interface ServiceHead {
  readonly name: string;
  readonly component: Component;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

function service(cluster: ResolvedCluster, head: ServiceHead, spec: object): KubeObject {
  const { annotations = {} } = head;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: head.name,
      namespace: cluster.namespace,
      labels: { ...head.labels, ...clusterLabels(cluster.name, head.component) },
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      ownerReferences: [clusterOwner(cluster)],
    },
    spec: { selector: podSelector(cluster.name), ...spec },
  } as KubeObject;
}

function webPort(cluster: ResolvedCluster): { readonly name: string; readonly targetPort: string } {
  const name = cluster.spec.transport === 'TLS' ? 'https' : 'http';
  return { name, targetPort: name };
}
