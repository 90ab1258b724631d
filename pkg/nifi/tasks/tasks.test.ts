// The tasks themselves against a NiFi in memory: they read first, write what is missing and nothing else, and survive a crash anywhere.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NiFiApiError } from '../errors.ts';
import { PolicyWorld, rootId } from '../testing/policy-world.ts';
import { ensurePolicies, nodeGrants, operatorGrants } from './policies.ts';
import { reconnectNode } from './reconnect.ts';
import { setMaxTimerDrivenThreadCount } from './threads.ts';
import { TaskWaiting } from './waiting.ts';

const operator = 'CN=operator.prod.data';
const nodes = 'prod.data-nodes';

/** What NiFi itself has given after its first start. */
function freshNiFi(): PolicyWorld {
  const world = new PolicyWorld();
  const [operatorId, nodesId] = [world.addUser(operator), world.addUser(nodes)];
  world.addPolicy('write', '/proxy', [nodesId]);
  world.addPolicy('read', '/controller', [operatorId, nodesId]);
  return world;
}

const task = ensurePolicies([...operatorGrants(operator), ...nodeGrants(nodes)]);

describe('the policies', () => {
  test('are completed after the first start, each resource once, and nothing is written the next time', async () => {
    const world = freshNiFi();
    await task.run(world.context());
    assert.deepEqual(world.granted(), {
      'write /proxy': [nodes],
      'read /controller': [operator, nodes],
      [`read /process-groups/${rootId}`]: [operator],
      [`write /process-groups/${rootId}`]: [operator],
      [`read /data/process-groups/${rootId}`]: [operator, nodes],
      [`write /data/process-groups/${rootId}`]: [operator, nodes],
      'read /system': [operator],
      'read /parameter-contexts': [operator],
      'write /parameter-contexts': [operator],
    });
    assert.equal(world.writes.length, 7);
    const views = world.views;
    await task.run(world.context());
    assert.deepEqual([world.writes.length, world.views], [7, views]);
  });

  test('come out the same when the operator dies after any single write', async () => {
    const whole = freshNiFi();
    await task.run(whole.context());
    for (let crashAt = 1; crashAt <= whole.writes.length; crashAt += 1) {
      const world = freshNiFi();
      world.after = () => {
        if (world.writes.length === crashAt) {
          throw new Error('SIGKILL');
        }
      };
      await assert.rejects(task.run(world.context()), /SIGKILL/u);
      world.after = () => undefined;
      await task.run(world.context());
      assert.deepEqual(world.granted(), whole.granted());
      assert.deepEqual(world.writes, whole.writes);
    }
  });

  test('keep the users and groups that others have put there', async () => {
    const world = freshNiFi();
    const alice = world.addUser('alice');
    world.addPolicy('read', '/system', [alice], ['admins']);
    await task.run(world.context());
    assert.deepEqual(world.granted()['read /system'], ['alice', operator]);
    assert.deepEqual(world.policies.find((policy) => policy.resource === '/system')?.groups, ['admins']);
  });

  test('are never written to the resource that they are inherited from', async () => {
    const world = freshNiFi();
    const alice = world.addUser('alice');
    const [child, parent] = [`/data/process-groups/${rootId}`, `/process-groups/${rootId}`];
    world.addPolicy('read', parent, [alice], ['readers']);
    world.inherits.set(child, parent);
    await ensurePolicies(nodeGrants(nodes)).run(world.context());
    assert.deepEqual(world.granted()[`read ${parent}`], ['alice']);
    assert.deepEqual(world.granted()[`read ${child}`], ['alice', nodes]);
    assert.deepEqual(world.policies.find((policy) => policy.resource === child && policy.action === 'read')?.groups, [
      'readers',
    ]);
  });

  test('make a user that is missing, and do not take a similar name for it', async () => {
    const world = new PolicyWorld();
    world.addUser(`${operator}.other`);
    world.addUser(operator.toLowerCase());
    await ensurePolicies([{ identity: operator, action: 'read', resource: '/system' }]).run(world.context());
    assert.deepEqual(world.granted(), { 'read /system': [operator] });
    assert.deepEqual(world.writes, ['POST /tenants/users', 'POST /policies']);
  });

  test('wait while a node is connecting, but only when something has to be written', async () => {
    const world = freshNiFi();
    world.states = ['CONNECTED', 'CONNECTING'];
    await assert.rejects(task.run(world.context()), new TaskWaiting('node 1 is CONNECTING'));
    assert.deepEqual(world.writes, []);
    world.states = ['CONNECTED', 'CONNECTED'];
    await task.run(world.context());
    world.states = ['CONNECTED', 'CONNECTING'];
    await task.run(world.context());
  });

  test('are nobody’s business where NiFi does not manage them', async () => {
    const world = freshNiFi();
    world.managed = false;
    assert.equal(await task.run(world.context()), 'NotManaged');
    assert.equal(await task.run({ ...world.context(), transport: 'InsecureHTTP' }), 'NotManaged');
    assert.deepEqual([world.writes, world.reads.length], [[], 1]);
  });
});

describe('the thread count', () => {
  test('is written when it differs and left alone when it does not', async () => {
    const world = freshNiFi();
    const wish = setMaxTimerDrivenThreadCount(20);
    await wish.run(world.context());
    await wish.run(world.context());
    assert.deepEqual([world.threads.count, world.writes.length, world.views], [20, 1, 1]);
  });

  test('is not forced over somebody who changed the settings meanwhile', async () => {
    const world = freshNiFi();
    world.before = ({ method }) => {
      if (method === 'PUT') {
        world.before = () => undefined;
        world.threads = { version: world.threads.version + 1, count: 15 };
      }
    };
    const error: unknown = await setMaxTimerDrivenThreadCount(20)
      .run(world.context())
      .catch((caught: unknown) => caught);
    assert.ok(error instanceof NiFiApiError && error.kind === 'RevisionConflict');
    assert.equal(world.threads.count, 15);
    await setMaxTimerDrivenThreadCount(20).run(world.context());
    assert.equal(world.threads.count, 20);
  });
});

describe('a reconnection', () => {
  const wish = { id: 1, nodeId: 'uuid-1', sinceMs: 0, attempt: 0, operatorIdentity: operator };
  const put = 'PUT /controller/cluster/nodes/uuid-1';

  test('is asked for when the node is still disconnected or offloaded', async () => {
    for (const status of ['DISCONNECTED', 'OFFLOADED'] as const) {
      const world = freshNiFi();
      world.states = ['CONNECTED', status];
      await reconnectNode(wish).run(world.context());
      assert.deepEqual(world.writes, [put]);
    }
  });

  test('is not asked for in any other state, nor for another entry of the node', async () => {
    for (const status of ['CONNECTED', 'CONNECTING', 'OFFLOADING', 'DISCONNECTING'] as const) {
      const world = freshNiFi();
      world.states = ['CONNECTED', status];
      assert.equal(await reconnectNode(wish).run(world.context()), `the node is ${status}`);
      assert.deepEqual(world.writes, []);
    }
    const world = freshNiFi();
    world.states = ['CONNECTED', 'DISCONNECTED'];
    assert.equal(await reconnectNode({ ...wish, nodeId: 'old' }).run(world.context()), 'the node has left or rejoined');
    assert.equal(await reconnectNode({ ...wish, id: 7 }).run(world.context()), 'the node has left or rejoined');
    assert.deepEqual(world.writes, []);
  });

  test('is dropped when a person has disconnected the node since it was decided', async () => {
    const world = freshNiFi();
    world.states = ['CONNECTED', 'DISCONNECTED'];
    world.events = ['Disconnection requested due to User alice requested that node be disconnected from cluster'];
    assert.equal(await reconnectNode(wish).run(world.context()), 'a person has disconnected the node');
    assert.deepEqual(world.writes, []);
  });

  test('waits while another node is connecting', async () => {
    const world = freshNiFi();
    world.states = ['CONNECTING', 'DISCONNECTED'];
    await assert.rejects(reconnectNode(wish).run(world.context()), new TaskWaiting('node 0 is CONNECTING'));
    assert.deepEqual(world.writes, []);
  });

  test('is a new piece of work for each disconnection and each attempt', () => {
    const inputs = [wish, { ...wish, sinceMs: 5 }, { ...wish, attempt: 1 }].map((each) => reconnectNode(each).input);
    assert.equal(new Set(inputs).size, 3);
  });
});
