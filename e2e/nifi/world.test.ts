import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { createCertificateAuthority, issueCertificate } from '../../pkg/pki/issue.ts';
import { clusterKey, eventually, Fixture, hostOf } from './contract/fixture.ts';

async function inWorld(run: (fixture: Fixture) => Promise<void>, open = Fixture.open()): Promise<void> {
  const fixture = await open;
  try {
    await run(fixture);
  } finally {
    await fixture.close();
  }
}

function stateOf(fixture: Fixture, index: number): string | undefined {
  const entries = fixture.world.cluster(clusterKey).table.all();
  return entries.find((entry) => entry.address === hostOf(index))?.state;
}

/** Which of three nodes has the office, by its number: whoever was up first. */
function coordinatorOf(fixture: Fixture): number {
  const { address } = fixture.world.cluster(clusterKey).leaders.coordinator ?? {};
  return [0, 1, 2].find((index) => hostOf(index) === address) ?? 0;
}

describe('Starting', () => {
  test('nothing listens before Jetty is up, and then CONNECTING is healthy too', () =>
    inWorld(async (fixture) => {
      const node = await fixture.start(0, { candidates: 2 });
      assert.equal(await fixture.health(node), 'refused');
      await assert.rejects(fixture.ask(0, { path: '/nifi-api/flow/about', client: 'admin' }), /ECONNREFUSED/);
      await eventually(async () => (await fixture.health(node)) !== 'refused', 'the management server listens');
      assert.deepEqual(await node.running.health('/health/cluster'), {
        status: 200,
        body: 'Cluster Status: CONNECTING\n',
      });
      const answer = await fixture.ask(0, { path: '/nifi-api/tenants/users', client: 'admin' });
      assert.equal(answer.status, 409);
      assert.match(answer.text, /voting on the appropriate Data Flow/);
    }));

  test('a cluster whose candidates do not all come starts after the time to wait', () =>
    inWorld(async (fixture) => {
      const properties = { 'nifi.cluster.flow.election.max.wait.time': '20 secs' };
      const node = await fixture.start(0, { candidates: 3, properties });
      await fixture.healthy(node);
    }));

  test('a node that comes later takes the cluster’s users over', () =>
    inWorld(async (fixture) => {
      await fixture.cluster(1);
      const json = { revision: { version: 0 }, component: { identity: 'CN=late' } };
      await fixture.ask(0, { method: 'POST', path: '/nifi-api/tenants/users', client: 'admin', json });
      const second = await fixture.start(1);
      await fixture.healthy(second);
      const found = await fixture.ask(1, { path: '/nifi-api/tenants/search-results?q=late', client: 'admin' });
      assert.equal((found.json?.['users'] as unknown[] | undefined)?.length, 1);
    }));
});

describe('TLS', () => {
  test('a client without a certificate gets an alert, and one with a wrong host a 400', () =>
    inWorld(async (fixture) => {
      await fixture.cluster(1);
      await assert.rejects(fixture.ask(0, { path: '/nifi-api/flow/about' }), /certificate required/);
      const answer = await fixture.ask(0, {
        path: '/nifi-api/flow/about',
        client: 'admin',
        headers: { host: `${fixture.ip(0)}:8443` },
      });
      assert.equal(answer.status, 400);
      assert.match(answer.text, /Invalid SNI/);
    }));

  test('nodes that share one address are told apart by the name in the client’s hello', () =>
    inWorld(async (fixture) => {
      const nodes = await Promise.all([0, 1].map((index) => fixture.container(index, { candidates: 2 })));
      const running = await Promise.all(nodes.map((node) => fixture.world.start({ ...node, ip: fixture.ip(0) })));
      const connected = () =>
        running.every((_, index) => fixture.world.nodeOfPod('test', `contract-${index}`).connection === 'CONNECTED');
      await eventually(connected, 'both are connected');
      for (const index of [0, 1]) {
        const answer = await fixture.ask(0, { path: '/nifi-api/flow/about', client: 'admin', host: hostOf(index) });
        assert.equal(answer.status, 200, answer.text);
        assert.equal(fixture.world.nodeOfPod('test', `contract-${index}`).requests().length, 1);
      }
    }));

  test('a rotated certificate is served without a restart when NiFi is told to look', () =>
    inWorld(async (fixture) => {
      const properties = { 'nifi.security.autoreload.enabled': 'true', 'nifi.security.autoreload.interval': '1 sec' };
      const node = await fixture.start(0, { properties });
      await fixture.healthy(node);
      const renewed = await issueCertificate({
        ca: fixture.authority,
        commonName: 'nifi-0',
        dnsNames: [hostOf(0), 'renewed.example'],
        usages: ['server', 'client'],
        now: new Date(),
        validForDays: 5,
      });
      await writeFile(join(node.container.root, 'etc/nifi/tls/tls.crt'), renewed.certPem);
      await writeFile(join(node.container.root, 'etc/nifi/tls/tls.key'), renewed.keyPem);
      const renewedServes = async () =>
        (await fixture.ask(0, { path: '/nifi-api/flow/about', client: 'admin', host: 'renewed.example' })).status ===
        200;
      await eventually(renewedServes, 'the new certificate is served');
      assert.equal(stateOf(fixture, 0), 'CONNECTED');
    }));

  test('a node that nobody knows as a node joins, but may not speak for users', () =>
    inWorld(async (fixture) => {
      const node = await fixture.start(0, { commonName: 'stranger' });
      await fixture.healthy(node);
      const answer = await fixture.ask(0, { path: '/nifi-api/tenants/users', client: 'admin' });
      assert.equal(answer.status, 403);
      assert.match(answer.text, /Authentication Proxy Server not trusted/);
    }));

  test('a node whose authority the others do not trust stays outside', () =>
    inWorld(async (fixture) => {
      await fixture.cluster(1);
      const authority = await createCertificateAuthority({ commonName: 'other', now: new Date(), validForDays: 1 });
      const node = await fixture.start(1, { authority });
      await eventually(async () => (await fixture.health(node)) !== 'refused', 'the stranger is up');
      assert.equal(stateOf(fixture, 1), undefined);
    }));
});

describe('Flow files', () => {
  test('an offload moves every flow file to the others, and none is lost with the disk', () =>
    inWorld(async (fixture) => {
      await fixture.cluster(3);
      const { world } = fixture;
      for (const index of [0, 1, 2]) world.node(fixture.ip(index)).produce(500);
      const leaving = world.node(fixture.ip(2));
      leaving.disconnectBy('CN=admin');
      await eventually(() => leaving.connection === 'DISCONNECTED', 'the node knows');
      world.cluster(clusterKey).requestOffload(leaving.nodeId, 'CN=admin');
      await eventually(() => stateOf(fixture, 2) === 'OFFLOADED', 'the node is offloaded');
      assert.deepEqual(
        [0, 1, 2].map((index) => world.node(fixture.ip(index)).queued),
        [750, 750, 0],
      );
      leaving.kill();
      world.destroyDisk('pvc-2');
      assert.deepEqual(world.counts(), { produced: 1500, consumed: 0, queued: 1500, lost: 0 });
    }));

  test('a disk that goes with flow files on it loses them, whoever takes it away', () =>
    inWorld(async (fixture) => {
      const [first, second] = await fixture.cluster(2);
      const { world } = fixture;
      world.node(fixture.ip(0)).produce(10);
      world.node(fixture.ip(1)).produce(5);
      await first?.running.stop(30);
      world.destroyDisk('pvc-0');
      assert.equal(world.counts().lost, 10);
      await second?.running.stop(30);
      await rm(second?.container.root ?? '', { recursive: true });
      assert.deepEqual(world.counts(), { produced: 15, consumed: 0, queued: 0, lost: 15 });
    }));

  test('they wait on their disk for the next container, under the same node id', () =>
    inWorld(async (fixture) => {
      const [node] = await fixture.cluster(1);
      const before = fixture.world.node(fixture.ip(0));
      before.produce(7);
      const id = before.nodeId;
      await node?.running.stop(30);
      await fixture.healthy(await fixture.start(0));
      assert.equal(fixture.world.node(fixture.ip(0)).queued, 7);
      assert.equal(fixture.world.node(fixture.ip(0)).nodeId, id);
    }));

  test('a node with a fresh volume at an old address is a new node, and the old entry goes', () =>
    inWorld(async (fixture) => {
      const nodes = await fixture.cluster(2);
      const id = fixture.world.node(fixture.ip(1)).nodeId;
      await nodes[1]?.running.stop(30);
      await fixture.healthy(await fixture.start(1, { volumes: { '/var/lib/nifi/data': 'pvc-new' } }));
      const { table } = fixture.world.cluster(clusterKey);
      assert.equal(table.all().length, 2);
      assert.equal(table.get(id), undefined);
    }));

  test('files set aside on the volume are a flow forgotten', () =>
    inWorld(async (fixture) => {
      const [node] = await fixture.cluster(1);
      const root = fixture.world.cluster(clusterKey).state?.rootGroupId;
      await node?.running.stop(30);
      await rm(join(node?.container.root ?? '', 'var/lib/nifi/data/flow.json.gz'));
      await fixture.healthy(await fixture.start(0));
      assert.notEqual(fixture.world.cluster(clusterKey).state?.rootGroupId, root);
    }));
});

describe('Faults', () => {
  test('a killed node spoils every call until its heartbeats are missed', () =>
    inWorld(async (fixture) => {
      await fixture.cluster(3);
      const users = () => fixture.ask(0, { path: '/nifi-api/tenants/users', client: 'admin' });
      fixture.world.node(fixture.ip(2)).kill();
      const failed = await users();
      assert.equal(failed.status, 500);
      assert.match(failed.text, /WebClientServiceException: Request execution failed HTTP Method \[GET\] URI \[https:/);
      await eventually(async () => (await users()).status === 200, 'the survivors answer again');
      assert.equal(stateOf(fixture, 2), 'DISCONNECTED');
    }));

  test('a restart without a disconnect blocks writes until the node is back, one after a disconnect does not', () =>
    inWorld(async (fixture) => {
      await fixture.cluster(3);
      const write = (name: string) => {
        const json = { revision: { version: 0 }, component: { identity: name } };
        return fixture.ask(0, { method: 'POST', path: '/nifi-api/tenants/users', client: 'admin', json });
      };
      const first = fixture.world.nodeOfPod('test', 'contract-2');
      first.disconnectBy('CN=admin');
      await eventually(() => first.connection === 'DISCONNECTED', 'the node knows');
      await fixture.stop(2);
      assert.equal((await write('CN=a')).status, 201);
      await fixture.healthy(await fixture.start(2));
      await fixture.stop(2);
      await eventually(() => stateOf(fixture, 2) === 'CONNECTING', 'a late heartbeat calls the node back');
      assert.equal((await write('CN=b')).status, 409);
      await fixture.healthy(await fixture.start(2));
      assert.equal((await write('CN=b')).status, 201);
    }));

  test('a node that connects blocks writes, but not what is asked of other nodes of the cluster', () =>
    inWorld(
      async (fixture) => {
        await fixture.cluster(3);
        const first = coordinatorOf(fixture);
        const [second = 0, third = 0] = [0, 1, 2].filter((index) => index !== first);
        const change = (index: number, status: string) => {
          const { nodeId } = fixture.world.node(fixture.ip(index));
          const path = `/nifi-api/controller/cluster/nodes/${nodeId}`;
          return fixture.ask(first, { method: 'PUT', path, client: 'admin', json: { node: { nodeId, status } } });
        };
        assert.equal((await change(second, 'CONNECTING')).status, 200);
        const json = { revision: { version: 0 }, component: { identity: 'CN=a' } };
        const path = '/nifi-api/tenants/users';
        const write = await fixture.ask(first, { method: 'POST', path, client: 'admin', json });
        assert.deepEqual([write.status, stateOf(fixture, second)], [409, 'CONNECTING']);
        assert.equal((await change(third, 'DISCONNECTING')).status, 200);
        // The coordinator is the only one that counts as connected now.
        const last = await change(first, 'DISCONNECTING');
        assert.equal(last.status, 409);
        assert.match(last.text, /the only node currently connected$/);
      },
      Fixture.open({ timing: { reconnectMs: 2_000 } }),
    ));

  test('a hung node answers nothing, a slow one late, a refusing one not at all, and each can be cured', () =>
    inWorld(async (fixture) => {
      await fixture.cluster(1);
      const about = (timeoutMs: number) => fixture.ask(0, { path: '/nifi-api/flow/about', client: 'admin', timeoutMs });
      const node = fixture.world.node(fixture.ip(0));
      const cure = node.hang();
      await assert.rejects(about(100), /timeout/);
      cure();
      const hurry = node.slow(200);
      await assert.rejects(about(100), /timeout/);
      hurry();
      const accept = await node.refuse();
      await assert.rejects(about(100), /ECONNREFUSED/);
      await accept();
      assert.equal((await about(30_000)).status, 200);
      assert.ok(
        node.requests().some((request) => request.identity === 'CN=admin' && request.path === '/nifi-api/flow/about'),
      );
    }));

  test('a node whose heartbeats stop is disconnected, and comes back by itself when they return', () =>
    inWorld(async (fixture) => {
      await fixture.cluster(3);
      const cure = fixture.world.node(fixture.ip(2)).hang({ heartbeats: false });
      await eventually(() => stateOf(fixture, 2) === 'DISCONNECTED', 'the silent node is given up');
      cure();
      await eventually(() => stateOf(fixture, 2) === 'CONNECTED', 'it is back');
    }));

  test('whoever wants to know of a request hears of it when it has been carried out and before the client does', () => {
    const heard: number[] = [];
    const opened = Fixture.open({
      beforeAnswer: async ({ method }) => {
        if (method !== 'POST') return;
        await new Promise((resolve) => setTimeout(resolve, 50));
        const { state } = theWorld?.cluster(clusterKey) ?? {};
        heard.push([...(state?.users.values() ?? [])].filter(({ identity }) => identity === 'CN=new').length);
      },
    });
    let theWorld: Fixture['world'] | undefined;
    return inWorld(async (fixture) => {
      theWorld = fixture.world;
      await fixture.cluster(1);
      const json = { revision: { version: 0 }, component: { identity: 'CN=new' } };
      const answer = await fixture.ask(0, { method: 'POST', path: '/nifi-api/tenants/users', client: 'admin', json });
      assert.deepEqual([answer.status, heard], [201, [1]]);
    }, opened);
  });

  test('an address that vanished makes callers wait', () =>
    inWorld(async (fixture) => {
      await fixture.cluster(3);
      fixture.world.node(fixture.ip(2)).kill({ silent: true });
      const begun = performance.now();
      const answer = await fixture.ask(0, { path: '/nifi-api/tenants/users', client: 'admin' });
      assert.equal(answer.status, 500);
      assert.ok(performance.now() - begun >= 290);
    }));
});
