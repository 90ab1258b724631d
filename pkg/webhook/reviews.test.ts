// Reviews through a real HTTPS server: what the API server sends and what it gets, and what bad callers get.

import assert from 'node:assert/strict';
import { Agent, request } from 'node:https';
import { after, before, describe, test } from 'node:test';
import { createCertificateAuthority, issueCertificate } from '../pki/issue.ts';
import { admissionRoute, conversionRoute, type Judgement } from './reviews.ts';
import { serveWebhooks, type WebhookAnswer, type WebhookServer } from './server.ts';

const now = new Date();
const ca = await createCertificateAuthority({ commonName: 'webhook', now, validForDays: 1 });
const issue = () =>
  issueCertificate({ ca, commonName: 'webhook', dnsNames: ['localhost'], usages: ['server'], now, validForDays: 1 });
const errors: unknown[] = [];
const told: WebhookAnswer[] = [];
let judgement: Judgement | Error = { warnings: [] };
let server: WebhookServer;
let agent: Agent;

before(async () => {
  const convert = conversionRoute((object, apiVersion) => {
    if (object['kind'] !== 'Thing') throw new Error('only things are converted');
    return { ...object, apiVersion };
  });
  const judge = admissionRoute(() => {
    if (judgement instanceof Error) throw judgement;
    return judgement;
  });
  const routes = { '/convert': convert, '/validate': { ...judge, largestBytes: 1_000 } };
  server = await serveWebhooks('127.0.0.1:0', {
    routes,
    onError: (_, error) => errors.push(error),
    onAnswer: (answer) => told.push(answer),
  });
  server.setCertificate(await issue());
  agent = new Agent({ ca: ca.certPem, keepAlive: true, servername: 'localhost' });
});
after(async () => {
  agent.destroy();
  await server.close();
});

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
  readonly body: { readonly response?: Readonly<Record<string, unknown>> };
}

function post(path: string, body: unknown, method = 'POST'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: server.port, path, method, agent };
    const sent = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => {
        const isJson = response.headers['content-type'] === 'application/json';
        resolve({ status: response.statusCode, text, body: isJson ? (JSON.parse(text) as Answer['body']) : {} });
      });
    });
    sent.on('error', reject);
    sent.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
}

const thing = (name: string) => ({ apiVersion: 'v1', kind: 'Thing', metadata: { name, namespace: 'data' } });
const conversion = (objects: readonly object[]) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'ConversionReview',
  request: { uid: 'u1', desiredAPIVersion: 'v2', objects },
});
const admission = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: { uid: 'u2', operation: 'CREATE' },
};

describe('A conversion', () => {
  test('answers all objects in their order, under the uid of the request', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `t${index}`);
    const { status, body } = await post('/convert', conversion(names.map(thing)));
    const converted = names.map((name) => ({ ...thing(name), apiVersion: 'v2' }));
    assert.equal(status, 200);
    assert.deepEqual(body.response, { uid: 'u1', convertedObjects: converted, result: { status: 'Success' } });
  });

  test('of something unknown fails as a whole, and names the object', async () => {
    const { body } = await post('/convert', conversion([thing('a'), { ...thing('b'), kind: 'Other' }]));
    const result = { status: 'Failure', message: 'data/b: only things are converted' };
    assert.deepEqual(body.response, { uid: 'u1', result });
  });
});

describe('An admission', () => {
  test('is a yes, with what is to be told', async () => {
    judgement = { warnings: [] };
    assert.deepEqual((await post('/validate', admission)).body.response, { uid: 'u2', allowed: true });
    judgement = { warnings: ['w'.repeat(300), ...Array.from({ length: 20 }, () => 'more')] };
    const { response } = (await post('/validate', admission)).body;
    const warnings = response?.['warnings'] as readonly string[];
    assert.deepEqual([warnings.length, warnings[0]?.length], [8, 256]);
  });

  test('is a no with the reason', async () => {
    judgement = { denied: 'it cannot be', warnings: [] };
    const status = { code: 422, reason: 'Invalid', message: 'it cannot be' };
    assert.deepEqual((await post('/validate', admission)).body.response, { uid: 'u2', allowed: false, status });
  });

  test('that goes wrong is an error of the server, which the API server takes for a yes', async () => {
    judgement = new Error('a secret of the code');
    const { status, text } = await post('/validate', admission);
    assert.deepEqual([status, text], [500, 'an internal error\n']);
    assert.deepEqual(errors, [judgement]);
  });
});

describe('A bad request', () => {
  test('is told what is wrong with it, and the server goes on', async () => {
    const answers = await Promise.all([
      post('/nothing', {}),
      post('/convert', '', 'GET'),
      post('/convert', '{'),
      post('/convert', 'null'),
      post('/convert', admission),
      post('/convert', { kind: 'ConversionReview', request: { uid: 'u' } }),
      post('/validate', { ...admission, padding: 'x'.repeat(2_000) }),
    ]);
    assert.deepEqual(
      answers.map(({ status }) => status),
      [404, 405, 400, 400, 400, 400, 413],
    );
    assert.equal((await post('/convert', conversion([]))).status, 200);
  });
});

test('Every answer is counted: by the webhook, its code, and what the API server was told', async () => {
  const lines = async (...posts: readonly (() => Promise<Answer>)[]): Promise<readonly string[]> => {
    const before = told.length;
    for (const one of posts) await one();
    const news = told.slice(before);
    for (const { durationMs } of news) assert.ok(durationMs > 0 && durationMs < 10_000);
    return news.map(({ webhook, code, result }) => `${webhook} ${code} ${result}`);
  };
  const judged = (by: Judgement | Error) => () => {
    judgement = by;
    return post('/validate', admission);
  };
  const counted = await lines(
    () => post('/convert', conversion([thing('a')])),
    () => post('/convert', conversion([{ ...thing('b'), kind: 'Other' }])),
    judged({ warnings: [] }),
    judged({ denied: 'it cannot be', warnings: [] }),
    judged(new Error('a fault')),
    () => post('/convert', '{'),
    () => post('/nothing', {}),
    () => post('/toString', {}),
  );
  assert.deepEqual(counted, [
    '/convert 200 converted',
    '/convert 200 failed',
    '/validate 200 allowed',
    '/validate 200 denied',
    '/validate 500 error',
    '/convert 400 refused',
    'other 404 refused',
    'other 404 refused',
  ]);
});

test('A new certificate serves the next connection, and one that is no certificate is refused', async () => {
  const fresh = await issue();
  server.setCertificate(fresh);
  assert.throws(() => server.setCertificate({ certPem: 'x', keyPem: 'y' }));
  assert.equal((await post('/convert', conversion([]))).status, 200);
});
