// The files of each kind of log-in, whole, as a reader would want to see them: golden/<kind>.txt holds what a node gets, the Secret
// part marked as such. Checked against the files that NiFi itself ships, where these are at hand.

import assert from 'node:assert/strict';
// oxlint-disable-next-line no-restricted-imports -- golden files are files
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { renderNodeConfig } from './render.ts';
import type { Ldap, Oidc, SignIn } from './sign-in.ts';
import { aNode, properties, providers } from './testing.ts';

const hash = '$2b$12$dEMNno720w/946RJYAR4Y.DKWCxovEeJmyxSIUp2TgtZHFtKKH2wG';
const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

const simple: Ldap = {
  kind: 'Ldap',
  url: 'ldap://ldap.example.com:389',
  strategy: 'SIMPLE',
  manager: { dn: 'cn=nifi,dc=example,dc=com', password: 'bind & <secret>' },
  searchBase: 'ou=people,dc=example,dc=com',
  searchFilter: '(&(objectClass=person)(uid={0}))',
  identityStrategy: 'USE_USERNAME',
  referralStrategy: 'FOLLOW',
  connectTimeout: '10 secs',
  readTimeout: '10 secs',
  session: '43200 secs',
  authorities: [],
};

const directory: Ldap = {
  ...simple,
  url: 'ldaps://ad.example.com:636',
  strategy: 'LDAPS',
  searchFilter: '(sAMAccountName={0})',
  authorities: [pem, pem],
  userGroups: {
    syncInterval: '1800 secs',
    userObjectClass: 'person',
    userSearchScope: 'SUBTREE',
    userIdentityAttribute: 'sAMAccountName',
    userGroupNameAttribute: 'memberOf',
    groupSearchBase: 'ou=groups,dc=example,dc=com',
    groupObjectClass: 'group',
    groupSearchScope: 'SUBTREE',
    groupNameAttribute: 'cn',
    groupMemberAttribute: 'member',
  },
};

const provider: Oidc = {
  kind: 'Oidc',
  discoveryUrl: 'https://id.example.com/.well-known/openid-configuration',
  clientId: 'nifi',
  clientSecret: 'client secret = \u00fc',
  additionalScopes: ['profile', 'groups'],
  claimIdentifyingUser: 'preferred_username',
  fallbackClaims: ['email', 'upn'],
  groupsClaim: 'groups',
  preferredJwsAlgorithm: 'RS256',
  connectTimeout: '5 secs',
  readTimeout: '5 secs',
  tokenRefreshWindow: '60 secs',
  authorities: [pem],
};

const { manager: _, ...anonymous } = simple;
const { additionalScopes: __, ...unscoped } = provider;

const kinds: Readonly<Record<string, SignIn | undefined>> = {
  none: undefined,
  'single-user': { kind: 'SingleUser', username: 'admin', passwordHash: hash },
  'ldap-simple': simple,
  'ldap-anonymous': { ...anonymous, strategy: 'ANONYMOUS' },
  'ldap-start-tls': { ...simple, strategy: 'START_TLS', authorities: [pem] },
  'active-directory-groups': directory,
  oidc: provider,
  'oidc-public': { ...unscoped, authorities: [] },
};

/** What a log-in decides of a node: two whole files, the properties of its own, and what the JVM is told. */
function decided(signIn: SignIn | undefined): string {
  const node = aNode(signIn && { signIn });
  const { files, secretFiles } = renderNodeConfig(node);
  const lines = (text: string | undefined, wanted: RegExp): string =>
    (text ?? '')
      .split('\n')
      .filter((line) => wanted.test(line))
      .join('\n');
  const security = /^nifi\.security\.user\.(?!saml|jws|knox)/;
  const parts = {
    'nifi.properties': lines(files['nifi.properties'], security),
    'bootstrap.conf': lines(files['bootstrap.conf'], /trustStore/),
    'authorizers.xml': files['authorizers.xml'],
    'login-identity-providers.xml': files['login-identity-providers.xml'],
  };
  const texts = [
    ...Object.entries(parts).filter(([, text]) => text),
    ...Object.entries(secretFiles).map(([name, text]) => [`${name} (Secret)`, text] as const),
  ];
  return texts.map(([name, text]) => `=== ${name}\n${text?.trimEnd()}\n`).join('\n');
}

function golden(kind: string): URL {
  return new URL(`golden/${kind}.txt`, import.meta.url);
}

describe('The files of a node', () => {
  for (const [kind, signIn] of Object.entries(kinds)) {
    test(`with ${kind} are those in golden/${kind}.txt`, () => {
      assert.equal(decided(signIn), readFileSync(golden(kind), 'utf8'));
    });
  }

  test('hold no secret outside their Secret part, whatever the kind', () => {
    for (const signIn of Object.values(kinds)) {
      const node = aNode(signIn && { signIn });
      const text = Object.values(renderNodeConfig(node).files).join('\n');
      for (const secret of [hash, 'bind &', 'bind &amp;', 'client secret']) assert.ok(!text.includes(secret), secret);
    }
  });

  test('keep a secret of any form as it is, through XML and properties', () => {
    const { secretFiles } = renderNodeConfig(aNode({ signIn: simple }));
    const [ldap] = providers(secretFiles['login-identity-providers.xml']);
    assert.equal(ldap?.properties['Manager Password'], 'bind & <secret>');
    const oidc = renderNodeConfig(aNode({ signIn: provider })).secretFiles['nifi.properties'];
    assert.equal(properties(oidc)['nifi.security.user.oidc.client.secret'], 'client secret = ü');
  });
});

const shipped = new URL('../../../../../shared/reference/nifi-2.11/conf/', import.meta.url);

describe('Against the files that NiFi ships', { skip: existsSync(shipped) ? false : 'they are not here' }, () => {
  /** Identifier and property names of every provider, also of those that are commented out. */
  const known = (file: string): ReadonlyMap<string, { readonly id: string; readonly names: readonly string[] }> => {
    const text = readFileSync(new URL(file, shipped), 'utf8');
    const blocks = text.matchAll(
      /<identifier>([^<]+)<\/identifier>\s*<class>([^<]+)<\/class>((?:\s*<property[^\n]*)+|[^]*?<\/(?:provider|userGroupProvider)>)/g,
    );
    return new Map(
      [...blocks].map(([, id = '', name = '', rest = '']) => [
        name,
        { id, names: [...rest.matchAll(/name="([^"]+)"/g)].map((match) => match[1] ?? '') },
      ]),
    );
  };

  for (const file of ['authorizers.xml', 'login-identity-providers.xml']) {
    for (const [kind, signIn] of Object.entries(kinds)) {
      test(`${file} with ${kind} has their identifiers and no property that they lack`, () => {
        const { files, secretFiles } = renderNodeConfig(aNode(signIn && { signIn }));
        const theirs = known(file);
        for (const one of providers(files[file] ?? secretFiles[file])) {
          const default_ = theirs.get(one.class);
          assert.equal(one.id, default_?.id, one.class);
          const names = Object.keys(one.properties).map((name) => name.replace(/ \d+$/, ' 1'));
          assert.deepEqual(
            names.filter((name) => !default_?.names.includes(name)),
            [],
          );
        }
      });
    }
  }
});
