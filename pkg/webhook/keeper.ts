// Keeps the webhooks callable: their certificate in its Secret (made and renewed here, or somebody else's), in the server of every
// process, and its authority in the objects by which the API server calls them. Only the leader writes; every process serves.
// A new authority is given to the API server before anything that it signed is served, and so long before that all have taken it over.
// Surprise: a Secret that is not ours by its label is never written, and an object that asks for no webhook is left alone.

import { annotations, webhookSecretLabels } from '../../api/v1/labels.ts';
import type { KubeApi } from '../kube/api.ts';
import type { Result } from '../kube/controller.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../kube/errors.ts';
import type { Manager } from '../kube/manager.ts';
import type { Logger } from '../kube/metrics.ts';
import type { Source } from '../kube/reflector.ts';
import { resource, type Secret, secrets } from '../kube/resources.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../kube/types.ts';
import { inspectCertificate } from '../pki/inspect.ts';
import { chainsTo, splitPem, trustBundle } from '../pki/pem.ts';
import { parseTimestamp } from '../schema/timestamp.ts';
import {
  type CertificateStep,
  carryOut,
  dueStep,
  type Held,
  isChanging,
  secretKeys,
  type Wanted,
} from './certificates.ts';
import type { WebhookServer } from './server.ts';
import { Stopwatch } from './stopwatch.ts';
import {
  type CustomResourceDefinition,
  callsWebhooks,
  configurationPatch,
  definitionPatch,
  projectDefinition,
  trustedBy,
  type WebhookConfiguration,
} from './trust.ts';

export interface KeeperOptions {
  /** Where the Secret is. */
  readonly secret: ObjectKey;
  /** `operator`: made and renewed here. `secret`: by somebody else; only its authority is passed on. */
  readonly source: 'operator' | 'secret';
  /** Names by which the API server calls the webhooks. */
  readonly dnsNames: readonly string[];
  /** The CRDs with a conversion. */
  readonly definitions: readonly string[];
  readonly configuration: string;
  readonly server: Pick<WebhookServer, 'setCertificate'>;
  readonly logger: Logger;
  /** How long an API server may take to act on what it was given; five minutes when absent. */
  readonly settleMs?: number;
}

const definitionType: ResourceType<CustomResourceDefinition> = resource(
  'apiextensions.k8s.io/v1',
  'CustomResourceDefinition',
  'customresourcedefinitions',
  false,
);
const configurationType: ResourceType<WebhookConfiguration> = resource(
  'admissionregistration.k8s.io/v1',
  'ValidatingWebhookConfiguration',
  'validatingwebhookconfigurations',
  false,
);
const hourMs = 3_600_000;
/** Somebody else's former authorities that are still trusted, at most. */
const mostAuthorities = 4;

export interface Keeper {
  /** Whether there is a certificate to serve with. */
  isServing(): boolean;
  /** Whether there is none yet, and it is for the leader to make it. */
  awaitsFirst(): boolean;
}

export function addWebhookKeeper(manager: Manager, options: KeeperOptions): Keeper {
  const { secret, definitions, configuration } = options;
  const started: { work?: KeeperWork } = {};
  const controller = manager.controller({
    name: 'webhook',
    workers: 1,
    reconcile: async (_, { now }) => started.work?.reconcile(now),
  });
  const named = (name: string) => ({ fieldSelector: `metadata.name=${name}`, optional: true });
  const targets: readonly Target[] = [
    ...definitions.map((name) => {
      const source = manager.reflector(definitionType, { ...named(name), project: projectDefinition });
      return targetOf(source, definitionPatch);
    }),
    targetOf(manager.reflector(configurationType, named(configuration)), configurationPatch),
  ];
  for (const { source } of targets) controller.watch(source, () => [secret]);
  const references = manager.references({
    onChange: () => {
      started.work?.serve();
      controller.enqueue(secret);
    },
  });
  const read = () => references.get(secrets, secret);
  const work = new KeeperWork(manager.client, targets, read, options);
  started.work = work;
  references.track(secret, [{ type: secrets, key: secret }]);
  controller.enqueue(secret);
  return { isServing: () => work.isServing, awaitsFirst: () => work.awaitsFirst };
}

/** An object that says whom the API server trusts. */
interface Target {
  readonly source: Source<KubeObject>;
  readonly patch: (object: KubeObject, trust: string) => object | undefined;
}

function targetOf<T extends KubeObject>(
  source: Source<T>,
  patch: (object: T, trust: string) => object | undefined,
): Target {
  return { source: source as unknown as Source<KubeObject>, patch: patch as Target['patch'] };
}

type ReadSecret = () => { readonly state: 'unknown' | 'missing' | 'present'; readonly object?: Secret | undefined };

class KeeperWork {
  private readonly client: KubeApi;
  private readonly targets: readonly Target[];
  private readonly read: ReadSecret;
  private readonly options: KeeperOptions;
  private readonly settleMs: number;
  private served: { readonly certPem: string; readonly trust: string } | undefined;
  private late: NodeJS.Timeout | undefined;
  private readonly certificateTrusted = new Stopwatch();
  private readonly bundleTrusted = new Stopwatch();

  constructor(client: KubeApi, targets: readonly Target[], read: ReadSecret, options: KeeperOptions) {
    this.client = client;
    this.targets = targets;
    this.read = read;
    this.options = options;
    this.settleMs = options.settleMs ?? 300_000;
  }

  get isServing(): boolean {
    return this.served !== undefined;
  }

  get awaitsFirst(): boolean {
    return this.options.source === 'operator' && this.read().state === 'missing';
  }

  /**
   * Serves what the Secret has. What was signed by an authority that was not trusted before waits until everybody has been told to
   * trust it, and for a while after that.
   */
  serve(): void {
    const { certificate, key, trust = '' } = heldIn(this.read().object);
    clearTimeout(this.late);
    if (certificate === undefined || key === undefined) return;
    if (certificate === this.served?.certPem) {
      this.served = { certPem: certificate, trust };
      return;
    }
    const isKnown = this.served === undefined || leadsTo(certificate, this.served.trust);
    const trustedForMs = this.certificateTrusted.read(certificate, this.isTrustedAuthorityOf(certificate, trust));
    if (isKnown || trustedForMs >= this.settleMs) {
      this.take(certificate, key, trust);
    } else {
      this.late = setTimeout(() => this.serve(), this.settleMs / 5).unref();
    }
  }

  async reconcile(now: Date): Promise<Result | undefined> {
    const { state, object } = this.read();
    if (state === 'unknown') return undefined;
    const held = heldIn(object);
    try {
      if (this.options.source === 'operator' && (await this.keepCertificate(object, held, now))) return undefined;
      await this.passOn(held, now);
    } catch (error) {
      // Another write came between: its event brings us back with what is there now.
      if (!isConflict(error) && !isAlreadyExists(error) && !isNotFound(error)) throw error;
      return { requeueAfterMs: 1_000 };
    }
    return { requeueAfterMs: isChanging(held) ? Math.max(200, this.settleMs / 5) : hourMs };
  }

  private take(certPem: string, keyPem: string, trust: string): void {
    try {
      this.options.server.setCertificate({ certPem, keyPem });
      this.served = { certPem, trust };
      this.options.logger.info('The webhooks have a certificate', { until: inspectCertificate(certPem).notAfter });
    } catch (error) {
      this.options.logger.error('The certificate of the webhooks cannot be used', { error });
    }
  }

  /** Where nobody says whom to trust, whoever wrote the Secret has seen to it. */
  private isTrustedAuthorityOf(certPem: string, trust: string): boolean {
    return trust === '' || this.callers().every((object) => leadsTo(certPem, trustedBy(object)));
  }

  private callers(): readonly KubeObject[] {
    return this.targets.flatMap(({ source }) => source.store.list()).filter(callsWebhooks);
  }

  /** Whether something was written; the write's own event then brings the next step. */
  private async keepCertificate(object: Secret | undefined, held: Held, now: Date): Promise<boolean> {
    const { secret, dnsNames, logger } = this.options;
    if (object !== undefined && !isOurs(object)) {
      logger.error("The Secret for the certificate of the webhooks is somebody else's", { secret: secret.name });
      return false;
    }
    const wanted: Wanted = { dnsNames, renewRequestedAtMs: requestedAt(object) };
    const { settleMs } = this;
    const { trust = '' } = held;
    const trustedForMs = this.bundleTrusted.read(trust, this.isTrusted(trust));
    const step = dueStep(held, wanted, { now, settleMs, trustedForMs });
    if (step === undefined) return false;
    await this.write(object, await carryOut(step, { trust: this.known(now), ...held }, wanted, now));
    logger.info('Wrote the certificate of the webhooks', { step: step satisfies CertificateStep });
    return true;
  }

  private async write(object: Secret | undefined, changes: Held): Promise<void> {
    const data = Object.fromEntries(
      Object.entries(changes).map(([name, text]) => [
        secretKeys[name as keyof Held],
        text === undefined ? null : Buffer.from(text, 'utf8').toString('base64'),
      ]),
    );
    const { secret } = this.options;
    if (object === undefined) {
      const present = Object.fromEntries(Object.entries(data).filter(([, text]) => text !== null)) as Record<
        string,
        string
      >;
      const metadata = { ...secret, labels: webhookSecretLabels() };
      await this.client.create(secrets, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata,
        type: 'kubernetes.io/tls',
        data: present,
      });
      return;
    }
    await this.client.patch(secrets, secret, { data }, versionOf(object));
  }

  /** What cannot be seen may trust somebody else. */
  private isTrusted(trust: string): boolean {
    return this.targets.every(
      ({ source, patch }) =>
        (source.store.synced || source.absent === true) &&
        source.store.list().every((each) => patch(each, trust) === undefined),
    );
  }

  /** Whom the API server trusts already: what these signed may still be served when the Secret is lost. */
  private known(now: Date): string {
    return trustBundle(...this.callers().flatMap((object) => stillValid(trustedBy(object), now)));
  }

  private async passOn(held: Held, now: Date): Promise<void> {
    for (const { source, patch } of this.targets) {
      for (const object of source.store.list()) {
        const trust = this.trustFor(object, held, now);
        const change = trust === '' ? undefined : patch(object, trust);
        if (change === undefined) continue;
        await this.client.patch(source.type, { namespace: '', name: object.metadata.name }, change, versionOf(object));
        this.options.logger.info('Told whom to trust', { kind: object.kind, name: object.metadata.name });
      }
    }
  }

  /** Somebody else may change authority and certificate at once: the former one stays trusted until it ends, so that nobody is cut off. */
  private trustFor(object: KubeObject, { trust = '' }: Held, now: Date): string {
    if (this.options.source === 'operator' || trust === '') return trust;
    return splitPem(trustBundle(trust, ...stillValid(trustedBy(object), now)))
      .slice(0, mostAuthorities)
      .join('');
  }
}

function heldIn(secret: Secret | undefined): Held {
  const entries = Object.entries(secretKeys).flatMap(([name, key]) => {
    const value = secret?.data?.[key];
    return value === undefined || value === '' ? [] : [[name, Buffer.from(value, 'base64').toString('utf8')] as const];
  });
  return Object.fromEntries(entries);
}

function isOurs({ metadata }: Secret): boolean {
  return Object.entries(webhookSecretLabels()).every(([label, value]) => metadata.labels?.[label] === value);
}

function requestedAt(object: Secret | undefined): number | undefined {
  const text = object?.metadata.annotations?.[annotations.renewRequestedAt];
  return text === undefined ? undefined : parseTimestamp(text);
}

function stillValid(bundle: string, now: Date): readonly string[] {
  return splitPem(bundle).filter((pem) => inspectCertificate(pem).notAfter > now);
}

function leadsTo(certPem: string, trust: string): boolean {
  try {
    return chainsTo(certPem, trust);
  } catch {
    return false;
  }
}

function versionOf({ metadata }: KubeObject): { readonly resourceVersion?: string } {
  return metadata.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion };
}
