// What counts as an OIDC provider that NiFi could start with, over HTTP and over TLS with a private authority.

import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { authority, certificateFor } from '../testing/played-node.ts';
import type { TaskContext } from '../types.ts';
import { discover, discovered } from './discovery.ts';

const document = {
  issuer: 'https://id',
  authorization_endpoint: 'https://id/auth',
  token_endpoint: 'https://id/token',
  jwks_uri: 'https://id/jwks',
  userinfo_endpoint: 'https://id/me',
};
const { signal } = new AbortController();

async function asked(url: string, authorities: readonly string[] = []) {
  const result = await discover({ url, authorities }).run({ signal } as TaskContext);
  return discovered({ state: 'done', atMs: 0, ...(result === undefined ? {} : { result }) });
}

describe('A provider', () => {
  let server: Server;
  let answer: { status: number; body: string };
  let url = '';
  before(async () => {
    server = createServer((_, response) =>
      response.writeHead(answer.status, { location: '/elsewhere' }).end(answer.body),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/.well-known/openid-configuration`;
  });
  after(() => server.close());

  test('that names every endpoint answers', async () => {
    answer = { status: 200, body: JSON.stringify(document) };
    assert.equal(await asked(url), 'answers');
  });

  for (const [what, given, because] of [
    ['an error', { status: 503, body: '{}' }, 'answers 503'],
    ['a redirect, which NiFi does not follow', { status: 302, body: '' }, 'answers 302'],
    ['a page', { status: 200, body: '<html>' }, 'answers with something that is no JSON'],
    [
      'null',
      { status: 200, body: 'null' },
      'answers without issuer, authorization_endpoint, token_endpoint, jwks_uri, userinfo_endpoint',
    ],
    [
      'no user info',
      { status: 200, body: JSON.stringify({ ...document, userinfo_endpoint: undefined }) },
      'answers without userinfo_endpoint',
    ],
  ] as const) {
    test(`that gives ${what} is one that NiFi cannot start with`, async () => {
      answer = given;
      assert.deepEqual(await asked(url), { because, answered: true });
    });
  }

  test('that nobody listens for is one that only the operator may not reach', async () => {
    const outcome = await asked('http://127.0.0.1:9/.well-known/openid-configuration');
    assert.ok(
      typeof outcome === 'object' && !outcome.answered && /^does not answer: .*ECONNREFUSED/.test(outcome.because),
    );
  });

  test('of a private authority is trusted with that authority and not without it', async () => {
    const ca = await authority('id');
    const { certPem, keyPem } = await certificateFor(ca, 'id', { dnsNames: ['localhost'] });
    const secure = createSecureServer({ cert: certPem, key: keyPem }, (_, response) => {
      response.end(JSON.stringify(document));
    });
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    const address = `https://localhost:${(secure.address() as AddressInfo).port}/`;
    assert.equal(await asked(address, [ca.certPem]), 'answers');
    const outcome = await asked(address, []);
    assert.ok(typeof outcome === 'object' && !outcome.answered && /certificate/.test(outcome.because));
    secure.close();
  });

  test('that is still being asked is neither', () => {
    assert.equal(discovered({ state: 'running', atMs: 0 }), undefined);
  });
});
