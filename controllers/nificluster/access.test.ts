// Who should have access, from spec and log-in.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import { accessOf } from './access.ts';
import { aCluster } from './testing.ts';

const accessWith = (spec: Partial<NiFiClusterSpec>, singleUser?: string) => {
  const { cluster } = aCluster().withSpec(spec).withUid('0a1b2c3d-4e5f').validated();
  return accessOf(singleUser === undefined ? cluster : { ...cluster, singleUser });
};
const nobody = { users: [], groups: [] };

describe('The access of a cluster', () => {
  test('is nobody’s but the operator’s and the nodes’ when the spec lists nobody', () => {
    assert.deepEqual(accessWith({}), {
      scope: '0a1b2c3d',
      admins: nobody,
      operators: nobody,
      readers: nobody,
      metrics: nobody,
      strict: false,
      directory: false,
      untouched: ['CN=operator.prod.data', 'nodes.prod.data'],
    });
  });

  test('tells users from groups', () => {
    const access = { admins: [{ user: 'CN=ann' }, { group: 'ops' }], readers: [{ group: 'all' }], strict: true };
    const { admins, readers, strict } = accessWith({ access }) ?? assert.fail();
    assert.deepEqual(
      [admins, readers, strict],
      [{ users: ['CN=ann'], groups: ['ops'] }, { users: [], groups: ['all'] }, true],
    );
  });

  test('has the single user among the administrators, and nowhere else', () => {
    const access = { admins: [{ user: 'CN=ann' }], readers: [{ user: 'admin' }, { user: 'ben' }] };
    const { admins, readers } = accessWith({ auth: { singleUser: {} }, access }, 'admin') ?? assert.fail();
    assert.deepEqual([admins.users, readers.users], [['CN=ann', 'admin'], ['ben']]);
  });

  test('is not known before the single user is: nobody is taken out for that', () => {
    assert.equal(accessWith({ auth: { singleUser: {} } }), undefined);
  });

  test('lets the metrics be read by the identity of their certificate, and by nobody without one', () => {
    const monitoring = { enabled: true };
    assert.deepEqual(accessWith({ monitoring })?.metrics, { users: ['CN=metrics.prod.data'], groups: [] });
    assert.deepEqual(accessWith({ monitoring, transport: 'InsecureHTTP' })?.metrics, nobody);
    assert.deepEqual(accessWith({ monitoring: { enabled: false } })?.metrics, nobody);
  });

  test('minds a directory where users and groups come from one', () => {
    const ldap = {
      url: 'ldap://l',
      authenticationStrategy: 'ANONYMOUS',
      searchBase: 'ou=p',
      searchFilter: '(uid={0})',
    } as const;
    assert.equal(accessWith({ auth: { ldap } })?.directory, false);
    assert.equal(accessWith({ auth: { ldap: { ...ldap, userGroups: {} } } })?.directory, true);
  });
});
