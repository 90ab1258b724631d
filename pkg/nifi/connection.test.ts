// The wire to one node: whom it trusts, where it goes, and what it does not put up with. Real servers on loopback.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { NiFiApiError } from './errors.ts';
import { authority, certificateFor, certificateHost, eventually, targetFor } from './testing/played-node.ts';
import { about, failure, hasty, ok, unreachableReason, Wire } from './testing/wire.ts';

describe('a connection to a NiFi node', () => {
  let wire: Wire;

  before(async () => {
    wire = await Wire.start();
  });

  after(() => wire.stop());

  test('goes to the Pod IP while SNI and Host header carry the DNS name', async () => {
    const node = await wire.play(() => ok, { ip: '127.0.9.9' });
    await wire.call(node);
    const host = certificateHost(0);
    assert.equal(node.requests[0]?.serverName, host);
    assert.equal(node.requests[0]?.host, `${host}:${node.address.port}`);
    assert.equal(node.requests[0]?.path, '/nifi-api/flow/about');
    assert.equal(node.requests[0]?.clientName, 'operator.c.ns');
  });

  test('refuses a certificate of another authority and sends it nothing', async () => {
    const other = await authority('other');
    const node = await wire.play(() => ok, { ca: other });
    assert.equal(await unreachableReason(wire.call(node)), 'CertificateRejected');
    assert.equal(node.requests.length, 0);
  });

  test('refuses a certificate of the right authority for another name', async () => {
    const certificate = await certificateFor(wire.ca, '1.c.ns', { dnsNames: [certificateHost(1)] });
    const node = await wire.play(() => ok, { certificate });
    assert.equal(await unreachableReason(wire.call(node)), 'CertificateRejected');
    assert.equal(node.requests.length, 0);
  });

  test('refuses a certificate that names the host as its common name only', async () => {
    const certificate = await certificateFor(wire.ca, certificateHost(0));
    const node = await wire.play(() => ok, { certificate });
    assert.equal(await unreachableReason(wire.call(node)), 'CertificateRejected');
  });

  test('refuses a certificate that has run out', async () => {
    const certificate = await certificateFor(wire.ca, '0.c.ns', {
      dnsNames: [certificateHost(0)],
      now: new Date(Date.now() - 30 * 86_400_000),
    });
    const node = await wire.play(() => ok, { certificate });
    assert.equal(await unreachableReason(wire.call(node)), 'CertificateRejected');
  });

  test('says so when the node refuses the operator’s certificate', async () => {
    const node = await wire.play(() => ok);
    const stranger = await targetFor(await authority('stranger'), [node.address]);
    assert.ok(stranger.transport !== 'InsecureHTTP');
    const { client } = wire.client([]);
    client.update({ ...stranger, caPem: wire.ca.certPem });
    const reason = await unreachableReason(client.on(0).request(about));
    assert.ok(reason === 'ClientCertificateRefused' || reason === 'Reset', reason);
    assert.equal(node.requests.length, 0);
  });

  test('does not follow a redirect and gives nothing to its target', async () => {
    const thief = await wire.play(() => ok, { id: 1 });
    const node = await wire.play(() => (response) => {
      response.writeHead(301, { location: `https://${thief.address.host}:${thief.address.port}/nifi-api/flow/about` });
      response.end();
    });
    const error = await failure(wire.call(node));
    assert.ok(error instanceof NiFiApiError);
    assert.deepEqual([error.status, error.kind, error.retryable], [301, 'NotNiFi', false]);
    assert.equal(thief.connections, 0);
  });

  test('never speaks plain HTTP to a node that should speak TLS', async () => {
    const node = await wire.play(() => ok, { plain: true });
    const reason = await unreachableReason(wire.call(node));
    assert.ok(['Network', 'Reset'].includes(reason), reason);
    assert.equal(node.requests.length, 0);
  });

  test('speaks plain HTTP without a certificate when the cluster is InsecureHTTP', async () => {
    const node = await wire.play(() => ok, { plain: true });
    const { client } = wire.client([]);
    client.update({ transport: 'InsecureHTTP', nodes: [node.address] });
    assert.deepEqual(await client.on(0).request(about), { about: { version: '2.11.0' } });
    assert.equal(node.requests[0]?.host, `${certificateHost(0)}:${node.address.port}`);
    assert.equal(node.requests[0]?.serverName, undefined);
  });

  test('gives up on a node that takes the request and never answers', async () => {
    const node = await wire.play(() => () => undefined);
    assert.equal(await unreachableReason(wire.call(node, about, hasty)), 'Timeout');
  });

  test('gives up on a slow-loris that sends a byte now and then', async () => {
    const node = await wire.play(() => (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(timer));
    });
    assert.equal(await unreachableReason(wire.call(node, about, hasty)), 'Timeout');
  });

  test('stops reading a body of a gigabyte at the cap, announced or not', async () => {
    for (const headers of [{}, { 'content-length': String(1024 ** 3) }]) {
      let sent = 0;
      const node = await wire.play(() => (response) => {
        response.writeHead(200, { 'content-type': 'application/json', ...headers });
        const chunk = Buffer.alloc(64 * 1024, 0x20);
        const pump = (): void => {
          while (!response.destroyed && sent < 1024 ** 3 && response.write(chunk)) {
            sent += chunk.length;
          }
        };
        response.on('drain', pump);
        pump();
      });
      assert.equal(await unreachableReason(wire.call(node)), 'Oversized');
      await eventually('the connection to be closed', () => node.open.size === 0);
      assert.ok(sent < 16 * 1024 * 1024, `${sent} bytes were taken`);
    }
  });

  test('refuses deeply nested JSON', async () => {
    const node = await wire.play(() => ({ text: '['.repeat(100_000), type: 'application/json' }));
    assert.equal(await unreachableReason(wire.call(node)), 'Oversized');
  });

  test('keeps prototype keys out of the result', async () => {
    const text = '{"__proto__":{"polluted":true},"a":{"\\u005f_proto__":{"polluted":true},"constructor":"x"}}';
    const node = await wire.play(() => ({ text, type: 'application/json' }));
    const answer = await wire.call(node);
    assert.deepEqual(Object.keys(answer as object), ['a']);
    assert.deepEqual((answer as { a: unknown }).a, { constructor: 'x' });
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });

  test('takes HTML with status 200 for what it is', async () => {
    const node = await wire.play(() => ({ text: '<html><title>Welcome</title></html>', type: 'text/html' }));
    const error = await failure(wire.call(node));
    assert.ok(error instanceof NiFiApiError);
    assert.equal(error.kind, 'NotNiFi');
  });

  test('lets no parameter leave its place in the path', async () => {
    const node = await wire.play(() => ok);
    for (const id of ['..', '', '../../../other']) {
      await assert.rejects(wire.call(node, { method: 'GET', path: '/controller/cluster/nodes/{id}', params: { id } }));
    }
    assert.equal(node.requests.length, 0);
  });
});
