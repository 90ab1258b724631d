// Each kind of log-in from spec and Secrets to what a node is rendered with; what is wrong with them, told without what they hold;
// and what changes a node's revision and what does not.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import { authority } from '../../pkg/nifi/testing/played-node.ts';
import { inputsDigest } from './build/revision.ts';
import { aWorld, type WorldBuilder } from './plan/testing.ts';
import { type SignInState, signInOf, withSignIn } from './sign-in.ts';
import { aCluster, nodeOf, referenceNames, references } from './testing.ts';

type Auth = NonNullable<NiFiClusterSpec['auth']>;
type Secrets = Readonly<Record<string, Readonly<Record<string, string>>>>;

const ca = (await authority('directory')).certPem;
const key = 'the sensitive properties key';
const secrets: Secrets = {
  'Secret/user': { username: 'ann', password: 'twelve chars' },
  'Secret/bind': { password: 'bind-secret\n' },
  'Secret/ca': { 'ca.crt': `${ca}${ca}` },
  'Secret/client': { clientSecret: 'client-secret' },
};
const singleUser: Auth = { singleUser: { secretRef: { name: 'user' } } };
const ldap = {
  url: 'ldaps://ldap:636',
  authenticationStrategy: 'LDAPS',
  searchBase: 'ou=people',
  searchFilter: '(uid={0})',
  bind: { dn: 'cn=nifi', passwordSecretRef: { name: 'bind' } },
  caSecretRef: { name: 'ca' },
} as const;
const oidc = {
  discoveryUrl: 'https://id/.well-known/openid-configuration',
  clientId: 'nifi',
  clientSecretRef: { name: 'client' },
  caSecretRef: { name: 'ca' },
} as const;

interface Case {
  readonly found?: Secrets;
  readonly world?: WorldBuilder;
  readonly key?: string | undefined;
}

function stateOf(auth: Auth | undefined, { found = secrets, world, ...given }: Case = {}): SignInState {
  const cluster = aCluster().withSpec(auth === undefined ? {} : { auth });
  const known = { world: (world ?? aWorld(cluster)).world, references: references(found), drawn: 'drawn-password' };
  return signInOf(cluster.validated().cluster, { ...known, key: 'key' in given ? given.key : key });
}

const told = ({ findings }: SignInState): string =>
  findings.map(({ reason, message }) => `${reason}: ${message}`).join('\n');

describe('Client certificates only', () => {
  test('need nothing, and change nothing of a node', () => {
    const state = stateOf(undefined);
    assert.deepEqual(state, { signIn: undefined, resolved: true, findings: [], waiting: false });
    const { cluster } = aCluster().validated();
    assert.equal(withSignIn(cluster, state), cluster);
  });

  test('leave the inputs of a node as every operator before had them', () => {
    assert.equal(inputsDigest(nodeOf(aCluster().resolved(), 0).inputs, key), 'r3g7itdxji');
  });
});

describe('A single user', () => {
  const name = 'prod-single-user';
  const written = (auth: Auth, change: Case = {}) => {
    const { step } = stateOf(auth, change);
    assert.equal(step?.kind, 'WriteSingleUser');
    return step.kind === 'WriteSingleUser' ? step : assert.fail();
  };
  const hashed = (auth: Auth, change: Case = {}) => aWorld(aCluster()).after(written(auth, change));

  test('without a Secret gets a name and a password that the operator keeps', () => {
    const { mark, ...step } = written({ singleUser: {} });
    assert.deepEqual(step, { kind: 'WriteSingleUser', name, username: 'admin', password: 'drawn-password', own: true });
    assert.match(mark, /^[0-9a-f]{32}$/);
  });

  test('is resolved once the hash is there, and what is drawn then is not used', () => {
    const world = hashed({ singleUser: {} });
    const { signIn, resolved, step } = stateOf({ singleUser: {} }, { world });
    assert.deepEqual(signIn, { kind: 'SingleUser', username: 'admin', passwordHash: 'a-hash' });
    assert.deepEqual([resolved, step], [true, undefined]);
  });

  test('is waited for while it is being hashed: the cluster is not what its spec says until then', () => {
    assert.deepEqual(
      stateOf({ singleUser: {} }).findings.map(({ reason, effect }) => [reason, effect]),
      [['Creating', 'waits']],
    );
  });

  test('of a Secret is hashed once, and the password is not kept a second time', () => {
    const step = written(singleUser);
    assert.deepEqual([step.username, step.password, step.own], ['ann', 'twelve chars', false]);
    assert.equal(stateOf(singleUser, { world: hashed(singleUser) }).resolved, true);
  });

  test('is hashed anew for another password, another name and another key, and for nothing else', () => {
    const world = hashed(singleUser);
    const user = (change: Readonly<Record<string, string>>): Case => ({
      world,
      found: { 'Secret/user': { username: 'ann', password: 'twelve chars', ...change } },
    });
    assert.equal(stateOf(singleUser, user({ note: 'a key that nobody reads' })).step, undefined);
    assert.equal(stateOf(singleUser, user({ password: 'twelve chars\n' })).step, undefined);
    for (const other of [
      user({ password: 'another password' }),
      user({ username: 'ben' }),
      { world, key: 'another' },
    ]) {
      assert.equal(written(singleUser, other).resourceVersion, world.world.secrets.get(name)?.resourceVersion);
    }
  });

  test('waits for the key of the cluster, which marks what was hashed', () => {
    const state = stateOf(singleUser, { key: undefined });
    assert.deepEqual(
      [state.resolved, state.step, told(state)],
      [false, undefined, `Creating: Secret ${name} is being written`],
    );
  });

  for (const [what, user, reason] of [
    ['no Secret', undefined, /^ReferenceMissing: Secret user \(spec\.auth\.singleUser\.secretRef\) does not exist/],
    ['no password', { username: 'ann' }, /^ReferenceKeyMissing: Secret user .* has no key password: add it/],
    ['no name', { password: 'twelve chars' }, /^ReferenceKeyMissing: Secret user .* has no key username/],
    [
      'eleven characters',
      { username: 'ann', password: 'eleven char' },
      /^ReferenceInvalid: Key password of Secret user has fewer than 12/,
    ],
    ['two lines', { username: 'ann', password: 'twelve\nchars and more' }, /^ReferenceInvalid: .*must be one line/],
    ['72 bytes', { username: 'ann', password: 'x'.repeat(72) }, /^ReferenceInvalid: .*more than 71 bytes/],
  ] as const) {
    test(`with ${what} is refused, and no node is touched`, () => {
      const state = stateOf(singleUser, { found: user === undefined ? {} : { 'Secret/user': user } });
      assert.match(told(state), reason);
      assert.deepEqual([state.resolved, state.step, state.findings[0]?.effect], [false, undefined, 'blocks']);
      assert.equal(withSignIn(aCluster().validated().cluster, state).nodes.size, 0);
      assert.doesNotMatch(told(state), /eleven char|twelve|xxxx/);
    });
  }
});

describe('LDAP', () => {
  test('has everything of spec and Secrets, times as NiFi writes them, one certificate each', () => {
    const { signIn } = stateOf({ ldap });
    assert.deepEqual(signIn, {
      kind: 'Ldap',
      url: 'ldaps://ldap:636',
      strategy: 'LDAPS',
      manager: { dn: 'cn=nifi', password: 'bind-secret' },
      searchBase: 'ou=people',
      searchFilter: '(uid={0})',
      identityStrategy: 'USE_USERNAME',
      referralStrategy: 'FOLLOW',
      connectTimeout: '10 secs',
      readTimeout: '10 secs',
      session: '43200 secs',
      authorities: [ca, ca],
    });
  });

  test('takes users and groups of the directory where asked to', () => {
    const { signIn } = stateOf({ ldap: { ...ldap, userGroups: { userIdentityAttribute: 'uid', syncInterval: '5m' } } });
    const groups = signIn?.kind === 'Ldap' ? signIn.userGroups : undefined;
    assert.deepEqual(
      [groups?.syncInterval, groups?.userIdentityAttribute, groups?.userObjectClass],
      ['300 secs', 'uid', 'person'],
    );
  });

  test('names its Secrets, so that a change of them is noticed', () => {
    assert.deepEqual(referenceNames(aCluster().withSpec({ auth: { ldap } })), ['Secret/bind', 'Secret/ca']);
  });

  for (const [what, found, reason] of [
    [
      'a bind password that is missing',
      { ...secrets, 'Secret/bind': {} },
      /^ReferenceKeyMissing: Secret bind \(spec\.auth\.ldap\.bind\.passwordSecretRef\) has no key password/,
    ],
    [
      'an authority that is none',
      { ...secrets, 'Secret/ca': { 'ca.crt': 'hello' } },
      /^ReferenceInvalid: Key ca\.crt of Secret ca .*not a certificate in PEM/,
    ],
    [
      'an authority that is damaged',
      { ...secrets, 'Secret/ca': { 'ca.crt': ca.replace(/\n[^\n]{20}/, '\nAAAA') } },
      /^ReferenceInvalid: Key ca\.crt/,
    ],
  ] as const) {
    test(`with ${what} is refused`, () => {
      assert.match(told(stateOf({ ldap }, { found })), reason);
    });
  }
});

describe('OIDC', () => {
  test('has everything of spec and Secrets', () => {
    const { signIn } = stateOf({ oidc: { ...oidc, additionalScopes: ['profile'], fallbackClaims: ['upn'] } });
    assert.deepEqual(signIn, {
      kind: 'Oidc',
      discoveryUrl: oidc.discoveryUrl,
      clientId: 'nifi',
      clientSecret: 'client-secret',
      additionalScopes: ['profile'],
      claimIdentifyingUser: 'email',
      fallbackClaims: ['upn'],
      groupsClaim: 'groups',
      connectTimeout: '5 secs',
      readTimeout: '5 secs',
      tokenRefreshWindow: '60 secs',
      authorities: [ca, ca],
    });
  });

  test('waits for a Secret that is not known yet and says nothing', () => {
    const { cluster } = aCluster().withSpec({ auth: { oidc } }).validated();
    const known = {
      world: aWorld(aCluster()).world,
      references: () => ({ state: 'unknown' }) as const,
      drawn: '',
      key,
    };
    const state = signInOf(cluster, known);
    assert.deepEqual([state.waiting, state.resolved, state.findings], [true, false, []]);
  });
});

describe('The inputs of a node', () => {
  const inputsWith = (auth: Auth, found: Secrets): string => {
    const cluster = aCluster().withSpec({ auth });
    return inputsDigest(nodeOf(withSignIn(cluster.validated().cluster, stateOf(auth, { found })), 0).inputs, key);
  };

  test('change with a text of a Secret that a node reads at its start', () => {
    const before = inputsWith({ ldap }, secrets);
    assert.notEqual(inputsWith({ ldap }, { ...secrets, 'Secret/bind': { password: 'other' } }), before);
    assert.notEqual(inputsWith({ ldap }, { ...secrets, 'Secret/ca': { 'ca.crt': ca } }), before);
  });

  test('stay the same for keys of it that nobody reads, and for a line end', () => {
    const before = inputsWith({ oidc }, secrets);
    const found = { ...secrets, 'Secret/client': { clientSecret: 'client-secret\r\n', other: 'x' }, 'Secret/bind': {} };
    assert.equal(inputsWith({ oidc }, found), before);
  });
});
