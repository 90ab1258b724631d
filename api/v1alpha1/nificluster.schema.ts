// NiFiCluster v1alpha1, the small schema: what a newcomer writes, in some twenty lines. It is a version of the same CRD that v1 is
// stored in; conversion.ts says what each field is there. What only v1 knows cannot be written here and is not lost either.
// Surprise: the API server judges a write by the rules of the version that it was written in, so what v1 forbids to change is
// forbidden here once more.

import { boolean, enumeration, integer, object, rule, string } from '../../pkg/schema/helpers.ts';
import type { CustomResource } from '../../pkg/schema/kind.ts';
import { keyRef, objectName, quantity, resources } from '../../pkg/schema/kubernetes.ts';
import type { Structural } from '../../pkg/schema/structural.ts';
import { clusterRules } from '../v1/nificluster.rules.ts';
import { image, nifiCluster as stored, version } from '../v1/nificluster.schema.ts';

const storage: Structural = object('One volume for everything that a node keeps.', {
  name: 'SmallStorage',
  default: { size: '10Gi' },
  optional: {
    size: { ...quantity('Size of the volume, such as 20Gi; it may grow and never shrinks.'), default: '10Gi' },
    storageClassName: objectName('Storage class; the default class of the Kubernetes cluster when absent.'),
  },
  rules: [
    rule(
      'quantity(self.size).compareTo(quantity(oldSelf.size)) >= 0',
      'size may not shrink: a volume can only grow; put the former size back or a larger one',
      { fieldPath: '.size' },
    ),
    rule(
      'has(self.storageClassName) == has(oldSelf.storageClassName) && (!has(self.storageClassName) || self.storageClassName == oldSelf.storageClassName)',
      'storageClassName cannot be changed on a volume that exists; put the former value back',
    ),
  ],
});

const config: Structural = object('Configuration of NiFi.', {
  name: 'SmallConfig',
  default: {},
  optional: {
    jvmHeapSize: string('Heap of the JVM, such as 512m or 4g.', {
      min: 2,
      max: 12,
      pattern: '^[1-9][0-9]*[kKmMgG]$',
      default: '1g',
    }),
    maxThreads: integer('Threads of the flow on each node.', { min: 1, max: 10000, default: 10 }),
    sensitivePropsKey: string(
      'Key that encrypts sensitive values, readable by all who may read this object; generated when absent.',
      { min: 12, max: 256, pattern: '^[^\\r\\n]+$' },
    ),
  },
  rules: [
    rule(
      'has(self.sensitivePropsKey) == has(oldSelf.sensitivePropsKey) && (!has(self.sensitivePropsKey) || self.sensitivePropsKey == oldSelf.sensitivePropsKey)',
      'sensitivePropsKey cannot be changed, added or taken out: put the former value back; the flow on disk is encrypted with it',
      { fieldPath: '.sensitivePropsKey', reason: 'FieldValueForbidden' },
    ),
  ],
});

const tls: Structural = object('Certificates. There is TLS in any case; enabled says that an issuer signs them.', {
  name: 'SmallTls',
  default: { enabled: false },
  optional: {
    enabled: boolean('Whether certificates come from issuerRef; from an authority of the operator when not.', {
      default: false,
    }),
    issuerRef: object('The cert-manager issuer of all certificates; it should serve this cluster alone.', {
      name: 'SmallIssuer',
      required: { name: objectName('Name of the issuer.') },
      optional: {
        kind: string('Kind of the issuer: Issuer, ClusterIssuer or one of another group.', {
          min: 1,
          max: 63,
          pattern: '^[A-Z][A-Za-z0-9]*$',
          default: 'ClusterIssuer',
        }),
      },
    }),
  },
  rules: [
    rule('!self.enabled || has(self.issuerRef)', 'tls.enabled needs issuerRef: name the issuer or take enabled out'),
  ],
});

const ldap: Structural = object('Users of an LDAP server that lets everybody search.', {
  name: 'SmallLdap',
  required: {
    url: string('Addresses of the server, separated by blanks, such as ldap://ldap.example.com:389.', {
      min: 8,
      max: 1024,
      pattern: '^ldaps?://[^ ]+( ldaps?://[^ ]+)*$',
    }),
    searchBase: string('Where users are searched, such as ou=people,dc=example,dc=com.', { min: 1, max: 1024 }),
    searchFilter: string('Filter for the user who logs in, such as (uid={0}).', {
      min: 3,
      max: 1024,
      rules: [rule("self.contains('{0}')", 'searchFilter needs the placeholder {0}, which stands for the user name')],
    }),
  },
});

const oidc: Structural = object('Users of an OpenID Connect provider.', {
  name: 'SmallOidc',
  required: {
    discoveryUrl: string('Discovery document of the provider, …/.well-known/openid-configuration.', {
      min: 9,
      max: 2048,
      pattern: '^https?://[^\\s]+$',
    }),
    clientId: string('Client that the provider knows NiFi by.', { min: 1, max: 256, pattern: '^[^\\r\\n]+$' }),
    clientSecretRef: keyRef("Key of a Secret with the client's secret.", 'Secret', 'clientSecret'),
  },
});

const auth: Structural = object('How people log in; client certificates only when absent.', {
  name: 'SmallAuth',
  required: { type: enumeration('Kind of log-in.', ['single-user', 'ldap', 'oidc']) },
  optional: { ldap, oidc },
  rules: [
    rule("(self.type == 'ldap') == has(self.ldap)", 'give ldap exactly when type is ldap'),
    rule("(self.type == 'oidc') == has(self.oidc)", 'give oidc exactly when type is oidc'),
  ],
});

const spec: Structural = object('What the cluster should be.', {
  name: 'NiFiClusterSpec',
  required: {
    replicas: integer('Number of nodes. More of them, none, or nodes by name need v1.', { min: 1, max: 20 }),
    version,
  },
  optional: {
    image,
    resources: {
      ...resources('Compute resources of each node.'),
      default: { requests: { cpu: '1', memory: '2Gi' }, limits: { cpu: '2', memory: '4Gi' } },
    },
    storage,
    config,
    tls,
    auth,
  },
  rules: [
    rule(
      "!has(self.resources.limits) || !('memory' in self.resources.limits) || !isQuantity(string(self.resources.limits['memory'])) || quantity(self.config.jvmHeapSize.upperAscii().replace('K', 'Ki').replace('M', 'Mi').replace('G', 'Gi')).compareTo(quantity(string(self.resources.limits['memory']))) < 0",
      'config.jvmHeapSize must be below resources.limits.memory, which also holds what the JVM needs besides the heap: lower the one or raise the other',
    ),
  ],
});

const count = (description: string): Structural => integer(description, { min: 0, max: 100000 });

const status: Structural = object('What the operator observed; never an input.', {
  name: 'NiFiClusterStatus',
  optional: {
    phase: enumeration('What the cluster is about, in one word.', [
      'Creating',
      'Running',
      'Scaling',
      'Updating',
      'Hibernated',
      'Error',
    ]),
    readyNodes: count('Nodes whose Pod is ready and that NiFi calls connected.'),
    clusterCoordinator: string("Pod of NiFi's cluster coordinator.", { max: 253 }),
    message: string('Why the cluster is ready or not, in a sentence.', { max: 32768 }),
    replicas: count('Nodes that exist.'),
    selector: string('Label selector of the Pods, for the scale subresource.', { max: 1024 }),
  },
});

/** NiFiCluster as a newcomer writes it. */
export const smallNiFiCluster: CustomResource = {
  ...stored,
  version: 'v1alpha1',
  description: 'A cluster of Apache NiFi nodes, in the small schema: every node is alike and has one volume.',
  spec,
  status,
  rules: clusterRules.slice(0, 1),
  columns: stored.columns.slice(0, 5),
};
