// The servers of metrics and probes: which addresses they take, and what they answer.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseAddress, serve } from './server.ts';

describe('An address', () => {
  const good = [
    [':8080', undefined, 8080],
    ['127.0.0.1:8080', '127.0.0.1', 8080],
    ['localhost:0', 'localhost', 0],
    ['[::1]:65535', '::1', 65_535],
  ] as const;
  for (const [text, host, port] of good) {
    test(`may be ${text}`, () => assert.deepEqual(parseAddress(text), { host, port }));
  }

  for (const text of ['', '8080', ':', ':x', ':65536', ':123456', '::1:80', '127.0.0.1', '[::1]', 'a:b:1', ':-1']) {
    test(`may not be "${text}"`, () => {
      assert.throws(() => parseAddress(text), { name: 'RangeError', message: /is not an address such as :8080/ });
    });
  }
});

describe('A server', () => {
  test('answers its routes with GET, and nothing else', async () => {
    const ok = () => ({ status: 200, contentType: 'text/plain', body: 'ok' });
    const failing = () => Promise.reject(new Error('broken'));
    const server = await serve('127.0.0.1:0', { '/healthz': ok, '/broken': failing });
    const get = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${server.port}${path}`, { method });
    try {
      const answer = await get('/healthz?verbose');
      assert.deepEqual(
        [answer.status, await answer.text(), answer.headers.get('content-type')],
        [200, 'ok', 'text/plain'],
      );
      assert.equal((await get('/other')).status, 404);
      assert.equal((await get('/healthz', 'POST')).status, 404);
      await assert.rejects(get('/broken'));
      assert.equal((await get('/healthz')).status, 200);
    } finally {
      await server.close();
    }
  });

  test('says that an address is taken', async () => {
    const first = await serve('127.0.0.1:0', {});
    await assert.rejects(serve(`127.0.0.1:${first.port}`, {}), { code: 'EADDRINUSE' });
    await first.close();
  });
});
