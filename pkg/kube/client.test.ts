// The client against an HTTP server in this process: what it sends, how it keeps connections, and what it makes of every refusal.

import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { staticAccess } from './access.ts';
import { KubeClient, type KubeClientOptions } from './client.ts';
import { FakeClock } from './clock.ts';
import { FencedError, KubeApiError, KubeTransportError } from './errors.ts';
import { WriteFence } from './fence.ts';
import type { RequestInfo } from './metrics.ts';
import { configMaps, leases, pods } from './resources.ts';
import { aConfigMap } from './testing/builders.ts';
import { blackHole, type Handler, inTurn, json, startHostileServer, until } from './testing/hostile-server.ts';

const key = { namespace: 'ns', name: 'a' };
const status = (code: number, reason: string) => ({ kind: 'Status', code, reason, message: `${reason}!` });

async function aClient(t: TestContext, handler: Handler, options: Partial<KubeClientOptions> = {}) {
  const server = await startHostileServer(handler);
  const seen: RequestInfo[] = [];
  const client = new KubeClient({
    access: staticAccess(server.url, { headers: { 'x-test': '1' }, tls: {} }),
    onRequest: (info) => seen.push(info),
    ...options,
  });
  t.after(async () => {
    await client.close();
    await server.close();
  });
  return { server, client, seen };
}

describe('a client', () => {
  // undici lets a socket rest for one turn of the event loop, so that a sequence may alternate between two.
  test('uses two connections at most for a thousand calls in sequence, and never more than its sockets at once', async (t) => {
    const { client, server } = await aClient(t, json(200, aConfigMap('a')), { maxSockets: 4 });
    for (let index = 0; index < 1000; index += 1) await client.get(configMaps, key);
    assert.ok(server.connections.accepted <= 2, `${server.connections.accepted} connections`);
    await Promise.all(Array.from({ length: 100 }, () => client.get(configMaps, key)));
    assert.ok(server.connections.accepted <= 4, `${server.connections.accepted} connections`);
  });

  test('asks for JSON at the path of the kind, with its credentials and name', async (t) => {
    const { client, server, seen } = await aClient(t, json(200, aConfigMap('a')));
    await client.get(configMaps, key);
    await client.get(leases, key);
    assert.deepEqual(server.requests, [
      'GET /api/v1/namespaces/ns/configmaps/a',
      'GET /apis/coordination.k8s.io/v1/namespaces/ns/leases/a',
    ]);
    assert.equal(server.headers[0]?.['x-test'], '1');
    assert.equal(server.headers[0]?.accept, 'application/json');
    assert.equal(server.headers[0]?.['user-agent'], 'nifi-operator');
    assert.deepEqual(
      seen.map(({ verb, resource, status }) => [verb, resource, status]),
      [
        ['get', 'configmaps', 200],
        ['get', 'leases', 200],
      ],
    );
  });

  test('gives undefined for what is not there, but not for a kind that is not there', async (t) => {
    const { client, server } = await aClient(t, json(404, status(404, 'NotFound')));
    assert.equal(await client.get(configMaps, key), undefined);
    assert.equal(await client.delete(configMaps, key), false, 'nothing was deleted');
    server.handle((_request, response) => {
      response.writeHead(404).end('404 page not found');
    });
    assert.equal(await client.get(configMaps, key), undefined);
  });

  test('keeps every field that it does not know', async (t) => {
    const odd = { ...aConfigMap('a'), future: { deep: [1, null, '2026-01-01T00:00:00Z'] } };
    const { client } = await aClient(t, json(200, odd));
    assert.deepEqual(await client.get(configMaps, key), odd);
  });

  test('fills in the kind of listed items and passes selectors, page and version on', async (t) => {
    const list = {
      items: [{ metadata: { name: 'a', namespace: 'ns' } }],
      metadata: { resourceVersion: '5', continue: 'c' },
    };
    const { client, server } = await aClient(t, json(200, list));
    const options = { namespace: 'ns', labelSelector: 'a=b', fieldSelector: 'metadata.name=a', limit: 2 };
    const page = await client.list(pods, { ...options, resourceVersion: '0' });
    await client.list(pods, { ...options, continue: 'c', resourceVersion: '0' });
    assert.equal(page.items[0]?.kind, 'Pod');
    assert.equal(page.continue, 'c');
    const [first, second] = server.requests.map((request) => new URL(request.slice(4), server.url).searchParams);
    assert.equal(first?.get('resourceVersionMatch'), 'NotOlderThan');
    assert.equal(first?.get('labelSelector'), 'a=b');
    assert.equal(second?.get('continue'), 'c');
    assert.equal(second?.has('resourceVersion'), false, 'a token carries its own version');
  });

  test('cuts whole objects down when it asked for metadata and the server sent more', async (t) => {
    const { client, server } = await aClient(
      t,
      json(200, { items: [aConfigMap('a', 'secret')], metadata: { resourceVersion: '5' } }),
    );
    const { items } = await client.list(configMaps, { metadataOnly: true });
    assert.deepEqual(Object.keys(items[0] ?? {}), ['apiVersion', 'kind', 'metadata']);
    assert.match(server.headers[0]?.accept ?? '', /as=PartialObjectMetadataList;g=meta.k8s.io;v=v1/);
  });

  test('applies, patches, updates and deletes with the right types, managers and preconditions', async (t) => {
    const { client, server } = await aClient(t, json(200, aConfigMap('a')));
    await client.apply(configMaps, aConfigMap('a'), { force: true, subresource: 'status' });
    await client.patch(configMaps, key, { data: { x: null } }, { resourceVersion: '7', uid: 'u' });
    assert.equal(await client.delete(configMaps, key, { uid: 'u', resourceVersion: '7', gracePeriodSeconds: 5 }), true);
    await client.create(configMaps, aConfigMap('a'));
    assert.deepEqual(server.requests, [
      'PATCH /api/v1/namespaces/ns/configmaps/a/status?fieldManager=nifi-operator&force=true',
      'PATCH /api/v1/namespaces/ns/configmaps/a?fieldManager=nifi-operator',
      'DELETE /api/v1/namespaces/ns/configmaps/a',
      'POST /api/v1/namespaces/ns/configmaps?fieldManager=nifi-operator',
    ]);
    assert.deepEqual(
      server.headers.map((headers) => headers['content-type']),
      ['application/apply-patch+yaml', 'application/merge-patch+json', 'application/json', 'application/json'],
    );
    assert.deepEqual(JSON.parse(server.bodies[1] ?? ''), {
      data: { x: null },
      metadata: { resourceVersion: '7', uid: 'u' },
    });
    const preconditions = { uid: 'u', resourceVersion: '7' };
    const options = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, gracePeriodSeconds: 5 };
    assert.deepEqual(JSON.parse(server.bodies[2] ?? ''), options);
  });

  test('refuses a key without a name, which would delete a collection', async (t) => {
    const { client, server } = await aClient(t, json(200, {}));
    for (const bad of [
      { namespace: 'ns', name: '' },
      { namespace: '', name: 'a' },
      { namespace: 'ns', name: 'a/b' },
    ]) {
      await assert.rejects(client.delete(configMaps, bad), TypeError);
    }
    assert.equal(server.requests.length, 0);
  });

  test('throws a failed precondition as a Conflict with the reason and message of the Status', async (t) => {
    const { client } = await aClient(t, json(409, status(409, 'Conflict')));
    await assert.rejects(client.delete(configMaps, key, { uid: 'u' }), (error) => {
      assert.ok(error instanceof KubeApiError);
      assert.deepEqual([error.status, error.reason, error.message], [409, 'Conflict', 'Conflict!']);
      return true;
    });
  });

  test('throws another UID in a patch as a Conflict too, which the API server calls an invalid change', async (t) => {
    const details = { causes: [{ field: 'metadata.uid', message: 'field is immutable' }] };
    const { client } = await aClient(t, json(422, { ...status(422, 'Invalid'), details }));
    await assert.rejects(client.patch(configMaps, key, {}, { uid: 'u' }), { status: 409, reason: 'Conflict' });
    await assert.rejects(client.patch(configMaps, key, {}), { status: 422 });
  });

  test('waits as long as Retry-After says after 429 and 503, and gives up after five tries', async (t) => {
    const clock = new FakeClock();
    const busy = json(429, status(429, 'TooManyRequests'), { 'retry-after': '0' });
    const { client, server } = await aClient(t, inTurn(busy, busy, json(200, aConfigMap('a'))));
    await client.create(configMaps, aConfigMap('a'));
    assert.equal(server.requests.length, 3);
    server.handle(json(503, status(503, 'ServiceUnavailable'), { 'retry-after': '0' }));
    await assert.rejects(client.get(configMaps, key), { status: 503 });
    assert.equal(server.requests.length, 3 + 6);
    assert.equal(clock.pendingTimers, 0);
  });

  test('does not wait past the deadline for a Retry-After, but tells it', async (t) => {
    const { client, server } = await aClient(t, json(429, status(429, 'TooManyRequests'), { 'retry-after': '60' }));
    await assert.rejects(client.get(configMaps, key), { status: 429, retryAfterMs: 60_000 });
    assert.equal(server.requests.length, 1);
  });

  test('never repeats a write that was answered 500 or 429 without Retry-After', async (t) => {
    for (const code of [500, 429, 504]) {
      const { client, server } = await aClient(t, json(code, status(code, 'Oops')));
      await assert.rejects(client.create(configMaps, aConfigMap('a')), { status: code });
      assert.equal(server.requests.length, 1);
    }
  });

  test('ends a call that gets no answer at its deadline and calls the outcome of a write unknown', async (t) => {
    const { client, server } = await aClient(t, blackHole);
    await assert.rejects(client.create(configMaps, aConfigMap('a'), { deadlineMs: 80 }), {
      code: 'DEADLINE',
      outcomeUnknown: true,
    });
    assert.equal(server.requests.length, 1);
  });

  test('ends an answer that drips in at the deadline', async (t) => {
    const { client } = await aClient(t, (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const drip = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(drip));
    });
    await assert.rejects(client.get(configMaps, key, { deadlineMs: 100 }), { code: 'DEADLINE' });
  });

  test('does not send a call whose deadline passed while it waited for a socket', async (t) => {
    const { client, server } = await aClient(t, blackHole, { maxSockets: 1 });
    const first = client.get(configMaps, key, { deadlineMs: 200 });
    const second = client.create(configMaps, aConfigMap('b'), { deadlineMs: 50 });
    await assert.rejects(second, { code: 'DEADLINE', outcomeUnknown: false });
    await assert.rejects(first, { code: 'DEADLINE' });
    assert.equal(server.requests.length, 1);
  });

  test('repeats a read once whose connection broke, but not a write', async (t) => {
    const breaks: Handler = (request) => request.socket.resetAndDestroy();
    const { client, server } = await aClient(t, inTurn(breaks, json(200, aConfigMap('a'))));
    assert.ok(await client.get(configMaps, key));
    server.handle(breaks);
    await assert.rejects(client.create(configMaps, aConfigMap('a')), { outcomeUnknown: true });
    assert.equal(server.requests.length, 3);
  });

  test('says that nothing was sent when the connection is refused', async (t) => {
    const { client, server } = await aClient(t, json(200, {}));
    await server.close();
    await assert.rejects(client.create(configMaps, aConfigMap('a')), (error) => {
      assert.ok(error instanceof KubeTransportError);
      assert.deepEqual([error.code, error.outcomeUnknown], ['ECONNREFUSED', false]);
      return true;
    });
  });

  test('fails on an answer that is not JSON instead of taking it for empty', async (t) => {
    const { client } = await aClient(t, (_request, response) => response.writeHead(200).end('<html>'));
    await assert.rejects(client.get(configMaps, key), { code: 'GARBAGE' });
  });

  test('keeps the words of a refusal that is not JSON', async (t) => {
    const { client } = await aClient(t, (_request, response) => response.writeHead(502).end('bad gateway'));
    await assert.rejects(client.get(configMaps, key), { status: 502, message: 'bad gateway' });
  });

  test('takes new credentials after 401 and tries once more', async (t) => {
    const refreshed: boolean[] = [];
    const server = await startHostileServer((request, response) =>
      (request.headers['x-token'] === 'new' ? json(200, aConfigMap('a')) : json(401, status(401, 'Unauthorized')))(
        request,
        response,
      ),
    );
    const access = {
      ...staticAccess(server.url, { headers: {}, tls: {} }),
      credentials: async (refresh = false) => {
        if (refresh) refreshed.push(true);
        return { headers: { 'x-token': refreshed.length > 0 ? 'new' : 'old' }, tls };
      },
    };
    const tls = {};
    const client = new KubeClient({ access });
    t.after(async () => {
      await client.close();
      await server.close();
    });
    assert.ok(await client.get(configMaps, key));
    assert.equal(server.requests.length, 2);
  });

  test('gives up a call when its signal aborts', async (t) => {
    const { client } = await aClient(t, blackHole);
    const abort = new AbortController();
    const call = client.get(configMaps, key, { signal: abort.signal });
    setTimeout(() => abort.abort(new Error('stopping')), 20);
    await assert.rejects(call, { message: 'stopping' });
  });

  test('sends no body and no content type with a raw read, and the body of a raw write', async (t) => {
    const { client, server } = await aClient(t, json(200, { ok: true }));
    assert.deepEqual(await client.raw('GET', '/version', { query: { pretty: 'true' } }), { ok: true });
    await client.raw('POST', '/api/v1/namespaces/ns/serviceaccounts/a/token', { body: { spec: {} } });
    assert.deepEqual(server.requests[0], 'GET /version?pretty=true');
    assert.equal(server.headers[0]?.['content-type'], undefined);
    assert.equal(server.bodies[1], '{"spec":{}}');
  });
});

describe('a fenced client', () => {
  test('reads but does not write when the fence is shut, and sends no byte of the write', async (t) => {
    const fence = new WriteFence();
    const { client, server } = await aClient(t, json(200, aConfigMap('a')), { fence });
    fence.close();
    assert.ok(await client.get(configMaps, key));
    await assert.rejects(client.create(configMaps, aConfigMap('a')), FencedError);
    await assert.rejects(client.delete(configMaps, key), FencedError);
    await assert.rejects(client.raw('POST', '/x', { body: {} }), FencedError);
    assert.deepEqual(server.requests, ['GET /api/v1/namespaces/ns/configmaps/a']);
  });

  test('checks again after waiting for a socket', async (t) => {
    const fence = new WriteFence();
    const answers: (() => void)[] = [];
    const { client, server } = await aClient(
      t,
      (request, response) => answers.push(() => json(200, aConfigMap('a'))(request, response)),
      { fence, maxSockets: 1 },
    );
    const first = client.get(configMaps, key);
    const second = client.create(configMaps, aConfigMap('a'));
    const refused = assert.rejects(second, FencedError);
    await until(() => answers.length === 1);
    fence.close();
    answers[0]?.();
    await first;
    await refused;
    assert.equal(server.requests.length, 1);
  });

  test('keeps its connection after a write that was fenced', async (t) => {
    const fence = new WriteFence();
    const { client, server } = await aClient(t, json(200, aConfigMap('a')), { fence, maxSockets: 1 });
    await client.get(configMaps, key);
    fence.close();
    await assert.rejects(client.create(configMaps, aConfigMap('a')), FencedError);
    await client.get(configMaps, key);
    assert.equal(server.connections.accepted, 1);
  });

  test('writes nothing after the deadline although the event loop was blocked and the write was already under way', async (t) => {
    const fence = new WriteFence();
    const { client, server } = await aClient(t, json(200, aConfigMap('a')), { fence });
    await client.get(configMaps, key);
    fence.openUntil(performance.now() + 60, 3);
    const write = client.create(configMaps, aConfigMap('a'));
    const until = performance.now() + 120;
    while (performance.now() < until);
    await assert.rejects(write, FencedError);
    assert.equal(server.requests.length, 1);
  });

  test('names its term in the user agent, for the audit log', async (t) => {
    const fence = new WriteFence();
    const { client, server } = await aClient(t, json(200, aConfigMap('a')), { fence });
    fence.openUntil(Number.POSITIVE_INFINITY, 7);
    await client.create(configMaps, aConfigMap('a'));
    assert.equal(server.headers[0]?.['user-agent'], 'nifi-operator term/7');
  });
});
