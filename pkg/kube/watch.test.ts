// Watches over real sockets: a server that splits, drips, garbles, cuts and swallows them.

import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { staticAccess } from './access.ts';
import type { WatchOptions } from './api.ts';
import { KubeClient } from './client.ts';
import { type Clock, systemClock } from './clock.ts';
import { Reflector } from './reflector.ts';
import { type ConfigMap, configMaps } from './resources.ts';
import { aConfigMap } from './testing/builders.ts';
import { blackHole, type Handler, inTurn, json, startHostileServer, stream, until } from './testing/hostile-server.ts';
import type { WatchEvent } from './types.ts';

async function aClient(t: TestContext, handler: Handler) {
  const server = await startHostileServer(handler);
  const client = new KubeClient({ access: staticAccess(server.url, { headers: {}, tls: {} }) });
  t.after(async () => {
    await client.close();
    await server.close();
  });
  return { server, client };
}

function line(type: string, name: string, value: string, resourceVersion: string): string {
  const object = aConfigMap(name, value);
  const metadata = { ...object.metadata, uid: `uid-${name}`, resourceVersion };
  return `${JSON.stringify({ type, object: { ...object, metadata } })}\n`;
}

const initialEnd = (version: string) =>
  `${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: version, annotations: { 'k8s.io/initial-events-end': 'true' } } } })}\n`;

async function read(client: KubeClient, count: number, options: WatchOptions = {}): Promise<WatchEvent<ConfigMap>[]> {
  const events: WatchEvent<ConfigMap>[] = [];
  for await (const event of client.watch(configMaps, options)) {
    events.push(event);
    if (events.length === count) break;
  }
  return events;
}

function valueOf(event: WatchEvent<ConfigMap> | undefined): string | undefined {
  return event && 'data' in event.object ? event.object.data?.['value'] : undefined;
}

describe('a watch', () => {
  test('joins a line that is split inside a character', async (t) => {
    const bytes = Buffer.from(line('ADDED', 'a', 'zwölf €uro 🦊', '5'));
    const { client } = await aClient(t, stream(...Array.from(bytes, (byte) => Buffer.from([byte]))));
    assert.equal(valueOf((await read(client, 1))[0]), 'zwölf €uro 🦊');
  });

  test('takes a line of 5 MB', async (t) => {
    const value = 'ü'.repeat(2_500_000);
    const { client } = await aClient(t, stream(line('ADDED', 'a', value, '5')));
    assert.equal(valueOf((await read(client, 1))[0]), value);
  });

  test('delivers what came before a garbage line and then fails', async (t) => {
    const { client } = await aClient(
      t,
      stream(line('ADDED', 'a', '', '5'), '{"type":"ADD\n', line('ADDED', 'b', '', '6')),
    );
    const names: string[] = [];
    await assert.rejects(
      async () => {
        for await (const { object } of client.watch(configMaps)) names.push((object as ConfigMap).metadata.name);
      },
      { code: 'GARBAGE' },
    );
    assert.deepEqual(names, ['a']);
  });

  test('is cut when it is black-holed before or after the headers', async (t) => {
    for (const handler of [blackHole, stream(), stream(line('ADDED', 'a', '', '5'))]) {
      const { client, server } = await aClient(t, handler);
      await assert.rejects(read(client, 9, { idleMs: 100 }), { code: 'IDLE' });
      await until(() => server.connections.open === 0);
    }
  });

  test('is cut when bytes drip in without ever ending a line', async (t) => {
    const { client } = await aClient(t, (_request, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(drip));
    });
    await assert.rejects(read(client, 1, { idleMs: 150 }), { code: 'IDLE' });
  });

  test('fails when the connection is reset, and ends when the server ends it', async (t) => {
    const { client, server } = await aClient(t, stream(line('ADDED', 'a', '', '5')));
    const events: unknown[] = [];
    await assert.rejects(
      async () => {
        for await (const event of client.watch(configMaps)) {
          events.push(event);
          server.reset();
        }
      },
      { name: 'KubeTransportError' },
    );
    assert.equal(events.length, 1);
    server.handle((_request, response) => response.writeHead(200).end(line('ADDED', 'a', '', '5')));
    assert.equal((await read(client, 9)).length, 1);
  });

  test('has a connection of its own, which is closed when nobody reads any more', async (t) => {
    const { client, server } = await aClient(t, (request, response) =>
      (request.url?.includes('watch=true') ? stream(line('ADDED', 'a', '', '5')) : json(200, aConfigMap('a')))(
        request,
        response,
      ),
    );
    await client.get(configMaps, { namespace: 'ns', name: 'a' });
    const watching = client.watch(configMaps)[Symbol.asyncIterator]();
    await watching.next();
    assert.equal(server.connections.open, 2);
    await client.get(configMaps, { namespace: 'ns', name: 'a' });
    assert.equal(server.connections.accepted, 2);
    await watching.return?.(undefined);
    await until(() => server.connections.open === 1);
  });

  test('ends when its signal aborts, also while it waits', async (t) => {
    const { client, server } = await aClient(t, stream());
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 50);
    await assert.rejects(read(client, 1, { signal: abort.signal }), { code: 'STOPPED' });
    await until(() => server.connections.open === 0);
  });

  test('throws what the API server says when it refuses', async (t) => {
    const { client } = await aClient(t, json(410, { code: 410, reason: 'Expired', message: 'too old' }));
    await assert.rejects(read(client, 1, { resourceVersion: '1' }), { status: 410, reason: 'Expired' });
  });
});

describe('a reflector over a hostile connection', () => {
  test('comes through a cut, a garbage line, a 410 in the stream and a black hole without losing anything', async (t) => {
    const expired = `${JSON.stringify({ type: 'ERROR', object: { code: 410, reason: 'Expired' } })}\n`;
    const cutAfter =
      (...chunks: string[]): Handler =>
      (_request, response) => {
        response.writeHead(200);
        response.write(chunks.join(''), () => response.destroy());
      };
    const { client, server } = await aClient(
      t,
      inTurn(
        cutAfter(line('ADDED', 'a', '1', '5'), initialEnd('5'), line('MODIFIED', 'a', '2', '6')),
        stream(line('ADDED', 'b', '1', '7'), 'garbage\n', line('DELETED', 'b', '1', '8')),
        stream(expired),
        stream(line('ADDED', 'a', '3', '9'), initialEnd('10')),
        blackHole,
        stream(line('MODIFIED', 'a', '4', '11')),
      ),
    );
    // Its pauses take a twentieth; how long a stream may be silent is the client's to measure.
    const clock: Clock = { ...systemClock, setTimeout: (fn, ms) => systemClock.setTimeout(fn, ms / 20) };
    const reflector = new Reflector({ client, type: configMaps, idleMs: 1_000, random: () => 0, clock });
    t.after(() => reflector.stop());
    const told: string[] = [];
    reflector.store.subscribe(({ kind, object }) =>
      told.push(`${kind} ${object.metadata.name}=${object.data?.['value']}`),
    );
    reflector.start();
    await until(() => reflector.store.resourceVersion === '11');
    const expected = ['added a=1', 'updated a=2', 'added b=1', 'deleted b=1', 'updated a=3', 'updated a=4'];
    assert.deepEqual(told, expected);
    const versions = server.requests.map((request) => new URL(request.slice(4), server.url).searchParams);
    assert.deepEqual(
      versions.map((query) => [query.get('resourceVersion'), query.has('sendInitialEvents')]),
      [
        [null, true],
        ['6', false],
        ['7', false],
        ['7', true],
        ['10', false],
        ['10', false],
      ],
    );
  });
});
