// The LDAP settings of a NiFiCluster against a real server: what a node is rendered with is read back from its files, and a played NiFi logs
// people in and reads the directory with exactly that.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { NiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import { renderNodeConfig } from '../../controllers/nificluster/build/config/render.ts';
import { aWorld } from '../../controllers/nificluster/plan/testing.ts';
import { signInOf, withSignIn } from '../../controllers/nificluster/sign-in.ts';
import { aCluster, nodeOf, references } from '../../controllers/nificluster/testing.ts';
import { parseProviders } from '../nifi/config/xml.ts';
import { logIn, readTenants } from './played-ldap.ts';
import { type Directory, findSlapd, startDirectory } from './slapd.ts';

type Ldap = NonNullable<NonNullable<NiFiClusterSpec['auth']>['ldap']>;

const slapd = await findSlapd();
const password = 'the password of ann';

describe('LDAP against a real slapd', { skip: slapd === undefined ? 'there is no slapd here' : false }, () => {
  let directory: Directory;

  before(async () => {
    if (slapd !== undefined) directory = await startDirectory(slapd);
  });
  after(() => directory.stop());

  const people = { searchBase: 'ou=people,dc=example,dc=com', searchFilter: '(&(objectClass=person)(uid={0}))' };
  const bind = { dn: 'cn=nifi,dc=example,dc=com', passwordSecretRef: { name: 'bind' } };
  const caSecretRef = { name: 'ca' };

  /** A provider's properties as a node of this spec has them in its files. */
  function providerOf(ldap: Ldap, file: 'authorizers.xml' | 'login-identity-providers.xml', identifier: string) {
    const found = references({
      'Secret/bind': { password: 'bind & <secret>\n' },
      'Secret/ca': { 'ca.crt': directory.authority },
    });
    const { cluster } = aCluster().withSpec({ auth: { ldap } }).validated();
    const state = signInOf(cluster, { world: aWorld(aCluster()).world, references: found, key: 'key', drawn: '' });
    assert.deepEqual(state.findings, []);
    const text = renderNodeConfig(nodeOf(withSignIn(cluster, state), 0).inputs.config).secretFiles[file] ?? '';
    const root = file === 'authorizers.xml' ? 'authorizers' : 'loginIdentityProviders';
    const providers = [...parseProviders(text, file, root).values()].flat();
    return (
      providers.find((one) => one.identifier === identifier)?.properties ?? assert.fail(`${file} has no ${identifier}`)
    );
  }
  const loginOf = (ldap: Ldap) => providerOf(ldap, 'login-identity-providers.xml', 'ldap-provider');

  const strategies: Readonly<Record<string, () => Ldap>> = {
    SIMPLE: () => ({ ...people, bind, url: directory.plain }),
    ANONYMOUS: () => ({ ...people, url: directory.plain, authenticationStrategy: 'ANONYMOUS' }),
    LDAPS: () => ({ ...people, bind, caSecretRef, url: directory.secure, authenticationStrategy: 'LDAPS' }),
    START_TLS: () => ({ ...people, bind, caSecretRef, url: directory.plain, authenticationStrategy: 'START_TLS' }),
  };
  for (const [strategy, ldap] of Object.entries(strategies)) {
    test(`${strategy} lets in who knows the password, and nobody else`, async () => {
      const login = loginOf(ldap());
      assert.equal(await logIn(login, directory.authority, 'ann', password), 'ann');
      assert.equal(await logIn(login, directory.authority, 'ann', 'another'), undefined);
      assert.equal(await logIn(login, directory.authority, 'nobody', password), undefined);
    });
  }

  test('USE_DN calls a user by the distinguished name', async () => {
    const login = loginOf({ ...people, bind, url: directory.plain, identityStrategy: 'USE_DN' });
    assert.equal(await logIn(login, directory.authority, 'ann', password), 'uid=ann,ou=people,dc=example,dc=com');
  });

  test('a server of a private authority is not trusted without it', async () => {
    const { caSecretRef: _, ...untrusted } = strategies['LDAPS']?.() ?? assert.fail();
    await assert.rejects(logIn(loginOf(untrusted), directory.authority, 'ann', password), /certificate/);
  });

  test('users and groups are read under the names that log-in gives', async () => {
    const groupSearchBase = 'ou=groups,dc=example,dc=com';
    const userGroups = { userIdentityAttribute: 'uid', groupSearchBase, groupNameAttribute: 'cn' };
    const ldap: Ldap = {
      ...people,
      bind,
      caSecretRef,
      url: directory.secure,
      authenticationStrategy: 'LDAPS',
      userGroups,
    };
    const tenants = await readTenants(
      providerOf(ldap, 'authorizers.xml', 'ldap-user-group-provider'),
      directory.authority,
    );
    assert.deepEqual(tenants, { users: ['ann', 'ben'], groups: { admins: ['ann'] } });
  });
});
