// The keeper over a model API server: whose Secret is written, whom the API server is told to trust, and what is left alone.

import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { annotations } from '../../api/v1/labels.ts';
import type { KubeClient } from '../kube/client.ts';
import { FakeClock } from '../kube/clock.ts';
import { WriteFence } from '../kube/fence.ts';
import { Manager } from '../kube/manager.ts';
import { resource, type Secret, secrets } from '../kube/resources.ts';
import { ModelApi, refusal } from '../kube/testing/model-api.ts';
import type { ResourceType } from '../kube/types.ts';
import { createCertificateAuthority, issueCertificate } from '../pki/issue.ts';
import { bundleContains } from '../pki/pem.ts';
import { addWebhookKeeper, type KeeperOptions } from './keeper.ts';
import { type CustomResourceDefinition, trustedBy, type WebhookConfiguration } from './trust.ts';

const secret = { namespace: 'ops', name: 'webhook-tls' };
const [things, plains, hook] = ['things', 'plains', 'nifi-operator'].map((name) => ({ namespace: '', name })) as [
  Key,
  Key,
  Key,
];
const definitionType = resource<CustomResourceDefinition>(
  'apiextensions.k8s.io/v1',
  'CustomResourceDefinition',
  'customresourcedefinitions',
  false,
);
const hookType = resource<WebhookConfiguration>(
  'admissionregistration.k8s.io/v1',
  'ValidatingWebhookConfiguration',
  'validatingwebhookconfigurations',
  false,
);

interface Key {
  readonly namespace: string;
  readonly name: string;
}

class FencedModel extends ModelApi {
  readonly fence: WriteFence;
  constructor(clock: FakeClock) {
    super();
    this.fence = new WriteFence(clock);
  }
  async close(): Promise<void> {}
}

async function aKeeper(
  t: TestContext,
  given: { readonly source?: KeeperOptions['source']; readonly held?: Secret; readonly unseen?: ResourceType } = {},
) {
  const clock = new FakeClock();
  const api = new FencedModel(clock);
  api.before = ({ type, verb }) => {
    if (type.plural === given.unseen?.plural && ['list', 'watch'].includes(verb))
      throw refusal(403, 'Forbidden', 'may not be watched');
  };
  const [crd, webhook] = [
    { apiVersion: definitionType.apiVersion, kind: definitionType.kind },
    { apiVersion: hookType.apiVersion, kind: hookType.kind },
  ];
  const conversion = { strategy: 'Webhook', webhook: { clientConfig: {} } };
  await api.create(definitionType, { ...crd, metadata: { name: things.name }, spec: { conversion } });
  await api.create(definitionType, {
    ...crd,
    metadata: { name: plains.name },
    spec: { conversion: { strategy: 'None' } },
  });
  await api.create(hookType, {
    ...webhook,
    metadata: { name: hook.name },
    webhooks: [{ name: 'a', clientConfig: {} }],
  });
  if (given.held) await api.create(secrets, given.held);
  const served: string[] = [];
  const told: string[] = [];
  const note = (message: string): void => void told.push(message);
  const manager = new Manager({ client: api as unknown as KubeClient, clock, namespaces: [] });
  t.after(() => manager.stop(0));
  const keeper = addWebhookKeeper(manager, {
    secret,
    source: given.source ?? 'operator',
    dnsNames: ['webhook.ops.svc'],
    definitions: [things.name, plains.name],
    configuration: hook.name,
    // By the machine's own clock, which goes on by itself.
    settleMs: 5,
    server: { setCertificate: ({ certPem }) => void served.push(certPem) },
    logger: { debug: note, info: note, warn: note, error: note },
  });
  const started = manager.start();
  // Certificates are made by another thread: no clock of ours tells when.
  const until = async (is: () => boolean): Promise<void> => {
    for (const end = performance.now() + 10_000; performance.now() < end && !is(); ) await clock.advance(1_000);
    assert.ok(is(), told.join('\n'));
  };
  /** For as long as some steps would take, and more. */
  const rest = async (): Promise<void> => {
    for (const end = performance.now() + 50; performance.now() < end; ) await clock.advance(1_000);
  };
  await until(() => manager.isLeader);
  await started;
  const byHook = (): string => textOf(api.peek(hookType, hook));
  const byThings = (): string => textOf(api.peek(definitionType, things));
  return { api, clock, keeper, served, told, until, rest, byHook, byThings };
}

function textOf(object: CustomResourceDefinition | WebhookConfiguration | undefined): string {
  return object === undefined ? '' : trustedBy(object);
}

async function foreign(labels: Record<string, string> = {}): Promise<{ readonly held: Secret; readonly ca: string }> {
  const now = new Date();
  const ca = await createCertificateAuthority({ commonName: 'theirs', now, validForDays: 2 });
  const leaf = await issueCertificate({
    ca,
    commonName: 'theirs',
    dnsNames: ['x'],
    usages: ['server'],
    now,
    validForDays: 1,
  });
  const data = Object.entries({ 'tls.crt': leaf.certPem, 'tls.key': leaf.keyPem, 'ca.crt': ca.certPem });
  const encoded = Object.fromEntries(data.map(([key, pem]) => [key, Buffer.from(pem).toString('base64')]));
  return { held: { apiVersion: 'v1', kind: 'Secret', metadata: { ...secret, labels }, data: encoded }, ca: ca.certPem };
}

describe('The keeper of the webhooks', () => {
  test('makes the certificate, serves it, and has its authority trusted where a webhook is asked for', async (t) => {
    const { api, keeper, served, until, rest, byHook, byThings } = await aKeeper(t);
    await until(() => keeper.isServing() && byHook() !== '' && byThings() !== '');
    const authority = Buffer.from(api.peek(secrets, secret)?.data?.['ca.crt'] ?? '', 'base64').toString('utf8');
    assert.deepEqual([byThings(), byHook()], [authority, authority]);
    assert.deepEqual(api.peek(definitionType, plains)?.spec, { conversion: { strategy: 'None' } });
    assert.equal(served.length, 1);
    const written = api.resourceVersion;
    await rest();
    assert.equal(api.resourceVersion, written);
  });

  test('gives the authority again to an object that was put in the place of the one that had it', async (t) => {
    const { api, until, byHook } = await aKeeper(t);
    await until(() => byHook() !== '');
    api.replace(hookType, hook, (object) => ({ ...object, webhooks: [{ name: 'b', clientConfig: {} }] }));
    await until(() => byHook() !== '');
    assert.equal(api.peek(hookType, hook)?.webhooks?.[0]?.name, 'b');
  });

  for (const source of ['operator', 'secret'] as const) {
    test(`never writes a Secret that is somebody else's, and serves what is in it (${source})`, async (t) => {
      const { held, ca } = await foreign({ mine: 'yes' });
      const { api, keeper, told, until, byHook } = await aKeeper(t, { source, held });
      await until(() => keeper.isServing() && byHook() !== '');
      assert.deepEqual(api.peek(secrets, secret)?.data, held.data);
      assert.ok(bundleContains(byHook(), ca));
      assert.equal(
        told.includes("The Secret for the certificate of the webhooks is somebody else's"),
        source === 'operator',
      );
    });
  }

  for (const unseen of [undefined, definitionType]) {
    test(`changes the authority ${unseen ? 'no further while a caller cannot be seen' : 'when asked to'}`, async (t) => {
      const { api, clock, told, until, rest, byHook } = await aKeeper(t, unseen && { unseen });
      await until(() => byHook() !== '');
      await clock.advance(10_000);
      const asked = { [annotations.renewRequestedAt]: clock.now().toISOString() };
      await api.patch(secrets, secret, { metadata: { annotations: asked } });
      const steps = (): number => told.filter((line) => line === 'Wrote the certificate of the webhooks').length;
      await until(() => steps() >= (unseen ? 2 : 4));
      await rest();
      assert.equal(steps(), unseen ? 2 : 4);
    });
  }

  test('waits for a Secret that somebody else is to write, and makes none', async (t) => {
    const { api, keeper, until, rest, byHook } = await aKeeper(t, { source: 'secret' });
    await rest();
    assert.deepEqual([keeper.isServing(), api.peek(secrets, secret)], [false, undefined]);
    await api.create(secrets, (await foreign()).held);
    await until(() => keeper.isServing() && byHook() !== '');
  });
});
