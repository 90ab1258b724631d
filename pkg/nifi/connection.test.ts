// The wire: real TLS servers on loopback, good ones and hostile ones.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pLimit from 'p-limit';
import type { CertificateAuthority } from '../pki/types.ts';
import { NiFiClient } from './client.ts';
import { type CallLimits, defaultLimits } from './connection.ts';
import { NiFiApiError, NiFiUnreachableError, type UnreachableReason } from './errors.ts';
import type { RequestObservation } from './observe.ts';
import {
  type Answer,
  authority,
  certificateFor,
  certificateHost,
  eventually,
  type PlayedNode,
  type PlayOptions,
  playNode,
  targetFor,
} from './testing/played-node.ts';
import type { GatewayTarget } from './types.ts';

const fast: CallLimits = {
  ...defaultLimits,
  connectMs: 500,
  secureConnectMs: 500,
  responseMs: 300,
  requestMs: 600,
  maxBytes: 256 * 1024,
};
const about = { method: 'GET', path: '/flow/about' } as const;
const ok: Answer = { body: { about: { version: '2.11.0' } } };

type Seen = Omit<RequestObservation, 'cluster' | 'seconds'>;

function newClient(options: { limits?: CallLimits; maxInFlight?: number; fence?: { check(): void } } = {}) {
  const seen: Seen[] = [];
  const client = new NiFiClient({
    limits: options.limits ?? fast,
    maxInFlight: options.maxInFlight ?? 4,
    shared: pLimit(64),
    observe: (node, { method, endpoint, status }) => seen.push({ node, method, endpoint, status }),
    ...(options.fence === undefined ? {} : { fence: options.fence }),
  });
  return { client, seen };
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: 'The call succeeded' });
}

async function unreachableReason(promise: Promise<unknown>): Promise<UnreachableReason> {
  const error = await failure(promise);
  assert.ok(error instanceof NiFiUnreachableError, String(error));
  return error.reason;
}

describe('a connection to a NiFi node', () => {
  let ca: CertificateAuthority;
  let target: GatewayTarget;
  const stops: (() => Promise<void> | void)[] = [];

  async function play(handler: PlayOptions['handler'], options: Partial<PlayOptions> = {}): Promise<PlayedNode> {
    const node = await playNode({ id: 0, ca, handler, ...options });
    stops.push(() => node.stop());
    return node;
  }

  async function call(node: PlayedNode, request: Parameters<ReturnType<NiFiClient['on']>['request']>[0] = about) {
    const { client } = newClient();
    stops.push(() => client.close());
    client.update({ ...target, nodes: [node.address] });
    return await client.on(0).request(request);
  }

  before(async () => {
    ca = await authority();
    target = await targetFor(ca, []);
  });

  after(async () => {
    await Promise.all(stops.map((stop) => stop()));
  });

  test('goes to the Pod IP while SNI and Host header carry the DNS name', async () => {
    const node = await play(() => ok, { ip: '127.0.9.9' });
    await call(node);
    const host = certificateHost(0);
    assert.equal(node.requests[0]?.serverName, host);
    assert.equal(node.requests[0]?.host, `${host}:${node.address.port}`);
    assert.equal(node.requests[0]?.path, '/nifi-api/flow/about');
    assert.equal(node.requests[0]?.clientName, 'operator.c.ns');
  });

  test('refuses a certificate of another authority and sends it nothing', async () => {
    const other = await authority('other');
    const node = await play(() => ok, { ca: other });
    assert.equal(await unreachableReason(call(node)), 'CertificateRejected');
    assert.equal(node.requests.length, 0);
  });

  test('refuses a certificate of the right authority for another name', async () => {
    const certificate = await certificateFor(ca, '1.c.ns', { dnsNames: [certificateHost(1)] });
    const node = await play(() => ok, { certificate });
    assert.equal(await unreachableReason(call(node)), 'CertificateRejected');
    assert.equal(node.requests.length, 0);
  });

  test('refuses a certificate that names the host as its common name only', async () => {
    const certificate = await certificateFor(ca, certificateHost(0));
    const node = await play(() => ok, { certificate });
    assert.equal(await unreachableReason(call(node)), 'CertificateRejected');
  });

  test('refuses a certificate that has run out', async () => {
    const certificate = await certificateFor(ca, '0.c.ns', {
      dnsNames: [certificateHost(0)],
      now: new Date(Date.now() - 30 * 86_400_000),
    });
    const node = await play(() => ok, { certificate });
    assert.equal(await unreachableReason(call(node)), 'CertificateRejected');
  });

  test('says so when the node refuses the operator’s certificate', async () => {
    const node = await play(() => ok);
    const stranger = await targetFor(await authority('stranger'), [node.address]);
    assert.ok(stranger.transport !== 'InsecureHTTP');
    const { client } = newClient();
    stops.push(() => client.close());
    client.update({ ...stranger, caPem: ca.certPem });
    const reason = await unreachableReason(client.on(0).request(about));
    assert.ok(reason === 'ClientCertificateRefused' || reason === 'Reset', reason);
    assert.equal(node.requests.length, 0);
  });

  test('does not follow a redirect and gives nothing to its target', async () => {
    const thief = await play(() => ok, { id: 1 });
    const node = await play(() => (response) => {
      response.writeHead(301, { location: `https://${thief.address.host}:${thief.address.port}/nifi-api/flow/about` });
      response.end();
    });
    const error = await failure(call(node));
    assert.ok(error instanceof NiFiApiError);
    assert.deepEqual([error.status, error.kind, error.retryable], [301, 'NotNiFi', false]);
    assert.equal(thief.connections, 0);
  });

  test('never speaks plain HTTP to a node that should speak TLS', async () => {
    const node = await play(() => ok, { plain: true });
    const reason = await unreachableReason(call(node));
    assert.ok(['Network', 'Reset'].includes(reason), reason);
    assert.equal(node.requests.length, 0);
  });

  test('speaks plain HTTP without a certificate when the cluster is InsecureHTTP', async () => {
    const node = await play(() => ok, { plain: true });
    const { client } = newClient();
    stops.push(() => client.close());
    client.update({ transport: 'InsecureHTTP', nodes: [node.address] });
    assert.deepEqual(await client.on(0).request(about), { about: { version: '2.11.0' } });
    assert.equal(node.requests[0]?.host, `${certificateHost(0)}:${node.address.port}`);
    assert.equal(node.requests[0]?.serverName, undefined);
  });

  test('gives up on a node that takes the request and never answers', async () => {
    const node = await play(() => () => undefined);
    const started = performance.now();
    assert.equal(await unreachableReason(call(node)), 'Timeout');
    assert.ok(performance.now() - started < 1_500);
  });

  test('gives up on a slow-loris that sends a byte now and then', async () => {
    const node = await play(() => (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(timer));
    });
    const started = performance.now();
    assert.equal(await unreachableReason(call(node)), 'Timeout');
    assert.ok(performance.now() - started < 1_500);
  });

  test('stops reading a body of a gigabyte at the cap, announced or not', async () => {
    for (const headers of [{}, { 'content-length': String(1024 ** 3) }]) {
      let sent = 0;
      const node = await play(() => (response) => {
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
      assert.equal(await unreachableReason(call(node)), 'Oversized');
      await eventually('the connection to be closed', () => node.open.size === 0);
      assert.ok(sent < 16 * 1024 * 1024, `${sent} bytes were taken`);
    }
  });

  test('refuses deeply nested JSON', async () => {
    const node = await play(() => ({ text: '['.repeat(100_000), type: 'application/json' }));
    assert.equal(await unreachableReason(call(node)), 'Oversized');
  });

  test('keeps prototype keys out of the result', async () => {
    const text = '{"__proto__":{"polluted":true},"a":{"\\u005f_proto__":{"polluted":true},"constructor":"x"}}';
    const node = await play(() => ({ text, type: 'application/json' }));
    const answer = await call(node);
    assert.deepEqual(Object.keys(answer as object), ['a']);
    assert.deepEqual((answer as { a: unknown }).a, { constructor: 'x' });
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });

  test('takes HTML with status 200 for what it is', async () => {
    const node = await play(() => ({ text: '<html><title>Welcome</title></html>', type: 'text/html' }));
    const error = await failure(call(node));
    assert.ok(error instanceof NiFiApiError);
    assert.equal(error.kind, 'NotNiFi');
  });

  test('repeats a GET once when the kept connection was closed by the node, and a PUT never', async () => {
    for (const [method, expected] of [
      ['GET', 3],
      ['PUT', 2],
    ] as const) {
      let cut = false;
      const node = await play(() => (response) => {
        if (cut) {
          cut = false;
          response.destroy();
          return;
        }
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end('{}');
      });
      const { client } = newClient();
      stops.push(() => client.close());
      client.update({ ...target, nodes: [node.address] });
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
    const node = await play(() => ok);
    const { client } = newClient();
    client.update({ ...target, nodes: [node.address] });
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
    const node = await play(async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise<void>((resolve) => setTimeout(resolve, 5));
      now -= 1;
      return ok;
    });
    const { client } = newClient({ maxInFlight: 2 });
    stops.push(() => client.close());
    client.update({ ...target, nodes: [node.address] });
    await Promise.all(Array.from({ length: 12 }, () => client.on(0).request(about)));
    assert.equal(most, 2);
  });

  test('changes to a new certificate without cutting a running request or the connections of other clusters', async () => {
    let release: (() => void) | undefined;
    const node = await play(async (request) => {
      if (request.path.endsWith('/slow')) {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
      }
      return ok;
    });
    const { client } = newClient({ limits: { ...fast, responseMs: 3_000, requestMs: 3_000 } });
    const { client: other } = newClient();
    stops.push(
      () => client.close(),
      () => other.close(),
    );
    client.update({ ...target, nodes: [node.address] });
    other.update({ ...target, nodes: [node.address] });
    await client.on(0).request(about);
    await other.on(0).request(about);
    const slow = client.on(0).request({ method: 'GET', path: '/slow' });
    await eventually('the slow request to arrive', () => release !== undefined);
    const before = node.connections;

    const renewed = await targetFor(ca, [node.address]);
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
    const node = await play(() => ok);
    const { client } = newClient();
    stops.push(() => client.close());
    client.update({ ...target, nodes: [node.address] });
    await client.on(0).request(about);
    node.serve(await certificateFor(next, '0.c.ns', { dnsNames: [certificateHost(0)] }), next);
    const renewed = await targetFor(next, [node.address]);
    client.update(renewed);
    await client.on(0).request(about);
    client.update({ ...target, nodes: [node.address] });
    assert.equal(await unreachableReason(client.on(0).request(about)), 'CertificateRejected');
  });

  test('drops the connections of a replaced Pod and keeps those of the others', async () => {
    const [first, second] = [await play(() => () => undefined), await play(() => ok, { id: 1 })];
    const { client } = newClient({ limits: { ...fast, responseMs: 5_000, requestMs: 5_000 } });
    stops.push(() => client.close());
    client.update({ ...target, nodes: [first.address, second.address] });
    await client.on(1).request(about);
    const hanging = failure(client.on(0).request(about));
    await eventually('the request to arrive', () => first.requests.length === 1);
    client.update({ ...target, nodes: [{ ...first.address, podUid: 'another' }, second.address] });
    const error = await hanging;
    assert.ok(error instanceof NiFiUnreachableError);
    assert.equal(error.reason, 'Aborted');
    await client.on(1).request(about);
    assert.equal(second.connections, 1);
  });

  test('writes nothing once the fence is down, and still reads', async () => {
    const node = await play(() => ok);
    const fence = {
      check(): void {
        throw new Error('no longer the leader');
      },
    };
    const { client } = newClient({ fence });
    stops.push(() => client.close());
    client.update({ ...target, nodes: [node.address] });
    await client.on(0).request(about);
    await assert.rejects(client.on(0).request({ method: 'DELETE', path: '/x' }), /no longer the leader/u);
    assert.equal(node.requests.length, 1);
  });

  test('reports each call by template, method and status and tells no secrets', async () => {
    const node = await play(({ path }) => (path.includes('nodes') ? { status: 409, text: 'no' } : ok));
    const { client, seen } = newClient();
    stops.push(() => client.close());
    client.update({ ...target, nodes: [node.address] });
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

  test('lets no parameter leave its place in the path', async () => {
    const node = await play(() => ok);
    for (const id of ['..', '', '../../../other']) {
      await assert.rejects(call(node, { method: 'GET', path: '/controller/cluster/nodes/{id}', params: { id } }));
    }
    assert.equal(node.requests.length, 0);
  });

  test('has nobody to call where there is no node', async () => {
    const { client } = newClient();
    assert.throws(() => client.on(7), NiFiUnreachableError);
    const refused = await playNode({ id: 3, ca, handler: () => ok });
    await refused.stop();
    client.update({ ...target, nodes: [refused.address] });
    assert.equal(await unreachableReason(client.on(3).request(about)), 'Refused');
    client.close();
  });
});
