// Where the credentials come from and when they are read again.

import assert from 'node:assert/strict';
import { mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { inClusterAccess, kubeconfigAccess, staticAccess } from './access.ts';
import { FakeClock } from './clock.ts';

async function aServiceAccount(t: TestContext) {
  const dir = await mkdtemp(join(tmpdir(), 'access-'));
  t.after(() => rm(dir, { recursive: true }));
  const put = (name: string, content: string) => writeFile(join(dir, name), content);
  await put('token', 'one\n');
  await put('ca.crt', 'CA 1');
  await put('namespace', 'data');
  const clock = new FakeClock();
  const access = await inClusterAccess({ host: '10.0.0.1', port: '443', dir, clock });
  return { dir, put, clock, access };
}

describe('access from inside a Pod', () => {
  test('takes token, CA and namespace from the service account', async (t) => {
    const { access } = await aServiceAccount(t);
    assert.equal(access.server, 'https://10.0.0.1:443');
    assert.equal(access.namespace, 'data');
    assert.deepEqual(await access.credentials(), { headers: { authorization: 'Bearer one' }, tls: { ca: 'CA 1' } });
  });

  test('writes an IPv6 address in brackets', async (t) => {
    const { dir } = await aServiceAccount(t);
    assert.equal((await inClusterAccess({ host: 'fd00::1', port: '443', dir })).server, 'https://[fd00::1]:443');
  });

  test('reads a rotated token after a minute, or at once when it was refused', async (t) => {
    const { access, put, clock } = await aServiceAccount(t);
    await put('token', 'two');
    assert.equal((await access.credentials()).headers['authorization'], 'Bearer one');
    await clock.advance(60_000);
    assert.equal((await access.credentials()).headers['authorization'], 'Bearer two');
    await put('token', 'three');
    assert.equal((await access.credentials(true)).headers['authorization'], 'Bearer three');
  });

  test('keeps what it has while a file is missing or empty', async (t) => {
    const { access, dir, put } = await aServiceAccount(t);
    await unlink(join(dir, 'token'));
    assert.equal((await access.credentials(true)).headers['authorization'], 'Bearer one');
    await put('token', '');
    assert.equal((await access.credentials(true)).headers['authorization'], 'Bearer one');
    await put('token', 'two');
    assert.equal((await access.credentials(true)).headers['authorization'], 'Bearer two');
  });

  test('gives the same TLS material until it really changes, so that connections are kept', async (t) => {
    const { access, put } = await aServiceAccount(t);
    const { tls } = await access.credentials();
    assert.equal((await access.credentials(true)).tls, tls);
    await put('ca.crt', 'CA 2');
    const rotated = (await access.credentials(true)).tls;
    assert.notEqual(rotated, tls);
    assert.equal(rotated.ca, 'CA 2');
  });

  test('fails at the start when there is no service account', async () => {
    await assert.rejects(inClusterAccess({ host: 'h', port: '1', dir: '/nonexistent' }), { code: 'ENOENT' });
  });
});

describe('access by kubeconfig', () => {
  const config = (server: string) => `
apiVersion: v1
kind: Config
current-context: one
clusters:
  - name: c
    cluster: {server: "${server}", certificate-authority-data: ${Buffer.from('CA').toString('base64')}}
users:
  - name: token
    user: {token: secret}
  - name: cert
    user: {client-certificate-data: ${Buffer.from('CERT').toString('base64')}, client-key-data: ${Buffer.from('KEY').toString('base64')}}
contexts:
  - name: one
    context: {cluster: c, user: token, namespace: data}
  - name: two
    context: {cluster: c, user: cert}
`;

  async function aKubeconfig(t: TestContext, server = 'https://127.0.0.1:6443/'): Promise<string> {
    const dir = await mkdtemp(join(tmpdir(), 'access-'));
    t.after(() => rm(dir, { recursive: true }));
    await writeFile(join(dir, 'config'), config(server));
    return join(dir, 'config');
  }

  test('takes server, CA, token and namespace of the current context', async (t) => {
    const access = await kubeconfigAccess(await aKubeconfig(t));
    assert.equal(access.server, 'https://127.0.0.1:6443');
    assert.equal(access.namespace, 'data');
    assert.deepEqual(await access.credentials(), { headers: { authorization: 'Bearer secret' }, tls: { ca: 'CA' } });
  });

  test('takes the certificate of another context', async (t) => {
    const access = await kubeconfigAccess(await aKubeconfig(t), { context: 'two' });
    assert.equal(access.namespace, 'default');
    const { headers, tls } = await access.credentials();
    assert.deepEqual([headers, tls], [{}, { ca: 'CA', cert: 'CERT', key: 'KEY' }]);
  });

  test('never sends a token without TLS', async (t) => {
    const path = await aKubeconfig(t, 'http://127.0.0.1:8080');
    await assert.rejects(kubeconfigAccess(path), /not https|HTTP protocol is not allowed/);
    assert.throws(() => staticAccess('http://x', { headers: { authorization: 'Bearer x' }, tls: {} }), /not https/);
  });

  test('says which context names no cluster', async (t) => {
    await assert.rejects(kubeconfigAccess(await aKubeconfig(t), { context: 'three' }), /"three" names no cluster/);
  });
});
