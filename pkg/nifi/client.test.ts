// The client of one cluster: connections kept, renewed and dropped, requests capped and fenced. Real servers on loopback.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { NiFiUnreachableError } from './errors.ts';
import { authority, certificateFor, certificateHost, eventually, playNode, targetFor } from './testing/played-node.ts';
import { about, failure, fast, ok, unreachableReason, Wire } from './testing/wire.ts';

describe('the client of a cluster', () => {
  let wire: Wire;

  before(async () => {
    wire = await Wire.start();
  });

  after(() => wire.stop());

  test('repeats a GET once when the kept connection was closed by the node, and a PUT never', async () => {
    for (const [method, expected] of [
      ['GET', 3],
      ['PUT', 2],
    ] as const) {
      let cut = false;
      const node = await wire.play(() => (response) => {
        if (cut) {
          cut = false;
          response.destroy();
          return;
        }
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end('{}');
      });
      const { client } = wire.client([node]);
      await client.on(0).request(about);
      cut = true;
      const second = client
        .on(0)
        .request({ method, path: '/controller/config', ...(method === 'PUT' ? { body: {} } : {}) });
      if (method === 'GET') {
        await second;
      } else {
        assert.equal(await unreachableReason(second), 'Reset');
      }
      assert.equal(node.requests.length, expected);
    }
  });

  test('uses one connection for many calls and leaves none behind', async () => {
    const node = await wire.play(() => ok);
    const { client } = wire.client([node]);
    for (let index = 0; index < 50; index += 1) {
      await client.on(0).request(about);
    }
    assert.equal(node.connections, 1);
    await Promise.all(Array.from({ length: 40 }, () => client.on(0).request(about)));
    assert.ok(node.connections <= 4, `${node.connections} connections`);
    client.close();
    await eventually('all connections to be closed', () => node.open.size === 0);
  });

  test('has no more requests on the wire than allowed', async () => {
    let now = 0;
    let most = 0;
    const node = await wire.play(async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise<void>((resolve) => setTimeout(resolve, 5));
      now -= 1;
      return ok;
    });
    const { client } = wire.client([node], { maxInFlight: 2 });
    await Promise.all(Array.from({ length: 12 }, () => client.on(0).request(about)));
    assert.equal(most, 2);
  });

  test('changes to a new certificate without cutting a running request or the connections of other clusters', async () => {
    let release: (() => void) | undefined;
    const node = await wire.play(async (request) => {
      if (request.path.endsWith('/slow')) {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
      return ok;
    });
    const { client } = wire.client([], { limits: { ...fast, responseMs: 3_000, requestMs: 3_000 } });
    const { client: other } = wire.client([]);
    client.update({ ...wire.target, nodes: [node.address] });
    other.update({ ...wire.target, nodes: [node.address] });
    await client.on(0).request(about);
    await other.on(0).request(about);
    const slow = client.on(0).request({ method: 'GET', path: '/slow' });
    await eventually('the slow request to arrive', () => release !== undefined);
    const before = node.connections;

    const renewed = await targetFor(wire.ca, [node.address]);
    const changes = client.update(renewed);
    assert.deepEqual(changes, [{ id: 0, moved: false, becameReady: false }]);
    await client.on(0).request(about);
    assert.equal(node.connections, before + 1);
    release?.();
    assert.deepEqual(await slow, { about: { version: '2.11.0' } });
    await other.on(0).request(about);
    assert.equal(node.connections, before + 1);
    await eventually('the old connection to be closed', () => node.open.size === 2);
  });

  test('follows a rotation of the authority', async () => {
    const next = await authority('next');
    const node = await wire.play(() => ok);
    const { client } = wire.client([node]);
    await client.on(0).request(about);
    node.serve(await certificateFor(next, '0.c.ns', { dnsNames: [certificateHost(0)] }), next);
    const renewed = await targetFor(next, [node.address]);
    client.update(renewed);
    await client.on(0).request(about);
    client.update({ ...wire.target, nodes: [node.address] });
    assert.equal(await unreachableReason(client.on(0).request(about)), 'CertificateRejected');
  });

  test('drops the connections of a replaced Pod and keeps those of the others', async () => {
    const [first, second] = [await wire.play(() => () => undefined), await wire.play(() => ok, { id: 1 })];
    const { client } = wire.client([first, second], { limits: { ...fast, responseMs: 5_000, requestMs: 5_000 } });
    await client.on(1).request(about);
    const hanging = failure(client.on(0).request(about));
    await eventually('the request to arrive', () => first.requests.length === 1);
    client.update({ ...wire.target, nodes: [{ ...first.address, podUid: 'another' }, second.address] });
    const error = await hanging;
    assert.ok(error instanceof NiFiUnreachableError);
    assert.equal(error.reason, 'Aborted');
    await client.on(1).request(about);
    assert.equal(second.connections, 1);
  });

  test('writes nothing once the fence is down, and still reads', async () => {
    const node = await wire.play(() => ok);
    const fence = {
      check(): void {
        throw new Error('no longer the leader');
      },
    };
    const { client } = wire.client([node], { fence });
    await client.on(0).request(about);
    await assert.rejects(client.on(0).request({ method: 'DELETE', path: '/x' }), /no longer the leader/u);
    assert.equal(node.requests.length, 1);
  });

  test('reports each call by template, method and status and tells no secrets', async () => {
    const node = await wire.play(({ path }) => (path.includes('nodes') ? { status: 409, text: 'no' } : ok));
    const { client, seen } = wire.client([node]);
    await client.on(0).request(about);
    await failure(
      client.on(0).request({ method: 'DELETE', path: '/controller/cluster/nodes/{id}', params: { id: 'a b' } }),
    );
    assert.equal(node.requests[1]?.path, '/nifi-api/controller/cluster/nodes/a%20b');
    assert.deepEqual(seen, [
      { node: 0, method: 'GET', endpoint: '/flow/about', status: 200 },
      { node: 0, method: 'DELETE', endpoint: '/controller/cluster/nodes/{id}', status: 409 },
    ]);
  });

  test('has nobody to call where there is no node', async () => {
    const { client } = wire.client([]);
    assert.throws(() => client.on(7), NiFiUnreachableError);
    const refused = await playNode({ id: 3, ca: wire.ca, handler: () => ok });
    await refused.stop();
    client.update({ ...wire.target, nodes: [refused.address] });
    assert.equal(await unreachableReason(client.on(3).request(about)), 'Refused');
    client.close();
  });

  test('lets calls that wait for a registry hold up none that waits for another, and take no place of other clusters', async () => {
    const node = await wire.play((request) => (request.path.includes('hung') ? () => undefined : ok));
    const { client } = wire.client([node], { callsInAll: 1 });
    const buckets = (id: string) =>
      client.on(0).request({
        method: 'GET',
        path: '/flow/registries/{id}/buckets',
        params: { id },
        patienceMs: 1_000,
        waitsFor: id,
      });
    const waiting = Array.from({ length: 5 }, () => failure(buckets('hung')));
    await eventually('one of them on the wire', () => node.requests.length === 1);
    await buckets('well');
    await client.on(0).request(about);
    assert.equal(node.requests.filter(({ path }) => path.includes('hung')).length, 1);
    client.close();
    await Promise.all(waiting);
  });

  test('lets calls for which NiFi waits for somebody else hold up only each other', async () => {
    const node = await wire.play((request) => (request.path.includes('registries') ? () => undefined : ok));
    const { client } = wire.client([node], { maxInFlight: 1 });
    const slow = { method: 'GET', path: '/flow/registries/x/buckets', patienceMs: 1_000 } as const;
    const waiting = Array.from({ length: 5 }, () => failure(client.on(0).request(slow)));
    await eventually('three of them on the wire', () => node.requests.length === 3);
    for (let count = 0; count < 10; count += 1) {
      await client.on(0).request(about);
    }
    assert.equal(node.requests.filter(({ path }) => path.includes('registries')).length, 3);
    const errors = await Promise.all(waiting);
    assert.ok(errors.every((error) => error instanceof NiFiUnreachableError && error.patient));
  });
});
