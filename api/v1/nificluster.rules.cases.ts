// What the rules of NiFiCluster let in and refuse at creation, and the words of the refusal: the fields of the cluster as a whole.

import type { Spec } from './admission.fixture.ts';

export interface CreateCase {
  readonly what: string;
  readonly good: Spec;
  readonly bad: Spec;
  readonly says: string;
  /** Name of the refused object, where the rule is about the name. */
  readonly name?: string;
}

const zookeeper = { connectString: 'zk-0.zk:2181,zk-1.zk:2181' };
const tls = { issuerRef: { name: 'ca' } };
const ldap = {
  url: 'ldap://ldap:389',
  searchBase: 'dc=example',
  searchFilter: '(uid={0})',
  bind: { dn: 'cn=reader', passwordSecretRef: { name: 'ldap' } },
};

export const clusterCases: readonly CreateCase[] = [
  {
    what: 'a name is at most 52 characters and begins with a letter',
    good: {},
    bad: {},
    name: 'p'.repeat(53),
    says: 'metadata.name must be at most 52 lower case letters',
  },
  { what: 'a name has no dot', good: {}, bad: {}, name: 'my.cluster', says: 'metadata.name must be' },
  { what: 'a name does not begin with a digit', good: {}, bad: {}, name: '1st', says: 'metadata.name must be' },
  {
    what: 'the Service of a listener has a name that fits',
    good: { listeners: [{ name: 'http-in', port: 9090, service: {} }] },
    bad: { listeners: [{ name: 'http-listener', port: 9090, service: {} }] },
    name: 'p'.repeat(52),
    says: 'shorten the name of the listener',
  },
  {
    what: 'members come by count or by name, not by both',
    good: { nodeIds: [0, 5] },
    bad: { nodeIds: [0], replicas: 1 },
    says: 'give exactly one of replicas',
  },
  {
    what: 'decommission goes with replicas',
    good: { decommission: [1] },
    bad: { nodeIds: [0], decommission: [1] },
    says: 'decommission goes with replicas',
  },
  {
    what: 'zookeeper goes with its manager',
    good: { clusterManager: 'ZooKeeper', zookeeper },
    bad: { zookeeper },
    says: 'give zookeeper exactly when',
  },
  {
    what: 'the ZooKeeper manager needs zookeeper',
    good: {},
    bad: { clusterManager: 'ZooKeeper' },
    says: 'give zookeeper exactly when',
  },
  {
    what: 'an issuer goes with TLS',
    good: { tls },
    bad: { tls, transport: 'InsecureHTTP' },
    says: 'tls goes with transport TLS',
  },
  {
    what: 'log-in goes with TLS',
    good: { auth: { ldap } },
    bad: { auth: { ldap }, transport: 'InsecureHTTP' },
    says: 'auth needs transport TLS',
  },
  {
    what: 'access goes with TLS',
    good: { access: { admins: [{ user: 'ann' }] } },
    bad: { access: { admins: [{ user: 'ann' }] }, transport: 'InsecureHTTP' },
    says: 'access needs transport TLS',
  },
  {
    what: 'an id comes once among the overrides',
    good: { nodes: [{ id: 0 }, { id: 1 }] },
    bad: { nodes: [{ id: 1 }, { id: 1 }] },
    says: 'spec.nodes[1]: Duplicate value',
  },
  {
    what: 'an id comes once among the members',
    good: { nodeIds: [0, 999] },
    bad: { nodeIds: [2, 2] },
    says: 'spec.nodeIds[1]: Duplicate value',
  },
  {
    what: 'an id is not negative',
    good: { decommission: [0] },
    bad: { decommission: [-1] },
    says: 'spec.decommission[0] in body should be greater than or equal to 0',
  },
  {
    what: 'a group of a node is known',
    good: { nodeGroups: [{ name: 'heavy' }], nodes: [{ id: 0, group: 'heavy' }] },
    bad: { nodeGroups: [{ name: 'heavy' }], nodes: [{ id: 0, group: 'light' }] },
    says: 'a node names a group that nodeGroups does not have',
  },
  {
    what: 'a version is 2.1 or newer',
    good: { version: '2.11.0' },
    bad: { version: '2.0.0' },
    says: 'version must be',
  },
  {
    what: 'a version is a 2.x',
    good: { version: '2.1.0-SNAPSHOT' },
    bad: { version: '1.28.1' },
    says: 'version must be',
  },
  {
    what: 'a version is of no later major one',
    good: { version: '2.99.0' },
    bad: { version: '3.0.0' },
    says: 'version must be',
  },
  { what: 'a version has three numbers', good: {}, bad: { version: '2.6.x' }, says: 'version must be' },
  {
    what: 'an image is a reference',
    good: { image: 'registry.example.com:5000/team/nifi:2.6.0' },
    bad: { image: 'apache/nifi:' },
    says: 'image must be',
  },
  {
    what: 'a digest is one',
    good: { image: `apache/nifi@sha256:${'a'.repeat(64)}` },
    bad: { image: 'apache/nifi@sha256:abc' },
    says: 'image must be',
  },
  {
    what: 'the sensitive key comes from one place',
    good: { sensitivePropsKey: { value: 'abcdefghijkl' } },
    bad: { sensitivePropsKey: { value: 'abcdefghijkl', secretKeyRef: { name: 'key' } } },
    says: 'give exactly one of secretKeyRef and value',
  },
  {
    what: 'there is one kind of log-in',
    good: { auth: { singleUser: {} } },
    bad: { auth: { singleUser: {}, ldap } },
    says: 'auth may hold one of',
  },
  {
    what: 'a search filter has its placeholder',
    good: { auth: { ldap } },
    bad: { auth: { ldap: { ...ldap, searchFilter: '(uid=ann)' } } },
    says: 'searchFilter needs the placeholder',
  },
  {
    what: 'a bind account goes with every strategy but ANONYMOUS',
    good: { auth: { ldap } },
    bad: { auth: { ldap: { ...ldap, authenticationStrategy: 'ANONYMOUS' } } },
    says: 'give bind exactly when',
  },
  {
    what: 'LDAPS and the address agree',
    good: { auth: { ldap: { ...ldap, url: 'ldaps://ldap:636', authenticationStrategy: 'LDAPS' } } },
    bad: { auth: { ldap: { ...ldap, url: 'ldaps://ldap:636' } } },
    says: 'url begins with ldaps:// exactly when',
  },
  {
    what: 'an admin is a user or a group',
    good: { access: { admins: [{ group: 'admins' }] } },
    bad: { access: { admins: [{}] } },
    says: 'an entry of admins needs',
  },
  {
    what: 'an operator is a user or a group',
    good: {},
    bad: { access: { operators: [{ user: 'a', group: 'b' }] } },
    says: 'an entry of operators needs',
  },
  {
    what: 'a reader is a user or a group',
    good: {},
    bad: { access: { readers: [{}] } },
    says: 'an entry of readers needs',
  },
  {
    what: 'nobody is an admin and an operator',
    good: { access: { admins: [{ user: 'ann' }], operators: [{ group: 'ann' }] } },
    bad: { access: { admins: [{ user: 'ann' }], operators: [{ user: 'ann' }] } },
    says: 'somebody is in admins and in operators',
  },
  {
    what: 'nobody is an admin and a reader',
    good: { access: { admins: [{ user: 'ann' }], readers: [{ user: 'ben' }] } },
    bad: { access: { admins: [{ group: 'all' }], readers: [{ user: 'ben' }, { group: 'all' }] } },
    says: 'somebody is in admins and in readers',
  },
  {
    what: 'nobody is an operator and a reader',
    good: { access: { operators: [{ user: 'ann' }], readers: [{ user: 'ben' }] } },
    bad: { access: { operators: [{ user: 'ben' }], readers: [{ user: 'ben' }] } },
    says: 'somebody is in operators and in readers',
  },
  {
    what: 'a node port needs a Service that has one',
    good: { service: { type: 'NodePort', nodePort: 30443 } },
    bad: { service: { nodePort: 30443 } },
    says: 'nodePort needs type',
  },
  {
    what: 'a traffic policy needs outside traffic',
    good: { service: { type: 'LoadBalancer', externalTrafficPolicy: 'Local' } },
    bad: { service: { externalTrafficPolicy: 'Local' } },
    says: 'externalTrafficPolicy needs type',
  },
  {
    what: 'a load balancer class needs a load balancer',
    good: {},
    bad: { service: { type: 'NodePort', loadBalancerClass: 'x/y' } },
    says: 'loadBalancerClass and loadBalancerSourceRanges need',
  },
  {
    what: "NiFi's own ports are taken",
    good: { listeners: [{ name: 'http', port: 9090 }] },
    bad: { listeners: [{ name: 'http', port: 11443 }] },
    says: 'port may not be one of',
  },
  {
    what: "the nodes' Service keeps its name",
    good: {},
    bad: { listeners: [{ name: 'nodes', port: 9090 }] },
    says: 'name may not be nodes',
  },
  {
    what: 'the name of a listener is one for a port',
    good: { listeners: [{ name: 'a-b', port: 9090 }] },
    bad: { listeners: [{ name: 'a--b', port: 9090 }] },
    says: 'name may not have two hyphens in a row',
  },
  ...[
    { name: 'cluster', transport: 'TLS', good: 'cluster-2' },
    { name: 'load-balance', transport: 'TLS', good: 'balance' },
    { name: 'https', transport: 'TLS', good: 'http' },
    { name: 'http', transport: 'InsecureHTTP', good: 'https' },
  ].map(({ name, transport, good }) => ({
    what: `the port ${name} of NiFi itself keeps its name with transport ${transport}`,
    good: { transport, listeners: [{ name: good, port: 9090 }] },
    bad: { transport, listeners: [{ name, port: 9090 }] },
    says: 'a listener may not be named cluster, load-balance',
  })),
  {
    what: 'two listeners do not share a port',
    good: {
      listeners: [
        { name: 'syslog', port: 5514, protocol: 'UDP' },
        { name: 'syslog-tcp', port: 5514 },
      ],
    },
    bad: {
      listeners: [
        { name: 'one', port: 9090 },
        { name: 'two', port: 9090 },
      ],
    },
    says: 'two listeners have the same port',
  },
  {
    what: 'a range of addresses stands alone',
    good: { networkPolicy: { ingressFrom: [{ ipBlock: { cidr: '10.0.0.0/8' } }, { namespaceSelector: {} }] } },
    bad: { networkPolicy: { ingressFrom: [{ ipBlock: { cidr: '10.0.0.0/8' }, podSelector: {} }] } },
    says: 'ipBlock stands alone',
  },
  {
    what: 'a peer is somebody',
    good: { networkPolicy: { ingressFrom: [{ podSelector: {} }] } },
    bad: { networkPolicy: { ingressFrom: [{}] } },
    says: 'a peer needs podSelector',
  },
  {
    what: 'an extension has one source',
    good: { extensions: [{ name: 'nars', image: { reference: 'example.com/nars:1' } }] },
    bad: { extensions: [{ name: 'nars' }] },
    says: 'an extension needs exactly one of',
  },
  ...durationCases(),
];

function durationCases(): CreateCase[] {
  const userGroups = (syncInterval: string): Spec => ({ auth: { ldap: { ...ldap, userGroups: { syncInterval } } } });
  const bounds: readonly (readonly [field: string, least: string, good: Spec, bad: Spec])[] = [
    ['progressDeadline', '1m', { rollout: { progressDeadline: '1h10m' } }, { rollout: { progressDeadline: '10s' } }],
    ['reconnectAfter', '1s', { autoHeal: { reconnectAfter: '1s' } }, { autoHeal: { reconnectAfter: '0s' } }],
    ['interval', '5s', { monitoring: { interval: '5s' } }, { monitoring: { interval: '721h' } }],
    ['syncInterval', '10s', userGroups('10s'), userGroups('9s')],
  ];
  return bounds.map(([field, least, good, bad]) => ({
    what: `${field} has bounds`,
    good,
    bad,
    says: `must be a duration from ${least} to 720h`,
  }));
}
