// Certificates of the webhooks under way, with two processes behind one address: not one request fails while certificate and authority
// change, while the leader ends in the middle of it, and while the Secret is lost. Asked all the time, by the API server itself and by a
// caller who opens a connection for each request and trusts what the CRD said a while ago.

import assert from 'node:assert/strict';
import { request } from 'node:https';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { annotations } from '../../api/v1/labels.ts';
import { type Secret, secrets } from '../../pkg/kube/resources.ts';
import type { Operator } from '../../pkg/operator/operator.ts';
import { createCertificateAuthority, issueCertificate } from '../../pkg/pki/issue.ts';
import { bundleContains, splitPem } from '../../pkg/pki/pem.ts';
import { trustedBy } from '../../pkg/webhook/trust.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import { runOperator } from '../lab/operator.ts';
import { until } from '../lab/until.ts';
import { type Balancer, startBalancer } from './balancer.ts';
import { configurationType, definitionType, install, webhookArguments } from './scene.ts';

/** Far more than the API server takes to follow its CRD, and than the caller below is behind: at most twice `behindMs`. */
const webhookSettleMs = 5_000;
const behindMs = 500;
const secret = { namespace: 'default', name: 'nifi-operator-webhook-tls' };
const collection = '/apis/datadynamics.io/v1alpha1/namespaces/default/nificlusters';
const failures: string[] = [];
const asked = { byApiServer: 0, directly: 0 };
let lab: Lab;
let balancer: Balancer;
let operators: Operator[] = [];
let callers: readonly Promise<void>[] = [];
let stopping = new AbortController();

before(async () => {
  lab = await startLab();
  balancer = await startBalancer();
  for (const identity of ['one', 'two']) operators.push(await process(identity));
  balancer.lead(operators.map(({ ports }) => ports.webhook ?? 0));
  await install(lab.client, balancer.port);
  // The second process learns of the certificate by its own watch.
  await until('both processes serve', async () => (await Promise.all(operators.map(isServing))).every(Boolean));
  startAsking();
});
after(async () => {
  await stopAsking();
  for (const operator of operators) await operator.stop();
  await balancer.close();
  await lab.stop();
});

function process(identity: string, ...more: readonly string[]): Promise<Operator> {
  const election = ['--leader-election', 'true', '--leader-election-namespace', 'default'];
  const { kubeconfig } = lab.controlPlane;
  const given = [...webhookArguments, ...election, ...more];
  return runOperator(kubeconfig, given, [], { identity, absentMs: 500, webhookSettleMs });
}

function startAsking(): void {
  failures.length = 0;
  stopping = new AbortController();
  callers = [askTheApiServer(stopping.signal), askDirectly(stopping.signal)];
}

async function stopAsking(): Promise<void> {
  stopping.abort();
  await Promise.all(callers);
}

async function isServing({ ports }: Operator): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${ports.health}/readyz`);
  return response.ok;
}

async function askTheApiServer(signal: AbortSignal): Promise<void> {
  const spec = { replicas: 2, version: '2.6.0' };
  const body = { apiVersion: 'datadynamics.io/v1alpha1', kind: 'NiFiCluster', metadata: { name: 'probe' }, spec };
  while (!signal.aborted) {
    try {
      await lab.client.raw('POST', collection, { body, query: { dryRun: 'All' } });
      asked.byApiServer += 1;
    } catch (error) {
      failures.push(`by the API server: ${(error as Error).message}`);
    }
    await sleep(50);
  }
}

async function askDirectly(signal: AbortSignal): Promise<void> {
  let trusted = await trustNow();
  let next = trusted;
  let readAt = performance.now();
  while (!signal.aborted) {
    if (performance.now() - readAt > behindMs) {
      [trusted, next] = [next, await trustNow()];
      readAt = performance.now();
    }
    try {
      assert.equal(await convertNothing(trusted), 200);
      asked.directly += 1;
    } catch (error) {
      failures.push(`directly: ${(error as Error).message}`);
    }
    await sleep(50);
  }
}

async function trustNow(): Promise<string> {
  const crd = await lab.client.get(definitionType, { namespace: '', name: 'nificlusters.datadynamics.io' });
  return crd === undefined ? '' : trustedBy(crd);
}

function convertNothing(ca: string): Promise<number | undefined> {
  const body = {
    kind: 'ConversionReview',
    request: { uid: 'u', desiredAPIVersion: 'datadynamics.io/v1', objects: [] },
  };
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port: balancer.port,
      servername: 'localhost',
      path: '/convert',
      method: 'POST',
    };
    const sent = request({ ...options, ca, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    });
    sent.on('error', reject).end(JSON.stringify(body));
  });
}

async function stored(): Promise<Secret> {
  const found = await lab.client.get(secrets, secret);
  assert.ok(found);
  return found;
}

const text = (object: Secret, key: string): string => Buffer.from(object.data?.[key] ?? '', 'base64').toString('utf8');

/** Resolves when there is another authority than this, alone, and everybody trusts exactly it. */
async function untilChangedFrom(authority: string): Promise<void> {
  await until(
    'the new authority stands alone',
    async () => {
      const now = await lab.client.get(secrets, secret);
      if (now === undefined || text(now, 'authority.crt') === authority) return false;
      const trust = text(now, 'ca.crt');
      const webhook = await lab.client.get(configurationType, { namespace: '', name: 'nifi-operator' });
      const given = [await trustNow(), webhook === undefined ? '' : trustedBy(webhook)];
      return splitPem(trust).length === 1 && given.every((each) => each === trust);
    },
    { timeoutMs: 120_000, everyMs: 200 },
  );
}

/** For as long as it takes to ask a few more times. */
async function noneFailed(): Promise<void> {
  const before = { ...asked };
  await until(
    'all were asked again',
    () => asked.byApiServer > before.byApiServer + 5 && asked.directly > before.directly + 5,
  );
  assert.deepEqual(failures, []);
}

test('A certificate that is renewed cuts nobody off', async () => {
  const before = await stored();
  // What is near its end is replaced as what cannot be used is.
  await lab.client.patch(secrets, secret, { data: { 'tls.crt': Buffer.from('worn out').toString('base64') } });
  await until('there is another', async () => {
    const now = text(await stored(), 'tls.crt');
    return now.startsWith('-----BEGIN') && now !== text(before, 'tls.crt');
  });
  assert.equal(text(await stored(), 'authority.crt'), text(before, 'authority.crt'));
  await noneFailed();
});

test('An authority that is replaced cuts nobody off, although the leader ends in the middle', async () => {
  const authority = text(await stored(), 'authority.crt');
  const renew = { [annotations.renewRequestedAt]: new Date().toISOString() };
  await lab.client.patch(secrets, secret, { metadata: { annotations: renew } });
  await until('the next authority is trusted', async () => text(await stored(), 'next-authority.crt') !== '');
  const leader = operators.find(({ manager }) => manager.isLeader);
  assert.ok(leader);
  operators = operators.filter((operator) => operator !== leader);
  balancer.lead(operators.map(({ ports }) => ports.webhook ?? 0));
  await leader.stop();
  await untilChangedFrom(authority);
  await noneFailed();
});

test('A Secret that is lost is made again, and whoever still has the former certificate is trusted meanwhile', async () => {
  const authority = text(await stored(), 'authority.crt');
  await lab.client.delete(secrets, secret);
  await untilChangedFrom(authority);
  await noneFailed();
  assert.ok(asked.byApiServer > 100 && asked.directly > 100, JSON.stringify(asked));
});

/** Whether a caller who trusts nobody else gets an answer. */
async function answersTo(ca: string): Promise<boolean> {
  try {
    return (await convertNothing(ca)) === 200;
  } catch {
    return false;
  }
}

/** As cert-manager writes it: the certificate, its key, and the authority that signed it. */
async function foreignSecret(commonName: string): Promise<Record<string, string>> {
  const now = new Date();
  const ca = await createCertificateAuthority({ commonName, now, validForDays: 2 });
  const usages = ['server'] as const;
  const leaf = await issueCertificate({ ca, commonName, dnsNames: ['localhost'], usages, now, validForDays: 1 });
  const data = { 'tls.crt': leaf.certPem, 'tls.key': leaf.keyPem, 'ca.crt': ca.certPem };
  return Object.fromEntries(Object.entries(data).map(([key, pem]) => [key, Buffer.from(pem).toString('base64')]));
}

test("Somebody else's certificate is served and never written, and another authority of theirs cuts nobody off", async () => {
  await stopAsking();
  for (const operator of operators) await operator.stop();
  await lab.client.delete(secrets, secret);
  const [first, second] = [await foreignSecret('first'), await foreignSecret('second')];
  const object: Secret = { apiVersion: 'v1', kind: 'Secret', metadata: secret, type: 'kubernetes.io/tls', data: first };
  await lab.client.create(secrets, object);
  operators = [await process('three', '--webhook-certificate', 'secret')];
  balancer.lead(operators.map(({ ports }) => ports.webhook ?? 0));
  const ca = text(object, 'ca.crt');
  await until(
    'theirs is served and trusted',
    async () => (await answersTo(ca)) && bundleContains(await trustNow(), ca),
    {
      timeoutMs: 180_000,
    },
  );
  await sleep(2 * behindMs);
  startAsking();
  await lab.client.patch(secrets, secret, { data: second });
  const next = text({ ...object, data: second }, 'ca.crt');
  await until('the second authority is served', () => answersTo(next), { timeoutMs: 180_000, everyMs: 100 });
  await noneFailed();
  assert.deepEqual((await stored()).data, second);
});
