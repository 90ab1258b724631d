// Who may enter a cluster and how: transport certificates, log-in (one kind at most), and who administers, operates and reads.
// No password is ever a field: every secret value is a reference to a Secret of the same namespace.
// Surprise: client certificates work beside every kind of log-in; the operator itself uses one.

import { duration } from '../../pkg/schema/duration.ts';
import { atomicList, boolean, enumeration, object, rule, set, string } from '../../pkg/schema/helpers.ts';
import { keyRef, nameRef, objectName } from '../../pkg/schema/kubernetes.ts';
import type { Structural } from '../../pkg/schema/structural.ts';

export const sensitivePropsKey: Structural = object(
  'The key that encrypts sensitive values of the flow; generated once when absent.',
  {
    name: 'SensitivePropsKey',
    optional: {
      secretKeyRef: keyRef('A key of a Secret; at least 12 characters.', 'Secret', 'key'),
      value: string('The key itself, readable by all who may read the cluster object; prefer secretKeyRef.', {
        min: 12,
        max: 256,
        pattern: '^[^\\r\\n]+$',
      }),
    },
    rules: [
      rule(
        'has(self.secretKeyRef) != has(self.value)',
        'give exactly one of secretKeyRef and value, or leave sensitivePropsKey out',
      ),
    ],
  },
);

export const tls: Structural = object("Certificates; a CA of the cluster's own, made by the operator, when absent.", {
  name: 'TlsSettings',
  required: {
    issuerRef: object('The cert-manager issuer of all certificates; it should serve this cluster alone.', {
      name: 'IssuerReference',
      required: { name: objectName('Name of the issuer.') },
      optional: {
        kind: string('Kind of the issuer: Issuer, ClusterIssuer or one of another group.', {
          min: 1,
          max: 63,
          pattern: '^[A-Z][A-Za-z0-9]*$',
          default: 'Issuer',
        }),
        group: string('API group of the issuer.', { min: 1, max: 253, default: 'cert-manager.io' }),
      },
    }),
  },
});

const singleUser: Structural = object('One user with a password; an administrator.', {
  name: 'SingleUserAuth',
  optional: {
    secretRef: nameRef(
      'Secret with the keys username and password (12 characters at least); generated when absent.',
      'Secret',
    ),
  },
});

const scope = (description: string): Structural =>
  enumeration(description, ['OBJECT', 'ONE_LEVEL', 'SUBTREE'], { default: 'SUBTREE' });
const distinguishedName = (description: string): Structural => string(description, { min: 1, max: 1024 });
const attribute = (description: string, fallback?: string): Structural =>
  string(description, { min: 1, max: 128, ...(fallback === undefined ? {} : { default: fallback }) });

const ldap: Structural = object('Users of an LDAP server or Active Directory.', {
  name: 'LdapAuth',
  required: {
    url: string('Addresses of the server, separated by blanks, such as ldaps://ldap.example.com:636.', {
      min: 8,
      max: 1024,
      pattern: '^ldaps?://[^ ]+( ldaps?://[^ ]+)*$',
    }),
    searchBase: distinguishedName('Where users are searched, such as ou=people,dc=example,dc=com.'),
    searchFilter: string('Filter for the user who logs in, such as (uid={0}).', {
      min: 3,
      max: 1024,
      rules: [rule("self.contains('{0}')", 'searchFilter needs the placeholder {0}, which stands for the user name')],
    }),
  },
  optional: {
    authenticationStrategy: enumeration(
      'How NiFi binds to the server.',
      ['ANONYMOUS', 'SIMPLE', 'LDAPS', 'START_TLS'],
      { default: 'SIMPLE' },
    ),
    bind: object('The account that searches; needed unless authenticationStrategy is ANONYMOUS.', {
      required: {
        dn: distinguishedName('Its distinguished name.'),
        passwordSecretRef: keyRef('Key of a Secret with its password.', 'Secret', 'password'),
      },
    }),
    identityStrategy: enumeration('What identifies a user in NiFi.', ['USE_DN', 'USE_USERNAME'], {
      default: 'USE_USERNAME',
    }),
    referralStrategy: enumeration('What happens to referrals.', ['FOLLOW', 'IGNORE', 'THROW'], { default: 'FOLLOW' }),
    caSecretRef: keyRef(
      'Key of a Secret with the CA of the server in PEM, for LDAPS and START_TLS.',
      'Secret',
      'ca.crt',
    ),
    clientCertificateSecretRef: nameRef(
      'Secret with tls.crt and tls.key, where the server asks for a certificate.',
      'Secret',
    ),
    connectTimeout: duration('How long a connection may take.', { default: '10s', min: '1s' }),
    readTimeout: duration('How long an answer may take.', { default: '10s', min: '1s' }),
    sessionDuration: duration('How long a log-in lasts.', { default: '12h', min: '1m' }),
    userGroups: object('Users and groups of the directory as a source for access; absent: log-in only.', {
      name: 'LdapUserGroups',
      optional: {
        syncInterval: duration('How often users and groups are read.', { default: '30m', min: '10s' }),
        userObjectClass: attribute('Object class of users.', 'person'),
        userSearchScope: scope('How deep users are searched.'),
        userIdentityAttribute: attribute("Attribute that is the user's identity; the distinguished name when absent."),
        userGroupNameAttribute: attribute("Attribute of a user that names the user's groups, such as memberOf."),
        groupSearchBase: distinguishedName('Where groups are searched; no group search when absent.'),
        groupObjectClass: attribute('Object class of groups.', 'groupOfNames'),
        groupSearchScope: scope('How deep groups are searched.'),
        groupSearchFilter: string('Filter for groups.', { min: 3, max: 1024 }),
        groupNameAttribute: attribute("Attribute that is the group's name; the distinguished name when absent."),
        groupMemberAttribute: attribute('Attribute of a group that names its members.', 'member'),
      },
    }),
  },
  rules: [
    rule(
      "(self.authenticationStrategy == 'ANONYMOUS') != has(self.bind)",
      'give bind exactly when authenticationStrategy is not ANONYMOUS',
      { fieldPath: '.bind' },
    ),
    rule(
      "(self.authenticationStrategy == 'LDAPS') == self.url.startsWith('ldaps://')",
      'url begins with ldaps:// exactly when authenticationStrategy is LDAPS: change one of the two',
      { fieldPath: '.url' },
    ),
  ],
});

const claim = (description: string, fallback: string): Structural =>
  string(description, { min: 1, max: 128, pattern: '^[^\\s]+$', default: fallback });

const oidc: Structural = object('Users of an OpenID Connect provider.', {
  name: 'OidcAuth',
  required: {
    discoveryUrl: string('Discovery document of the provider, …/.well-known/openid-configuration.', {
      min: 9,
      max: 2048,
      pattern: '^https?://[^\\s]+$',
    }),
    clientId: string('Client that the provider knows NiFi by.', { min: 1, max: 256, pattern: '^[^\\r\\n]+$' }),
    clientSecretRef: keyRef("Key of a Secret with the client's secret.", 'Secret', 'clientSecret'),
  },
  optional: {
    additionalScopes: set(
      'Scopes besides openid and email; offline_access when absent.',
      string('Scope.', { min: 1, max: 128, pattern: '^[^\\s,]+$' }),
      { max: 16 },
    ),
    claimIdentifyingUser: claim("Claim that is the user's identity.", 'email'),
    fallbackClaims: atomicList(
      'Claims that are tried when the first is absent.',
      string('Claim.', { min: 1, max: 128, pattern: '^[^\\s,]+$' }),
      { max: 8 },
    ),
    groupsClaim: claim("Claim that lists the user's groups.", 'groups'),
    preferredJwsAlgorithm: string('Signature algorithm of tokens; the provider decides when absent.', {
      min: 4,
      max: 16,
      pattern: '^[A-Za-z0-9]+$',
    }),
    caSecretRef: keyRef(
      'Key of a Secret with the CA of the provider in PEM; public CAs when absent.',
      'Secret',
      'ca.crt',
    ),
    connectTimeout: duration('How long a connection may take.', { default: '5s', min: '1s' }),
    readTimeout: duration('How long an answer may take.', { default: '5s', min: '1s' }),
    tokenRefreshWindow: duration('How long before its end a token is refreshed.', { default: '60s', min: '1s' }),
  },
});

export const auth: Structural = object('How people log in; client certificates only when absent.', {
  name: 'AuthSettings',
  optional: { singleUser, ldap, oidc },
  rules: [
    rule(
      '[has(self.singleUser), has(self.ldap), has(self.oidc)].filter(given, given).size() <= 1',
      'auth may hold one of singleUser, ldap and oidc: take the others out',
    ),
  ],
});

function principals(description: string, field: string): Structural {
  const principal = object('A user or a group.', {
    name: 'Principal',
    atomic: true,
    optional: {
      user: string('Identity of a user as NiFi sees it, such as CN=ann,OU=data.', { min: 1, max: 512 }),
      group: string('Name of a group.', { min: 1, max: 512 }),
    },
    rules: [rule('has(self.user) != has(self.group)', `an entry of ${field} needs exactly one of user and group`)],
  });
  return set(description, principal, { max: 64 });
}

export const access: Structural = object('Who may do what in NiFi; written through its API, no restart.', {
  name: 'AccessSettings',
  default: {},
  optional: {
    admins: principals('Those who may do everything.', 'admins'),
    operators: principals('Those who may see everything, start, stop and empty queues.', 'operators'),
    readers: principals('Those who may see everything.', 'readers'),
    strict: boolean('Whether users, groups and policies added by hand are taken away.', { default: false }),
  },
  rules: [once('admins', 'operators'), once('admins', 'readers'), once('operators', 'readers')],
});

function once(more: string, less: string): ReturnType<typeof rule> {
  const same =
    '(has(one.user) && has(other.user) && one.user == other.user) || (has(one.group) && has(other.group) && one.group == other.group)';
  return rule(
    `!has(self.${more}) || !has(self.${less}) || self.${more}.all(one, !self.${less}.exists(other, ${same}))`,
    `somebody is in ${more} and in ${less}: take the entry out of ${less}, ${more} may do the same and more`,
    { fieldPath: `.${less}` },
  );
}
