// How a cluster is reached: the Service of its UI, listeners of its flows with Services of their own, proxy hosts, NetworkPolicy.
// The headless Service that the nodes find each other by is not configurable and has no field here.

import { boolean, enumeration, integer, listMap, object, rule, set, string } from '../../pkg/schema/helpers.ts';
import { annotationMap, labelValueMap, networkPeer } from '../../pkg/schema/kubernetes.ts';
import type { Structural } from '../../pkg/schema/structural.ts';
import { operatorOwnedPorts } from './owned-properties.ts';

const anyPort = { min: 1, max: 65535 } as const;

function serviceFields(): Readonly<Record<string, Structural>> {
  return {
    type: enumeration('How the Service is published.', ['ClusterIP', 'NodePort', 'LoadBalancer'], {
      default: 'ClusterIP',
    }),
    annotations: annotationMap('Annotations of the Service.'),
    labels: labelValueMap('Labels of the Service, besides those of the operator.'),
    nodePort: integer('Port on every Kubernetes node, for NodePort and LoadBalancer; chosen when absent.', anyPort),
    loadBalancerClass: string('Load balancer implementation, for LoadBalancer.', { min: 1, max: 317 }),
    loadBalancerSourceRanges: set(
      'Client addresses that the load balancer lets in, for LoadBalancer.',
      string('Range, such as 10.0.0.0/8.', { min: 4, max: 43, pattern: '^[0-9a-fA-F.:]+/[0-9]{1,3}$' }),
      { max: 64 },
    ),
    externalTrafficPolicy: enumeration('Whether outside traffic stays on the Kubernetes node it came to.', [
      'Cluster',
      'Local',
    ]),
  };
}

const serviceRules = [
  rule(
    "self.type != 'ClusterIP' || !has(self.nodePort)",
    'nodePort needs type NodePort or LoadBalancer: change the type or take nodePort out',
  ),
  rule(
    "self.type != 'ClusterIP' || !has(self.externalTrafficPolicy)",
    'externalTrafficPolicy needs type NodePort or LoadBalancer: change the type or take it out',
  ),
  rule(
    "self.type == 'LoadBalancer' || !(has(self.loadBalancerClass) || has(self.loadBalancerSourceRanges))",
    'loadBalancerClass and loadBalancerSourceRanges need type LoadBalancer: change the type or take them out',
  ),
];

/** The Service of the UI and the REST API. */
export const service: Structural = object('The Service of the UI and the REST API; clients stay on one node.', {
  name: 'UiService',
  default: {},
  optional: {
    ...serviceFields(),
    port: integer('Port of the Service.', { ...anyPort, default: 8443 }),
  },
  rules: serviceRules,
});

const listener: Structural = object('A port that processors of a flow listen on.', {
  name: 'Listener',
  required: {
    name: string('Name of the port and of its Service, <cluster>-<name>.', {
      min: 1,
      max: 15,
      pattern: '^[a-z]([-a-z0-9]*[a-z0-9])?$',
    }),
    port: integer('Port in the NiFi container, as the processor has it.', { min: 1024, max: 65535 }),
  },
  optional: {
    protocol: enumeration('Transport protocol.', ['TCP', 'UDP'], { default: 'TCP' }),
    service: object('A Service over all nodes; without it each node is reached by its own host name.', {
      name: 'ListenerService',
      optional: {
        ...serviceFields(),
        port: integer("Port of the Service; the listener's when absent.", anyPort),
        sessionAffinity: enumeration('Whether a client stays on one node.', ['None', 'ClientIP'], { default: 'None' }),
      },
      rules: serviceRules,
    }),
  },
  rules: [
    rule(
      `!(self.port in [${operatorOwnedPorts.join(', ')}])`,
      `port may not be one of ${operatorOwnedPorts.join(', ')}: NiFi uses them itself; let the processor listen on another`,
    ),
    rule("self.name != 'nodes'", 'name may not be nodes: the headless Service has it; choose another'),
    rule(
      "!self.name.contains('--')",
      'name may not have two hyphens in a row: Kubernetes has no such names of ports; take one out',
    ),
  ],
});

export const listeners: Structural = listMap(
  'Ports that the flow listens on, each with a Service if wanted.',
  ['name'],
  listener,
  {
    max: 32,
    rules: [
      rule(
        'self.all(one, self.exists_one(other, other.port == one.port && other.protocol == one.protocol))',
        'two listeners have the same port and protocol: change one of them',
      ),
    ],
  },
);

export const proxyHosts: Structural = set(
  'Host names, with a port where it is not 443, under which proxies and Ingresses reach the UI.',
  string('Host or host:port.', {
    min: 1,
    max: 259,
    pattern: '^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?(:[0-9]{1,5})?$',
  }),
  { max: 64 },
);

export const networkPolicy: Structural = object('The NetworkPolicy of the nodes.', {
  name: 'NetworkPolicySettings',
  default: {},
  optional: {
    enabled: boolean('Whether the operator keeps a NetworkPolicy. Cluster ports are then open to nodes only.', {
      default: true,
    }),
    ingressFrom: {
      type: 'array',
      description: 'Who may reach the UI and the listeners besides nodes and operator; anyone when absent.',
      items: networkPeer('One peer.'),
      maxItems: 32,
      'x-kubernetes-list-type': 'atomic',
    },
  },
});
