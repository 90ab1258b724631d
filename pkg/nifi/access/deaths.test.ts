// Operators that die after any one write while they change the access of a cluster: the next one comes to the end of one that lives.

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { NiFiClient } from '../client.ts';
import { defaultLimits } from '../connection.ts';
import type { PlayedNode } from '../testing/played-node.ts';
import { Wire } from '../testing/wire.ts';
import type { NodeCalls, TaskContext } from '../types.ts';
import { AccessScene, none, task, users } from './access.fixture.ts';
import { ensureAccess } from './ensure.ts';
import type { Access } from './roles.ts';

let scene: AccessScene;

before(async () => {
  scene = await AccessScene.open();
});
after(() => scene.standIn.close());
beforeEach(() => scene.put(scene.pristine));

describe('An operator that dies after any one write', () => {
  const full: Partial<Access> = { admins: { users: ['CN=ann'], groups: ['devs'] }, readers: users('CN=ben') };
  const courses: Readonly<Record<string, readonly [Partial<Access>, Partial<Access>, number?]>> = {
    'of adding an administrator': [{}, { admins: users('CN=ann') }],
    'of taking an administrator out': [{ admins: users('CN=ann', 'CN=eve') }, { admins: users('CN=eve') }],
    'of taking the last one out': [{ admins: users('CN=ann') }, {}],
    'of letting the metrics be read': [{}, { metrics: users('CN=metrics') }],
    'of letting them be read no more': [{ metrics: users('CN=metrics') }, {}],
    'of changing every role': [
      full,
      { operators: { users: ['CN=ann'], groups: ['devs'] }, admins: users('CN=ben') },
      5,
    ],
  };

  let wire: Wire;
  let client: NiFiClient;
  before(() => {
    const { fixture, target } = scene.standIn;
    wire = new Wire(fixture.authority, target);
    const nodes = target.nodes.map((address) => ({ address }) as PlayedNode);
    client = wire.client(nodes, { limits: defaultLimits }).client;
  });
  after(() => wire.stop());

  /** Over one connection, so that a death costs no new one; nothing is written once `allowed` writes were. */
  async function attempt(access: Partial<Access>, allowed = Number.POSITIVE_INFINITY): Promise<number> {
    let written = 0;
    const node: NodeCalls = {
      id: 0,
      host: '',
      port: 8443,
      request: async (call) => {
        if (call.method !== 'GET' && (written += 1) > allowed) throw new Error('the operator died');
        return await client.on(0).request(call);
      },
    };
    const context = {
      freshView: async () => ({ nodes: [] }),
      call: async (use: (each: NodeCalls) => unknown) => await use(node),
    };
    try {
      await ensureAccess(context as unknown as TaskContext, { ...none, ...access }, scene.state.rootGroupId);
    } catch (error) {
      if (!(error instanceof Error) || error.message !== 'the operator died') throw error;
    }
    return written;
  }

  for (const [what, [from, to, step = 1]] of Object.entries(courses)) {
    test(`${what} leaves the next one to come to the same end`, async () => {
      await attempt(from);
      const begin = scene.snapshot();
      const writes = await attempt(to);
      const whole = scene.outcome();
      assert.ok(writes >= 1);
      for (let allowed = 0; allowed < writes; allowed += step) {
        scene.put(begin);
        assert.equal(await attempt(to, allowed), allowed + 1);
        await attempt(to);
        assert.deepEqual(scene.outcome(), whole, `after ${allowed} writes`);
      }
      assert.equal(await attempt(to), 0);
    });
  }

  test('leaves nobody with a right that was taken away, once anything was written', async () => {
    await attempt({ admins: users('CN=ann') });
    const begin = scene.snapshot();
    for (let allowed = 0; allowed < 6; allowed += 1) {
      scene.put(begin);
      await attempt({ readers: users('CN=ann') }, allowed);
      assert.equal(scene.may('CN=ann', 'write', '/policies'), allowed === 0, `${allowed} writes`);
    }
  });

  test('over the gateway of a cluster does no other', async () => {
    const wanted = { admins: { users: ['CN=ann'], groups: ['devs'] } };
    await scene.brought(wanted);
    const whole = scene.outcome();
    scene.put(scene.pristine);
    assert.ok((await scene.standIn.runDying(task(wanted))) >= 5);
    assert.deepEqual(scene.outcome(), whole);
  });
});
