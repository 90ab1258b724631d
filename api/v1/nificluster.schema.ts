// NiFiCluster v1: the root of its schema, the CRD around it, and nothing else; each concern has a file nificluster.<concern>.schema.ts.
// Everything published about the kind (CRD, types, validators, reference) is generated from the value `nifiCluster`.
// Surprise: defaults are part of the contract. They are static and never change, so a GitOps tool sees no drift.

import { duration } from '../../pkg/schema/duration.ts';
import {
  boolean,
  described,
  enumeration,
  integer,
  listMap,
  object,
  rule,
  set,
  string,
} from '../../pkg/schema/helpers.ts';
import type { CustomResource } from '../../pkg/schema/kind.ts';
import { annotationMap, labelPattern, labelValueMap, nameRef } from '../../pkg/schema/kubernetes.ts';
import type { Structural } from '../../pkg/schema/structural.ts';
import { extensions } from './nificluster.extensions.schema.ts';
import { listeners, networkPolicy, proxyHosts, service } from './nificluster.network.schema.ts';
import { nodeOverride, nodeSettings } from './nificluster.node.schema.ts';
import { clusterRules, specRules } from './nificluster.rules.ts';
import { access, auth, sensitivePropsKey, tls } from './nificluster.security.schema.ts';
import { status } from './nificluster.status.schema.ts';

/** Most nodes a cluster may have. */
const maxNodes = 256;
/** Highest id of a node. */
export const maxNodeId = 999;

const nodeId = integer('Id of a node.', { min: 0, max: maxNodeId });

export const version = string('NiFi version, 2.1.0 or a newer 2.x; also the default tag of the image.', {
  min: 5,
  max: 64,
  rules: [
    rule(
      "self.matches('^2[.](0|[1-9][0-9]*)[.](0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?$') && !self.startsWith('2.0.')",
      'version must be a NiFi version of three numbers, 2.1.0 or a newer 2.x, such as 2.6.0',
    ),
  ],
});

export const image = string('Image of NiFi: a repository, repository:tag or repository@digest.', {
  min: 1,
  max: 512,
  default: 'apache/nifi',
  rules: [
    rule(
      "self.matches('^([a-zA-Z0-9]([-a-zA-Z0-9.]*[a-zA-Z0-9])?(:[0-9]+)?/)?[a-z0-9]+(([.]|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+(([.]|_|__|-+)[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[a-f0-9]{64})?$')",
      'image must be an image reference: a repository, repository:tag or repository@sha256:…, such as apache/nifi',
    ),
  ],
});

const zookeeper = object('The ZooKeeper that leads the cluster, with clusterManager ZooKeeper.', {
  name: 'ZooKeeperSettings',
  required: {
    connectString: string('Servers as host:port, separated by commas.', {
      min: 3,
      max: 2048,
      pattern: '^[A-Za-z0-9][-A-Za-z0-9.]*:[0-9]{1,5}(,[A-Za-z0-9][-A-Za-z0-9.]*:[0-9]{1,5})*$',
    }),
  },
  optional: {
    rootNode: string('Path under which this cluster keeps its state; one cluster each.', {
      min: 1,
      max: 512,
      pattern: '^/[-A-Za-z0-9_./]*$',
      default: '/nifi',
    }),
  },
});

const nodeGroups = listMap('Named sets of overrides that nodes refer to.', ['name'], groupItem(), { max: 32 });

function groupItem(): Structural {
  return object('A named set of overrides.', {
    name: 'NodeGroup',
    required: { name: string('Name of the group.', { min: 1, max: 63, pattern: labelPattern }) },
    optional: { node: described('What differs from spec.node.', nodeOverride) },
  });
}

const nodes = listMap(
  'Overrides of single nodes by id; an entry never makes a node a member.',
  ['id'],
  object('What one node has of its own.', {
    name: 'NodeEntry',
    required: { id: nodeId },
    optional: {
      group: string('Group whose overrides the node takes first.', { min: 1, max: 63, pattern: labelPattern }),
      node: described('What differs from spec.node and the group.', nodeOverride),
    },
  }),
  { max: maxNodes },
);

const monitoring = object('Metrics of NiFi itself.', {
  name: 'MonitoringSettings',
  default: {},
  optional: {
    enabled: boolean('Whether nodes are scraped: an identity, its certificate and a monitor object.', {
      default: false,
    }),
    interval: duration('How often they are scraped.', { default: '30s', min: '5s' }),
    labels: labelValueMap('Labels of the monitor object, which Prometheus may select by.'),
  },
});

const rollout = object('How restarts go through the nodes.', {
  name: 'RolloutSettings',
  default: {},
  optional: {
    maxUnavailable: integer('Most nodes down at once through an act of the operator.', {
      min: 1,
      max: maxNodes,
      default: 1,
    }),
    progressDeadline: duration('How long a node may take to come back before the rollout stops.', {
      default: '70m',
      min: '1m',
    }),
    paused: boolean('Whether restarts wait; the rest goes on.', { default: false }),
  },
});

const decommissioning = object('How nodes leave.', {
  name: 'DecommissioningSettings',
  default: {},
  optional: {
    offloadTimeout: duration('After it a condition is raised and restarts may go first; never a deletion.', {
      default: '30m',
      min: '1m',
    }),
  },
});

const volumeRetention = object('What becomes of volumes.', {
  name: 'VolumeRetention',
  default: {},
  optional: {
    whenDecommissioned: enumeration('Volumes of a node that left, proven empty.', ['Delete', 'Retain'], {
      default: 'Delete',
    }),
    whenDeleted: enumeration('Volumes and state of a cluster that was deleted.', ['Delete', 'Retain'], {
      default: 'Retain',
    }),
  },
});

const autoHeal = object('How disconnected nodes come back.', {
  name: 'AutoHealSettings',
  default: {},
  optional: {
    reconnectAfter: duration('How long a node is DISCONNECTED before it is reconnected.', {
      default: '60s',
      min: '1s',
    }),
  },
});

const spec = object('What the cluster should be.', {
  name: 'NiFiClusterSpec',
  required: { version },
  optional: {
    image,
    imagePullPolicy: enumeration('When the image is pulled; as Kubernetes decides when absent.', [
      'Always',
      'IfNotPresent',
      'Never',
    ]),
    imagePullSecrets: listMap(
      'Secrets to pull images with.',
      ['name'],
      nameRef('A Secret of this namespace.', 'Secret'),
      { max: 16 },
    ),
    replicas: integer('Members by count: the smallest ids that decommission does not name. 0 hibernates.', {
      min: 0,
      max: maxNodes,
    }),
    nodeIds: set('Members by name: exactly these ids.', nodeId, { max: maxNodes }),
    decommission: set('Ids that are out for good; goes with replicas.', nodeId, { max: maxNodes }),
    clusterManager: enumeration('Who elects leaders and keeps cluster state.', ['Kubernetes', 'ZooKeeper'], {
      default: 'Kubernetes',
    }),
    zookeeper,
    node: nodeSettings,
    nodeGroups,
    nodes,
    extensions,
    sensitivePropsKey,
    transport: enumeration('TLS, or plain HTTP without users for a lab.', ['TLS', 'InsecureHTTP'], { default: 'TLS' }),
    tls,
    auth,
    access,
    monitoring,
    service,
    listeners,
    proxyHosts,
    networkPolicy,
    serviceAccount: object('The ServiceAccount of the nodes.', {
      name: 'ServiceAccountSettings',
      default: {},
      optional: {
        annotations: annotationMap('Annotations, such as a cloud identity.'),
        labels: labelValueMap('Labels.'),
      },
    }),
    maxTimerDrivenThreadCount: integer(
      'Threads of the flow on each node, set through the API; untouched when absent.',
      { min: 1, max: 10000 },
    ),
    rollout,
    decommissioning,
    volumeRetention,
    adoptVolumes: boolean(
      'Whether volumes (and key) left by a deleted cluster of this name, or by a departed node, are reused.',
      {
        default: false,
      },
    ),
    autoHeal,
    paused: boolean('Stops everything that takes a node down; Pods are still kept alive.', { default: false }),
  },
  rules: specRules,
});

export const nifiCluster: CustomResource = {
  group: 'datadynamics.io',
  version: 'v1',
  kind: 'NiFiCluster',
  plural: 'nificlusters',
  singular: 'nificluster',
  shortNames: ['nifi'],
  categories: ['nifi', 'nifi-all'],
  description: 'A cluster of Apache NiFi nodes, each a Pod with configuration and volumes of its own.',
  spec,
  status,
  rules: clusterRules,
  scale: {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  },
  columns: [
    { name: 'Replicas', type: 'integer', jsonPath: '.status.replicas', description: 'Nodes that exist.' },
    {
      name: 'Ready',
      type: 'integer',
      jsonPath: '.status.readyNodes',
      description: 'Nodes that are ready and connected.',
    },
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'What the cluster is about.' },
    { name: 'Version', type: 'string', jsonPath: '.spec.version', description: 'NiFi version that is asked for.' },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Time since creation.' },
    {
      name: 'Reason',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
      description: 'Why it is ready or not.',
      priority: 1,
    },
    {
      name: 'Coordinator',
      type: 'string',
      jsonPath: '.status.coordinator',
      description: 'Pod of the cluster coordinator.',
      priority: 1,
    },
    { name: 'URL', type: 'string', jsonPath: '.status.url', description: 'Address of the UI.', priority: 1 },
  ],
};
