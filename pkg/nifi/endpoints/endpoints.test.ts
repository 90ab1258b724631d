// The endpoint functions against answers of a real NiFi: recorded ones where they are at hand, and a few of their shapes always.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DecodeError } from '../decode.ts';
import { answering, recorded, withoutRecordings } from '../testing/recorded.ts';
import type { NodeCalls } from '../types.ts';
import { deleteNode, getCluster, putNodeStatus } from './cluster.ts';
import { getControllerConfig, putControllerConfig } from './controller.ts';
import { getClusterSummary, getCurrentUser, getFlowStatus, getRootProcessGroupId, getVersion } from './flow.ts';
import { createPolicy, findPolicy, putPolicy } from './policies.ts';
import { createUser, findUser } from './tenants.ts';

describe('recorded answers', { skip: withoutRecordings }, () => {
  const cases: readonly (readonly [string, RegExp, (node: NodeCalls) => Promise<unknown>, number])[] = [
    ['GET', /\/controller\/cluster$/u, getCluster, 10],
    ['PUT', /\/controller\/cluster\/nodes\//u, (node) => putNodeStatus(node, 'x', 'CONNECTING'), 20],
    ['DELETE', /\/controller\/cluster\/nodes\//u, (node) => deleteNode(node, 'x'), 2],
    ['GET', /\/flow\/about$/u, getVersion, 1],
    ['GET', /^\/nifi-api\/flow\/status$/u, getFlowStatus, 3],
    ['GET', /\/flow\/cluster\/summary$/u, getClusterSummary, 2],
    ['GET', /\/flow\/current-user$/u, getCurrentUser, 2],
    ['GET', /\/flow\/process-groups\/root$/u, getRootProcessGroupId, 2],
    ['GET', /\/controller\/config$/u, getControllerConfig, 1],
    ['GET', /\/policies\/(?:read|write)\//u, (node) => findPolicy(node, 'read', '/flow'), 3],
    [
      'POST',
      /\/policies$/u,
      (node) => createPolicy(node, { action: 'read', resource: '/x', userIds: [], groupIds: [] }),
      10,
    ],
    ['POST', /\/tenants\/users$/u, (node) => createUser(node, 'x'), 2],
    ['GET', /\/tenants\/search-results/u, (node) => findUser(node, 'CN=operator'), 1],
  ];
  for (const [method, path, read, atLeast] of cases) {
    test(`to ${method} ${path.source} are understood`, async () => {
      const calls = recorded(method, path);
      assert.ok(calls.length >= atLeast, `${calls.length} recorded calls`);
      for (const call of calls) {
        await read(answering(call.response).node);
      }
    });
  }

  test('tell who is coordinator and what a node has queued', async () => {
    const [first] = recorded('GET', /\/controller\/cluster$/u);
    const nodes = await getCluster(answering(first?.response).node);
    assert.equal(nodes.filter((node) => node.roles.includes('Cluster Coordinator')).length, 1);
    assert.ok(
      nodes.every((node) => node.status === 'CONNECTED' && node.events.length > 0 && node.flowFilesQueued === 0),
    );
  });
});

describe('the endpoints', () => {
  test('ask what NiFi documents', async () => {
    const policy = { id: 'p', revision: { version: 4 }, component: { resource: '/system', users: [{ id: 'u' }] } };
    const { node, calls } = answering(policy);
    const found = await findPolicy(node, 'read', '/system');
    assert.deepEqual([found?.inherited, found?.userIds, found?.groupIds], [false, ['u'], []]);
    assert.ok(found);
    await putPolicy(node, { ...found, userIds: ['u', 'v'] });
    assert.deepEqual(calls[0], {
      method: 'GET',
      path: '/policies/{action}/{resource}',
      params: { action: 'read', resource: 'system' },
    });
    const body = calls[1]?.body as { revision: { version: number; clientId: string }; component: unknown };
    assert.equal(body.revision.version, 4);
    assert.deepEqual(body.component, { id: 'p', users: [{ id: 'u' }, { id: 'v' }], userGroups: [] });
  });

  test('notice that a policy is that of another resource', async () => {
    const { node } = answering({ id: 'p', revision: { version: 0 }, component: { resource: '/process-groups/r' } });
    assert.equal((await findPolicy(node, 'read', '/data/process-groups/r'))?.inherited, true);
  });

  test('never write twice under one client id, for which NiFi would take a stale revision', async () => {
    const { node, calls } = answering({ revision: { version: 1 }, component: { maxTimerDrivenThreadCount: 1 } });
    const config = await getControllerConfig(node);
    await putControllerConfig(node, config);
    await putControllerConfig(node, config);
    const ids = calls.slice(1).map((call) => (call.body as { revision: { clientId: string } }).revision.clientId);
    assert.notEqual(ids[0], ids[1]);
  });

  test('refuse an answer of another shape and name the field', async () => {
    const node = { nodeId: 'x', address: 'a', apiPort: 1, status: 'CONNECTED', roles: ['King', 'Primary Node'] };
    const read = async (change: object): Promise<unknown> =>
      await getCluster(answering({ cluster: { nodes: [{ ...node, ...change }] } }).node);
    assert.deepEqual(((await read({})) as { roles: unknown }[])[0]?.roles, ['Primary Node']);
    await assert.rejects(read({ status: 'BOGUS' }), new DecodeError('status is none that a node can have'));
    await assert.rejects(read({ apiPort: '8443' }), new DecodeError('apiPort is not a number'));
    await assert.rejects(read({ events: 'none' }), new DecodeError('events is not a list'));
    await assert.rejects(getVersion(answering(undefined).node), new DecodeError('answer is not an object'));
  });
});
