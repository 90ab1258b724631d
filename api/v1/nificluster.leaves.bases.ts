// Valid specs that between them give every field of NiFiCluster a value: where the schema-walk test starts from.

import type { Json } from '../../pkg/schema/structural.ts';

type Fields = Readonly<Record<string, Json>>;

const peers: Json = [
  {
    podSelector: { matchLabels: { app: 'x' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['web'] }] },
    namespaceSelector: {
      matchLabels: { team: 'x' },
      matchExpressions: [{ key: 'tier', operator: 'In', values: ['web'] }],
    },
  },
  { ipBlock: { cidr: '10.0.0.0/8', except: ['10.2.0.0/16'] } },
];

const override: Fields = {
  resources: { requests: { cpu: '1' }, limits: { memory: '8Gi' } },
  jvm: { heap: '1g', args: ['-Da=b'] },
  storage: [
    { name: 'data', size: '1Gi', storageClassName: 'fast' },
    { name: 'disk', size: '1Gi', repository: 'content' },
  ],
  config: {
    nifiProperties: { 'nifi.ui.banner.text': 'x' },
    bootstrapConf: { 'java.arg.tz': '-Duser.timezone=UTC' },
    files: { 'logback.xml': '<configuration/>' },
  },
  configFrom: [
    { file: 'nifi.properties', secretRef: { name: 'a', key: 'b' } },
    { file: 'nifi.properties', configMapRef: { name: 'a', key: 'b' } },
  ],
  env: [
    { name: 'A', value: 'x' },
    { name: 'B', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } },
    { name: 'C', valueFrom: { configMapKeyRef: { name: 'a', key: 'b' } } },
    { name: 'D', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
  ],
  podTemplate: { metadata: { labels: { a: 'b' }, annotations: { a: 'b' } }, spec: { priority: 1 } },
};

const outside: Fields = {
  type: 'LoadBalancer',
  annotations: { a: 'b' },
  labels: { a: 'b' },
  nodePort: 30000,
  loadBalancerClass: 'x/y',
  loadBalancerSourceRanges: ['10.0.0.0/8'],
  externalTrafficPolicy: 'Local',
};

/** Everything that goes together with TLS, LDAP, members by count and Kubernetes leases. */
const whole: Fields = {
  version: '2.6.0',
  image: 'apache/nifi',
  imagePullPolicy: 'Always',
  imagePullSecrets: [{ name: 'pull' }],
  replicas: 3,
  decommission: [1],
  clusterManager: 'Kubernetes',
  node: override,
  nodeGroups: [{ name: 'heavy', node: override }],
  nodes: [{ id: 2, group: 'heavy', node: override }],
  extensions: [
    { name: 'nars', persistentVolumeClaim: { claimName: 'nars' } },
    { name: 'python', configMap: { name: 'python' } },
    { name: 'image', image: { reference: 'example.com/nars:1', pullPolicy: 'Always' } },
  ],
  sensitivePropsKey: { secretKeyRef: { name: 'key', key: 'key' } },
  transport: 'TLS',
  tls: { issuerRef: { name: 'ca', kind: 'ClusterIssuer', group: 'cert-manager.io' } },
  auth: {
    ldap: {
      url: 'ldap://ldap:389',
      searchBase: 'dc=example',
      searchFilter: '(uid={0})',
      authenticationStrategy: 'SIMPLE',
      bind: { dn: 'cn=reader', passwordSecretRef: { name: 'ldap', key: 'password' } },
      identityStrategy: 'USE_DN',
      referralStrategy: 'IGNORE',
      caSecretRef: { name: 'ldap', key: 'ca.crt' },
      clientCertificateSecretRef: { name: 'ldap-client' },
      connectTimeout: '5s',
      readTimeout: '5s',
      sessionDuration: '8h',
      userGroups: {
        syncInterval: '10m',
        userObjectClass: 'person',
        userSearchScope: 'OBJECT',
        userIdentityAttribute: 'uid',
        userGroupNameAttribute: 'memberOf',
        groupSearchBase: 'ou=groups',
        groupObjectClass: 'group',
        groupSearchScope: 'OBJECT',
        groupSearchFilter: '(cn=*)',
        groupNameAttribute: 'cn',
        groupMemberAttribute: 'member',
      },
    },
  },
  access: {
    admins: [{ user: 'ann' }, { group: 'admins' }],
    operators: [{ user: 'bob' }, { group: 'operators' }],
    readers: [{ user: 'eve' }, { group: 'readers' }],
    strict: true,
  },
  monitoring: { enabled: true, interval: '15s', labels: { a: 'b' } },
  service: { ...outside, port: 443 },
  listeners: [
    { name: 'http', port: 9090, protocol: 'TCP', service: { ...outside, port: 80, sessionAffinity: 'ClientIP' } },
  ],
  proxyHosts: ['nifi.example.com'],
  networkPolicy: { enabled: true, ingressFrom: peers },
  serviceAccount: { annotations: { a: 'b' }, labels: { a: 'b' } },
  maxTimerDrivenThreadCount: 20,
  rollout: { maxUnavailable: 2, progressDeadline: '30m', paused: true },
  decommissioning: { offloadTimeout: '10m' },
  volumeRetention: { whenDecommissioned: 'Retain', whenDeleted: 'Delete' },
  adoptVolumes: true,
  autoHeal: { reconnectAfter: '30s' },
  paused: true,
};

const { replicas: _replicas, decommission: _decommission, ...withoutCount } = whole;

/** Specs in the order in which a field is looked for. */
export const bases: readonly Fields[] = [
  whole,
  { ...withoutCount, nodeIds: [0, 2] },
  { ...whole, clusterManager: 'ZooKeeper', zookeeper: { connectString: 'zk:2181', rootNode: '/prod' } },
  { ...whole, sensitivePropsKey: { value: 'abcdefghijkl' } },
  { ...whole, auth: { singleUser: { secretRef: { name: 'user' } } } },
  {
    ...whole,
    auth: {
      oidc: {
        discoveryUrl: 'https://idp.example.com/x',
        clientId: 'nifi',
        clientSecretRef: { name: 'oidc', key: 'clientSecret' },
        additionalScopes: ['groups'],
        claimIdentifyingUser: 'email',
        fallbackClaims: ['upn'],
        groupsClaim: 'groups',
        preferredJwsAlgorithm: 'RS256',
        caSecretRef: { name: 'oidc', key: 'ca.crt' },
        connectTimeout: '6s',
        readTimeout: '6s',
        tokenRefreshWindow: '30s',
      },
    },
  },
];
