// Each kind of log-in end to end, with a real API server, the entry script and the stand-in NiFi: who gets in and what they may do then,
// what restarts and what does not, and that no secret is to be read anywhere but in Secrets.

import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { compareSync } from 'bcryptjs';
import { hostName } from '../../api/v1/labels.ts';
import type { ClusterHandle } from '../../e2e/lab/cluster.ts';
import { until } from '../../e2e/lab/until.ts';
import type { NodeConfig } from '../../e2e/nifi/config/node-config.ts';
import { configMaps, events, pods, secrets } from '../../pkg/kube/resources.ts';
import { putSecret, refused, type Stage, startStage, told, undisturbed } from './bad-input.fixture.ts';
import { decode } from './projections.ts';

const long = { timeoutMs: 120_000 };
const directory: Readonly<Record<string, string>> = { ann: 'directory-password' };

/** As NiFi does: bcrypt for a single user, the directory for everybody else. */
function checkLogin({ login }: NodeConfig, username: string, password: string): boolean {
  if (login.kind !== 'single-user') return directory[username] === password;
  return login.username === username && compareSync(password, login.passwordHash);
}

describe('Log-in', { concurrency: 4 }, () => {
  let stage: Stage;
  let provider: Server;
  let broken = false;

  before(async () => {
    stage = await startStage({ auditLevel: 'Metadata', nifi: { checkLogin } });
    provider = createServer((_, response) => {
      const names = ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint'];
      const document = Object.fromEntries(['issuer', ...names].map((name) => [name, 'http://127.0.0.1/']));
      response.writeHead(broken ? 503 : 200).end(JSON.stringify(document));
    });
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  });
  after(async () => {
    provider.close();
    await stage.stop();
  });

  interface Asked {
    readonly method?: 'GET' | 'POST';
    readonly path: string;
    readonly form?: Readonly<Record<string, string>>;
    readonly token?: string;
  }

  /** As a browser does: over TLS, without a certificate of its own. */
  async function ask(cluster: ClusterHandle, { method = 'GET', path, form, token }: Asked) {
    const host = hostName('prod', 0, cluster.namespace);
    const ca = decode((await stage.lab.client.get(secrets, cluster.key('prod-ca')))?.data?.['tls.crt'] ?? '');
    const ip = (await cluster.pod(0))?.status?.podIP ?? '';
    const body = form && new URLSearchParams({ ...form }).toString();
    const headers = {
      host: `${host}:8443`,
      ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    return await new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
      const asked = request({
        host: ip,
        port: 8443,
        servername: host,
        ca,
        method,
        path: `/nifi-api${path}`,
        headers,
        agent: false,
      });
      asked.once('error', reject);
      asked.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      asked.end(body);
    });
  }

  const logIn = (cluster: ClusterHandle, username: string, password: string) =>
    ask(cluster, { method: 'POST', path: '/access/token', form: { username, password } });

  /** What NiFi lets somebody do who has logged in, once the operator has given the policies. */
  async function administers(cluster: ClusterHandle, username: string, password: string): Promise<void> {
    const { status, text: token } = await logIn(cluster, username, password);
    assert.equal(status, 201, token);
    await until(
      `${username} is an administrator`,
      async () => {
        const answer = await ask(cluster, { path: '/flow/current-user', token });
        if (answer.status !== 200) return false;
        const user = JSON.parse(answer.text) as Readonly<Record<string, { readonly canWrite?: boolean } | undefined>>;
        return [
          'tenantsPermissions',
          'policiesPermissions',
          'controllerPermissions',
          'parameterContextPermissions',
        ].every((kind) => user[kind]?.canWrite === true);
      },
      long,
    );
    const root = await ask(cluster, { path: '/process-groups/root', token });
    assert.equal(root.status, 200, root.text);
  }

  /** Everything that somebody may read who may not read Secrets. */
  async function assertUnseen(cluster: ClusterHandle, ...texts: readonly string[]): Promise<void> {
    const seen = [
      await cluster.get(),
      ...(await cluster.list(configMaps)),
      ...(await cluster.list(pods)),
      ...(await stage.lab.client.list(events, { namespace: cluster.namespace })).items,
      ...stage.log,
    ];
    const all = JSON.stringify(seen);
    for (const text of texts) assert.ok(!all.includes(text), `${text.slice(0, 4)}… is to be seen`);
  }

  const secretOf = async (cluster: ClusterHandle, name: string): Promise<Readonly<Record<string, string>>> => {
    const { data = {} } = (await stage.lab.client.get(secrets, cluster.key(name))) ?? {};
    return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, decode(text)]));
  };

  test('by a single user whose password was generated lets an administrator in, and the Secret is named in status', async () => {
    const cluster = await stage.cluster('single-generated', { auth: { singleUser: {} } });
    const { status } = await cluster.ready(long);
    assert.equal(status?.singleUserSecret, 'prod-single-user');
    const { username = '', password = '', passwordHash = '' } = await secretOf(cluster, 'prod-single-user');
    await administers(cluster, username, password);
    assert.equal((await logIn(cluster, username, 'another password')).status, 400);
    await assertUnseen(cluster, password, passwordHash);
  });

  test('by a single user of a Secret restarts for another password, and for nothing else in that Secret', async () => {
    const cluster = await stage.cluster('single-given', { auth: { singleUser: { secretRef: { name: 'user' } } } });
    assert.match(await told(cluster, 'ReferenceMissing'), /Secret user \(spec\.auth\.singleUser\.secretRef\)/);
    await putSecret(stage.lab, cluster, 'user', { username: 'ann', password: 'too short' });
    assert.match(await told(cluster, 'ReferenceInvalid'), /fewer than 12 characters/);
    await putSecret(stage.lab, cluster, 'user', { username: 'ann', password: 'the first password' });
    await cluster.ready(long);
    await administers(cluster, 'ann', 'the first password');
    await undisturbed(stage.lab, cluster, [0], async () => {
      await putSecret(stage.lab, cluster, 'user', { username: 'ann', password: 'the first password', note: 'x' });
      await stage.restartOperator(async () => undefined);
      await cluster.ready(long);
    });
    const { uid } = (await cluster.pod(0))?.metadata ?? {};
    await putSecret(stage.lab, cluster, 'user', { username: 'ann', password: 'the second password' });
    await until('the node was restarted', async () => (await cluster.pod(0))?.metadata.uid !== uid, long);
    await cluster.ready(long);
    await until(
      'the second password counts',
      async () => (await logIn(cluster, 'ann', 'the second password').catch(() => undefined))?.status === 201,
      long,
    );
    assert.equal((await logIn(cluster, 'ann', 'the first password')).status, 400);
    await assertUnseen(cluster, 'the first password', 'the second password');
  });

  test('by LDAP lets in whom the directory knows, with the access that the spec gives', async () => {
    const ldap = {
      url: 'ldap://ldap.example.com:389',
      searchBase: 'ou=people,dc=example,dc=com',
      searchFilter: '(uid={0})',
      bind: { dn: 'cn=nifi,dc=example,dc=com', passwordSecretRef: { name: 'bind' } },
      userGroups: { userIdentityAttribute: 'uid' },
    } as const;
    const cluster = await stage.cluster('ldap', { auth: { ldap }, access: { admins: [{ user: 'ann' }] } });
    assert.match(await told(cluster, 'ReferenceMissing'), /Secret bind/);
    await putSecret(stage.lab, cluster, 'bind', { password: 'bind-password-4711' });
    await cluster.ready(long);
    await administers(cluster, 'ann', 'directory-password');
    assert.equal((await logIn(cluster, 'ben', 'directory-password')).status, 400);
    await assertUnseen(cluster, 'bind-password-4711');
    await cluster.patch({ spec: { access: null } });
    const { text: token } = await logIn(cluster, 'ann', 'directory-password');
    await until(
      'ann may do nothing more',
      async () => (await ask(cluster, { path: '/flow/current-user', token })).status === 403,
      long,
    );
  });

  test('by OIDC is configured once the provider answers; one that does not is told, and what runs goes on', async () => {
    const oidc = {
      discoveryUrl: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/.well-known/openid-configuration`,
      clientId: 'nifi',
      clientSecretRef: { name: 'client' },
    } as const;
    const cluster = await stage.cluster('oidc');
    await putSecret(stage.lab, cluster, 'client', { clientSecret: 'client-secret-4711' });
    await cluster.ready(long);
    broken = true;
    await undisturbed(stage.lab, cluster, [0], async () => {
      await cluster.patch({ spec: { auth: { oidc } } });
      assert.match(
        await told(cluster, 'DiscoveryFailed'),
        /NiFi would not start: .*answers 503\. No node is restarted/,
      );
    });
    broken = false;
    await cluster.ready(long);
    const { text } = await ask(cluster, { path: '/authentication/configuration' });
    assert.match(text, /"externalLoginRequired":true/);
    await assertUnseen(cluster, 'client-secret-4711');
  });

  test('of two kinds at once, and by a filter without a place for the name, is refused by admission', async () => {
    const cluster = await stage.cluster('two-kinds');
    const ldap = {
      url: 'ldap://l',
      authenticationStrategy: 'ANONYMOUS',
      searchBase: 'ou=p',
      searchFilter: '(uid={0})',
    };
    const both = { auth: { singleUser: {}, ldap } };
    assert.match(await refused(cluster.patch({ spec: both })), /one of singleUser, ldap and oidc/);
    const filter = { auth: { ldap: { ...ldap, searchFilter: '(uid=*)' } } };
    assert.match(await refused(cluster.patch({ spec: filter })), /searchFilter needs the placeholder/);
  });
});
