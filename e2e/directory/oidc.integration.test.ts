// The OIDC settings of a NiFiCluster against a real, certified provider: the operator's question whether it answers, and a log-in by the
// code flow with exactly what a node is rendered with.

import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { parse } from 'dot-properties';
import { Provider } from 'oidc-provider';
import type { NiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import { renderNodeConfig } from '../../controllers/nificluster/build/config/render.ts';
import { aWorld } from '../../controllers/nificluster/plan/testing.ts';
import { signInOf, withSignIn } from '../../controllers/nificluster/sign-in.ts';
import { aCluster, nodeOf, references } from '../../controllers/nificluster/testing.ts';
import { discover, discovered } from '../../pkg/nifi/tasks/discovery.ts';
import { authority, certificateFor } from '../../pkg/nifi/testing/played-node.ts';
import type { TaskContext } from '../../pkg/nifi/types.ts';
import { logIn } from './played-oidc.ts';

type Oidc = NonNullable<NonNullable<NiFiClusterSpec['auth']>['oidc']>;

const redirectUri = 'https://nifi.example.com/nifi-api/access/oidc/callback';
const secret = 'client secret & more = +%';

describe('OIDC against a real provider', () => {
  let server: Server;
  let caPem = '';
  let issuer = '';

  before(async () => {
    const ca = await authority('provider');
    const { certPem, keyPem } = await certificateFor(ca, 'localhost', { dnsNames: ['localhost'] });
    caPem = ca.certPem;
    const serve: { callback?: ReturnType<Provider['callback']> } = {};
    server = createServer({ cert: certPem, key: keyPem }, (asked, response) => serve.callback?.(asked, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    issuer = `https://localhost:${(server.address() as AddressInfo).port}`;
    serve.callback = new Provider(issuer, {
      clients: [{ client_id: 'nifi', client_secret: secret, redirect_uris: [redirectUri] }],
      claims: { openid: ['sub'], email: ['email'], profile: ['preferred_username'], groups: ['groups'] },
      scopes: ['openid', 'email', 'profile', 'groups', 'offline_access'],
      findAccount: (_: unknown, id: string) => ({
        accountId: id,
        claims: () => ({ sub: id, email: `${id}@example.com`, preferred_username: id, groups: ['devs', 'ops'] }),
      }),
    }).callback();
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const oidcWith = (change: Partial<Oidc> = {}): Oidc => ({
    discoveryUrl: `${issuer}/.well-known/openid-configuration`,
    clientId: 'nifi',
    clientSecretRef: { name: 'client' },
    caSecretRef: { name: 'ca' },
    ...change,
  });

  /** As a node of this spec has them: the public part with the Secret part behind it. */
  function propertiesOf(oidc: Oidc): Readonly<Record<string, string>> {
    const found = references({ 'Secret/client': { clientSecret: secret }, 'Secret/ca': { 'ca.crt': caPem } });
    const { cluster } = aCluster().withSpec({ auth: { oidc } }).validated();
    const state = signInOf(cluster, { world: aWorld(aCluster()).world, references: found, key: 'key', drawn: '' });
    assert.deepEqual(state.findings, []);
    const { files, secretFiles } = renderNodeConfig(nodeOf(withSignIn(cluster, state), 0).inputs.config);
    return parse(`${files['nifi.properties']}\n${secretFiles['nifi.properties']}`) as Record<string, string>;
  }

  test('is found to answer as NiFi needs it, with its authority and not without', async () => {
    const asked = async (authorities: readonly string[]) => {
      const task = discover({ url: oidcWith().discoveryUrl, authorities });
      const result = await task.run({ signal: new AbortController().signal } as TaskContext);
      return discovered({ state: 'done', atMs: 0, ...(result === undefined ? {} : { result }) });
    };
    assert.equal(await asked([caPem]), 'answers');
    const without = await asked([]);
    assert.ok(typeof without === 'object' && !without.answered && /certificate/.test(without.because));
  });

  test('lets somebody in under the claim that the spec names, with the groups of the token', async () => {
    const oidc = oidcWith({ additionalScopes: ['profile', 'groups'], claimIdentifyingUser: 'preferred_username' });
    assert.deepEqual(await logIn(propertiesOf(oidc), [caPem], redirectUri, 'ann'), {
      identity: 'ann',
      groups: ['devs', 'ops'],
    });
  });

  test('lets somebody in by the e-mail address where nothing else is said, without groups that were not asked for', async () => {
    assert.deepEqual(await logIn(propertiesOf(oidcWith()), [caPem], redirectUri, 'ben'), {
      identity: 'ben@example.com',
      groups: [],
    });
  });

  test('takes the first claim that there is', async () => {
    const oidc = oidcWith({ claimIdentifyingUser: 'upn', fallbackClaims: ['nickname', 'sub'] });
    assert.equal((await logIn(propertiesOf(oidc), [caPem], redirectUri, 'eve')).identity, 'eve');
  });

  test('refuses a client whose secret is another one', async () => {
    const wrong = { ...propertiesOf(oidcWith()), 'nifi.security.user.oidc.client.secret': 'another' };
    await assert.rejects(logIn(wrong, [caPem], redirectUri, 'ann'), /invalid_client/);
  });
});
