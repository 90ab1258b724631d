// Whether a sensitive value is the one that NiFi has, although NiFi never tells it: by keyed digests (HMAC-SHA256) of what was
// written, kept with their key in a Secret of the object's own. No value and no digest of one is ever in a status, an event or a log.
// Surprise: before a value is written its digest is taken out, and put in afterwards: a crash in between has the value written
// again, never taken for written. A Secret that somebody deletes has all values written once more.
// The same Secret keeps where in NiFi an object is, for kinds whose line there does not stay.

import { createHmac, randomBytes } from 'node:crypto';
import { digestSecretLabels, digestSecretName } from '../../api/v1/labels.ts';
import type { KubeApi } from '../../pkg/kube/api.ts';
import { controllerReference } from '../../pkg/kube/mapping.ts';
import { type Secret, secrets } from '../../pkg/kube/resources.ts';
import type { KubeObject } from '../../pkg/kube/types.ts';

const fields = { key: 'key', digests: 'digests.json', place: 'place.json' } as const;

interface Kept {
  readonly key: Buffer;
  readonly written: Readonly<Record<string, string>>;
  readonly place?: PlaceInNiFi;
}

/** Where an object is in NiFi, for kinds whose line in NiFi somebody may overwrite. */
export interface PlaceInNiFi {
  readonly id: string;
  /** Names of what we may have set there. */
  readonly sets: readonly string[];
}

/** Reads each object's Secret once in the life of the process: nobody else writes it. */
export class DigestKeeper {
  private readonly client: Pick<KubeApi, 'get' | 'apply'>;
  private readonly kept = new Map<string, Kept>();

  constructor(client: Pick<KubeApi, 'get' | 'apply'>) {
    this.client = client;
  }

  /** The names whose values are not known to be in NiFi. */
  async stale(owner: KubeObject, values: ReadonlyMap<string, string>): Promise<ReadonlySet<string>> {
    const { key, written } = await this.of(owner);
    return new Set([...values].flatMap(([name, value]) => (written[name] === digest(key, name, value) ? [] : [name])));
  }

  /** To be called, and awaited, before the values of these names are written to NiFi. */
  async writing(owner: KubeObject, names: Iterable<string>): Promise<void> {
    const kept = await this.of(owner);
    const gone = new Set(names);
    const written = Object.fromEntries(Object.entries(kept.written).filter(([name]) => !gone.has(name)));
    if (Object.keys(written).length < Object.keys(kept.written).length) await this.keep(owner, { ...kept, written });
  }

  /** These values, and no others, are in NiFi now. */
  async wrote(owner: KubeObject, values: ReadonlyMap<string, string>): Promise<void> {
    const kept = await this.of(owner);
    const written = Object.fromEntries([...values].map(([name, value]) => [name, digest(kept.key, name, value)]));
    if (textOf(written) !== textOf(kept.written)) await this.keep(owner, { ...kept, written });
  }

  /** What was kept last. */
  async place(owner: KubeObject): Promise<PlaceInNiFi | undefined> {
    return (await this.of(owner)).place;
  }

  async keepPlace(owner: KubeObject, { id, sets }: PlaceInNiFi): Promise<void> {
    const kept = await this.of(owner);
    const place = { id, sets: [...sets].toSorted() };
    if (JSON.stringify(place) !== JSON.stringify(kept.place)) await this.keep(owner, { ...kept, place });
  }

  /** Stands for a text that may hold such values where these must not be; another text has another seal. */
  async seal(owner: KubeObject, text: string): Promise<string> {
    const { key } = await this.of(owner);
    return digest(key, '', text);
  }

  forget(uid: string | undefined): void {
    this.kept.delete(uid ?? '');
  }

  private async of(owner: KubeObject): Promise<Kept> {
    const uid = owner.metadata.uid ?? '';
    const known = this.kept.get(uid);
    if (known !== undefined) return known;
    const secret = await this.client.get(secrets, secretKey(owner));
    // Another object may have been looking at the same Secret meanwhile, and a newer one may be kept.
    const kept = this.kept.get(uid) ?? read(secret);
    this.kept.set(uid, kept);
    return kept;
  }

  private async keep(owner: KubeObject, kept: Kept): Promise<void> {
    await this.client.apply(secrets, secretOf(owner, kept), { force: true });
    this.kept.set(owner.metadata.uid ?? '', kept);
  }
}

function read(secret: Secret | undefined): Kept {
  const key = Buffer.from(secret?.data?.[fields.key] ?? '', 'base64');
  if (key.length < 32) return { key: randomBytes(32), written: {} };
  const place = placeIn(parsed(secret, fields.place));
  return { key, written: textsIn(parsed(secret, fields.digests)), ...(place && { place }) };
}

function parsed(secret: Secret | undefined, field: string): unknown {
  try {
    return JSON.parse(Buffer.from(secret?.data?.[field] ?? '', 'base64').toString());
  } catch {
    // Not what we wrote: nothing is known to be in NiFi.
    return undefined;
  }
}

function textsIn(value: unknown): Readonly<Record<string, string>> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function placeIn(value: unknown): PlaceInNiFi | undefined {
  if (typeof value !== 'object' || value === null || !('id' in value) || !('sets' in value)) return undefined;
  const { id, sets } = value;
  if (typeof id !== 'string' || !Array.isArray(sets)) return undefined;
  return { id, sets: sets.filter((each) => typeof each === 'string') };
}

function secretKey({ metadata }: KubeObject): { readonly namespace: string; readonly name: string } {
  return { namespace: metadata.namespace ?? '', name: digestSecretName(metadata.uid ?? '') };
}

function secretOf(owner: KubeObject, { key, written, place }: Kept): Secret {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { ...secretKey(owner), labels: digestSecretLabels(), ownerReferences: [controllerReference(owner)] },
    data: {
      [fields.key]: key.toString('base64'),
      [fields.digests]: base64(textOf(written)),
      ...(place && { [fields.place]: base64(JSON.stringify(place)) }),
    },
  };
}

function digest(key: Buffer, name: string, value: string): string {
  // The name is part of it: two names with one value must not be seen to have it.
  return createHmac('sha256', key)
    .update(JSON.stringify([name, value]))
    .digest('base64url');
}

function textOf(written: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(written).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}
