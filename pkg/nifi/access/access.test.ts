// The access of a cluster against the stand-in NiFi: what becomes of users, groups and policies, that nothing of others is touched, and
// that nothing is written twice.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { CallRequest } from '../types.ts';
import { AccessScene, groups, users, writesIn } from './access.fixture.ts';
import { type Access, type RoleName, rightsOf } from './roles.ts';

let scene: AccessScene;

before(async () => {
  scene = await AccessScene.open();
});
after(() => scene.standIn.close());
beforeEach(() => scene.put(scene.pristine));

const person = async (call: CallRequest): Promise<{ id: string }> =>
  (await scene.standIn.person.request(call)) as { id: string };
const revision = { version: 0, clientId: 'a person' };
const byHand = {
  user: (identity: string) =>
    person({ method: 'POST', path: '/tenants/users', body: { revision, component: { identity } } }),
  group: (identity: string, ...ids: readonly string[]) =>
    person({
      method: 'POST',
      path: '/tenants/user-groups',
      body: { revision, component: { identity, users: ids.map((id) => ({ id })) } },
    }),
  policy: (action: string, resource: string, own: readonly string[], theirs: readonly string[] = []) =>
    person({
      method: 'POST',
      path: '/policies',
      body: {
        revision,
        component: { action, resource, users: own.map((id) => ({ id })), userGroups: theirs.map((id) => ({ id })) },
      },
    }),
};

describe('An administrator', () => {
  test('may do everything, also what NiFi gives no initial admin', async () => {
    await scene.brought({ admins: users('CN=ann') });
    for (const right of rightsOf('admins', '{root}'))
      assert.ok(scene.may('CN=ann', right.action, right.resource), JSON.stringify(right));
    for (const resource of ['/process-groups/{root}', '/system', '/parameter-contexts'])
      assert.ok(scene.may('CN=ann', 'read', resource));
  });

  test('costs nothing once it is there: no write, and one read beside those for operator and nodes', async () => {
    await scene.brought({ admins: users('CN=ann'), readers: { users: ['CN=ben'], groups: ['staff'] } });
    const listed = await scene.brought({ admins: users('CN=ann'), readers: { users: ['CN=ben'], groups: ['staff'] } });
    const without = await scene.brought(undefined);
    assert.deepEqual(writesIn(listed), []);
    assert.equal(listed.length - without.length, 1);
    assert.equal(listed.filter((line) => line === 'GET /nifi-api/tenants/user-groups').length, 1);
  });

  test('is looked at by one call while nobody changes it, and put right when somebody does', async () => {
    const access = { admins: users('CN=ann'), readers: groups('staff') };
    const memory = {};
    await scene.brought(access, memory);
    await scene.brought(access, memory);
    const looked = async () =>
      (await scene.brought(access, memory)).filter((line) => !line.endsWith('/controller/cluster'));
    const { userGroups, policies } = scene.state;
    assert.deepEqual(await looked(), ['GET /nifi-api/tenants/user-groups']);
    const good = scene.outcome();
    const named = (name: RegExp) =>
      [...userGroups.values()].find(({ identity }) => name.test(identity)) ?? assert.fail();
    const faults: readonly (() => void)[] = [
      () => void userGroups.delete(named(/-admins-\w+$/u).id),
      () => {
        const group = named(/-admins-\w+$/u);
        userGroups.set(group.id, { ...group, users: new Set() });
      },
      () => {
        const { id } = named(/^staff$/u);
        for (const [key, policy] of policies) {
          const left = [...policy.userGroups].filter((each) => each !== id);
          policies.set(key, { ...policy, userGroups: new Set(left) });
        }
      },
    ];
    for (const fault of faults) {
      fault();
      assert.notDeepEqual(writesIn(await looked()), []);
      assert.deepEqual(scene.outcome(), good);
      assert.deepEqual(writesIn(await looked()), []);
      assert.deepEqual(await looked(), ['GET /nifi-api/tenants/user-groups']);
    }
    await byHand.group('of a person');
    assert.deepEqual(await looked(), ['GET /nifi-api/tenants/user-groups']);
  });

  test('added to others is two writes, and taken out again one', async () => {
    await scene.brought({ admins: users('CN=ann') });
    assert.deepEqual(
      writesIn(await scene.brought({ admins: users('CN=ann', 'CN=eve') })).map((line) => line.split('/')[3]),
      ['users', 'user-groups'],
    );
    const log = writesIn(await scene.brought({ admins: users('CN=ann') }));
    assert.equal(log.length, 1);
    assert.match(log[0] ?? '', /^DELETE \/nifi-api\/tenants\/users\//);
  });

  test('that is taken out leaves nothing behind: users, groups and policies are those of before', async () => {
    await scene.brought({});
    const before = scene.outcome();
    await scene.brought({
      admins: users('CN=ann', 'CN=ben'),
      operators: groups('ops'),
      readers: { users: ['CN=eve'], groups: ['staff'] },
    });
    await scene.brought({});
    const { policies, ...tenants } = scene.outcome();
    assert.deepEqual(tenants, { users: before.users, groups: before.groups });
    // A policy that was made stays, with those in it who had the right before by inheritance, or nobody.
    for (const [key, names] of Object.entries(policies))
      assert.ok(
        names.every((name) => before.users.includes(name)),
        key,
      );
    for (const [key, names] of Object.entries(before.policies)) assert.deepEqual(policies[key], names, key);
  });

  test('that becomes a reader keeps what readers may and loses the rest', async () => {
    await scene.brought({ admins: users('CN=ann') });
    await scene.brought({ readers: users('CN=ann') });
    assert.deepEqual(
      [scene.may('CN=ann', 'read', '/flow'), scene.may('CN=ann', 'read', '/data/process-groups/{root}')],
      [true, true],
    );
    assert.deepEqual(
      [scene.may('CN=ann', 'write', '/policies'), scene.may('CN=ann', 'write', '/process-groups/{root}')],
      [false, false],
    );
  });
});

describe('The roles', () => {
  test('are ordered: whoever may do more may do what the others may', () => {
    const keys = (role: RoleName) =>
      new Set(rightsOf(role, 'r').map(({ action, resource }) => `${action} ${resource}`));
    const [readers, operators, admins] = [keys('readers'), keys('operators'), keys('admins')];
    assert.ok([...readers].every((key) => operators.has(key)) && [...operators].every((key) => admins.has(key)));
    assert.deepEqual(
      [...operators].filter((key) => !readers.has(key)),
      ['write /data/process-groups/r', 'write /operation/process-groups/r'],
    );
    assert.ok([...keys('readers')].every((key) => key.startsWith('read ')));
  });

  test('let operators start and empty and change nothing', async () => {
    await scene.brought({ operators: users('CN=ops') });
    assert.deepEqual(
      [
        scene.may('CN=ops', 'write', '/operation/process-groups/{root}'),
        scene.may('CN=ops', 'write', '/data/process-groups/{root}'),
      ],
      [true, true],
    );
    assert.deepEqual(
      [scene.may('CN=ops', 'write', '/process-groups/{root}'), scene.may('CN=ops', 'write', '/controller')],
      [false, false],
    );
  });
});

describe('Who reads the metrics', () => {
  const metrics = users('CN=metrics');

  test('may read what the user interface shows to everybody who may see it, and nothing else', async () => {
    await scene.brought({ metrics });
    const [flow, ...rest] = rightsOf('admins', '{root}').toSorted((a) => (a.resource === '/flow' ? -1 : 1));
    assert.ok(flow && scene.may('CN=metrics', flow.action, flow.resource));
    for (const { action, resource } of rest) assert.ok(!scene.may('CN=metrics', action, resource), resource);
    assert.deepEqual(writesIn(await scene.brought({ metrics })), []);
  });

  test('is left alone by strict, and taken away with the setting', async () => {
    await scene.brought({ strict: true });
    const before = scene.outcome();
    await scene.brought({ strict: true, metrics });
    await scene.brought({ strict: true, metrics, admins: users('CN=ann') });
    assert.ok(scene.may('CN=metrics', 'read', '/flow'));
    await scene.brought({ strict: true });
    assert.deepEqual(scene.outcome().users, before.users);
    assert.deepEqual(scene.outcome().groups, before.groups);
  });
});

describe('What a person does by hand', () => {
  test('is left alone: users, groups, policies, and rights of somebody who is listed and taken out again', async () => {
    await scene.brought({});
    const { id: alice } = await byHand.user('alice');
    const { id: bob } = await byHand.user('bob');
    const { id: staff } = await byHand.group('staff', alice);
    await byHand.policy('read', '/provenance', [bob], [staff]);
    const before = scene.outcome();
    await scene.brought({ admins: users('CN=ann', 'bob'), readers: groups('staff') });
    assert.ok(scene.may('alice', 'read', '/flow') && scene.may('bob', 'write', '/controller'));
    await scene.brought({ admins: users('CN=ann') });
    await scene.brought({});
    const end = scene.outcome();
    assert.deepEqual([end.users, end.groups], [before.users, before.groups]);
    assert.ok(
      scene.may('bob', 'read', '/provenance') &&
        !scene.may('bob', 'read', '/flow') &&
        !scene.may('alice', 'read', '/flow'),
    );
  });

  test('is put right where it changes what the spec lists', async () => {
    await scene.brought({ admins: users('CN=ann') });
    const wanted = scene.outcome();
    for (const policy of scene.state.policies.values())
      if (policy.resource === '/system') policy.userGroups = new Set();
    const { id: eve } = await byHand.user('CN=eve');
    for (const group of scene.state.userGroups.values()) group.users = new Set([eve]);
    await scene.brought({ admins: users('CN=ann') });
    assert.deepEqual(scene.outcome(), wanted);
  });

  test('is taken away with strict, but for what the operator and the nodes have', async () => {
    await scene.brought({ strict: true, admins: users('CN=ann'), readers: groups('staff') });
    const wanted = scene.outcome();
    const { id: alice } = await byHand.user('alice');
    const { id: others } = await byHand.group('others', alice);
    const group = scene.state.rootGroupId;
    await byHand.policy('write', `/provenance-data/process-groups/${group}`, [alice], [others]);
    const ann = [...scene.state.users.values()].find(({ identity }) => identity === 'CN=ann')?.id ?? '';
    const staff = [...scene.state.userGroups.values()].find(({ identity }) => identity === 'staff')?.id ?? '';
    await byHand.policy('write', '/proxy-of-a-test', [ann], [staff]);
    await scene.brought({ strict: true, admins: users('CN=ann'), readers: groups('staff') });
    const { policies, ...tenants } = scene.outcome();
    assert.deepEqual(tenants, { users: wanted.users, groups: wanted.groups });
    assert.equal(policies['write /proxy-of-a-test'], undefined);
    for (const [key, names] of Object.entries(wanted.policies)) assert.deepEqual(policies[key], names, key);
    assert.deepEqual(
      writesIn(await scene.brought({ strict: true, admins: users('CN=ann'), readers: groups('staff') })),
      [],
    );
  });
});

describe('A group', () => {
  test('that nobody made is made, for those whose provider names it when they log in', async () => {
    await scene.brought({ admins: groups('devs') });
    const { groups: all } = scene.outcome();
    assert.deepEqual(all, { devs: [], 'nifi-operator-admins-0a1b2c3d: devs': [] });
    const names = scene.outcome().policies[`write /process-groups/${scene.state.rootGroupId}`];
    assert.ok(names?.includes('devs'));
  });

  test('of another cluster is none of ours, though its name is alike', async () => {
    await byHand.group('nifi-operator-admins-ffffffff');
    await byHand.group('nifi-operator-admins-ffffffff: devs');
    const before = scene.outcome();
    await scene.brought({});
    assert.deepEqual(scene.outcome(), before);
  });
});

describe('Beside a directory', () => {
  const ofDirectory = true as const;
  const inDirectory = (): void => {
    scene.state.users.set('ldap-ann', { id: 'ldap-ann', identity: 'ann', ofDirectory });
    scene.state.userGroups.set('ldap-devs', {
      id: 'ldap-devs',
      identity: 'devs',
      users: new Set(['ldap-ann']),
      ofDirectory,
    });
  };
  const wanted: Partial<Access> = { directory: true, admins: users('ann'), readers: groups('devs') };

  test('its users and groups get the rights, and none is made of their name', async () => {
    inDirectory();
    await scene.brought(wanted);
    assert.ok(scene.may('ann', 'write', '/controller'));
    assert.equal(scene.outcome().users.filter((name) => name === 'ann').length, 1);
    assert.ok(scene.outcome().policies['read /flow']?.includes('devs'));
    await scene.brought({ directory: true });
    assert.ok(!scene.may('ann', 'read', '/flow'));
    assert.deepEqual(scene.outcome().groups, { devs: ['ann'] });
  });

  test('somebody who was made before the directory knew it lets the directory’s have the name', async () => {
    await scene.brought(wanted);
    inDirectory();
    assert.throws(() => scene.may('ann', 'read', '/flow'), /unexpected error/);
    await scene.brought(wanted);
    assert.ok(scene.may('ann', 'write', '/controller'));
    assert.deepEqual(
      Object.keys(scene.outcome().groups).filter((name) => name === 'devs'),
      ['devs'],
    );
    assert.ok([...scene.state.policies.values()].some(({ userGroups }) => userGroups.has('ldap-devs')));
    assert.deepEqual(writesIn(await scene.brought(wanted)), []);
  });
});
