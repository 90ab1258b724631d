// What the transport does below HTTP: the protocol it offers, and what becomes of connections when the CA rotates.

import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import type { TlsMaterial } from './access.ts';
import { systemClock } from './clock.ts';
import { blackHole, inTurn, json, startHostileServer, until } from './testing/hostile-server.ts';
import { Transport } from './transport.ts';

const request = { method: 'GET', path: '/x', headers: {}, deadlineMs: 20_000 };

async function aTransport(t: TestContext, url: string): Promise<Transport> {
  const transport = new Transport(url, systemClock, 4);
  t.after(() => transport.close());
  return transport;
}

describe('the transport', () => {
  test('offers HTTP/1.1 and never HTTP/2, for calls and for watches', async (t) => {
    const hellos: Buffer[] = [];
    const server = createServer((socket) => {
      socket.once('data', (bytes: Buffer) => {
        hellos.push(bytes);
        socket.destroy();
      });
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    t.after(() => server.close());
    const transport = await aTransport(t, `https://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await assert.rejects(transport.send({}, request));
    const watch = new Promise((resolve) => {
      const ignore = () => undefined;
      transport.stream({}, request, { started: ignore, chunk: ignore, ended: ignore, failed: resolve });
    });
    await watch;
    assert.equal(hellos.length, 2);
    for (const hello of hellos) {
      assert.ok(hello.includes('\bhttp/1.1'), 'the name of HTTP/1.1 with its length');
      assert.ok(!hello.includes('\x02h2'), 'the name of HTTP/2 with its length');
    }
  });

  test('keeps its connection while the TLS material is the same and opens another when it rotates', async (t) => {
    const server = await startHostileServer(json(200, {}));
    t.after(() => server.close());
    const transport = await aTransport(t, server.url);
    const [before, after]: TlsMaterial[] = [{ ca: 'one' }, { ca: 'two' }];
    assert.ok(before && after);
    await transport.send(before, request);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await transport.send(before, request);
    assert.equal(server.connections.accepted, 1);
    await transport.send(after, request);
    assert.equal(server.connections.accepted, 2);
    // The old one is closed.
    await until(() => server.connections.open === 1);
  });

  test('lets calls in flight end on the old connection when the TLS material rotates', async (t) => {
    const answers: (() => void)[] = [];
    const server = await startHostileServer(
      inTurn((req, response) => answers.push(() => json(200, { old: true })(req, response)), json(200, {})),
    );
    t.after(() => server.close());
    const transport = await aTransport(t, server.url);
    const first = transport.send({ ca: 'one' }, request);
    await until(() => answers.length === 1);
    await transport.send({ ca: 'two' }, request);
    answers[0]?.();
    assert.equal((await first).body.toString(), '{"old":true}');
  });

  test('ends what is under way when it is closed only after its deadline', async (t) => {
    const server = await startHostileServer(blackHole);
    t.after(() => server.close());
    const transport = await aTransport(t, server.url);
    const call = assert.rejects(transport.send({}, { ...request, deadlineMs: 100 }), { code: 'DEADLINE' });
    await transport.close();
    await call;
  });
});
