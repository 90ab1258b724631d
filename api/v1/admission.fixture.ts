// A real API server that knows the CRDs of config/crd, for tests of what it lets in. Every answer is an accepted object or the words
// of the refusal; anything else the server says (a 500, no answer) is thrown, so no test can take it for a refusal.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { type ControlPlane, startControlPlane } from '../../e2e/controlplane/controlplane.ts';
import { staticAccess } from '../../pkg/kube/access.ts';
import { KubeClient } from '../../pkg/kube/client.ts';
import { KubeApiError } from '../../pkg/kube/errors.ts';
import { crdYaml } from '../../pkg/schema/crd.ts';
import type { CustomResource } from '../../pkg/schema/kind.ts';
import type { Json } from '../../pkg/schema/structural.ts';
import { nifiCluster } from './nificluster.schema.ts';

export type Spec = Readonly<Record<string, unknown>>;

export interface Stored {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly spec: Readonly<Record<string, Json>>;
}

export type Verdict =
  | { readonly accepted: true; readonly object: Stored }
  | { readonly accepted: false; readonly message: string };

const crds = join(import.meta.dirname, '../../config/crd');

export class Admission {
  readonly plane: ControlPlane;
  readonly client: KubeClient;
  private readonly collection: string;
  private readonly head: { readonly apiVersion: string; readonly kind: string };

  constructor(plane: ControlPlane, client: KubeClient, kind: CustomResource = nifiCluster) {
    this.plane = plane;
    this.client = client;
    this.collection = collectionOf(kind);
    this.head = { apiVersion: `${kind.group}/${kind.version}`, kind: kind.kind };
  }

  /** The same for objects of another kind. */
  of(kind: CustomResource): Admission {
    return new Admission(this.plane, this.client, kind);
  }

  create(name: string, spec: Spec, options: { readonly keep?: boolean } = {}): Promise<Verdict> {
    return this.ask('POST', this.collection, { ...this.head, metadata: { name }, spec }, options.keep ?? false);
  }

  /** Replaces the spec of a kept object, whatever its version. */
  replace(name: string, spec: Spec, options: { readonly keep?: boolean } = {}): Promise<Verdict> {
    return this.patch(name, [{ op: 'replace', path: '/spec', value: spec }], options);
  }

  /** A JSON patch of a kept object. */
  patch(name: string, operations: readonly object[], options: { readonly keep?: boolean } = {}): Promise<Verdict> {
    const contentType = { 'content-type': 'application/json-patch+json' };
    return this.ask('PATCH', `${this.collection}/${name}`, operations, options.keep ?? false, contentType);
  }

  /** Deletes a kept object and creates it again. */
  async recreate(name: string, spec: Spec): Promise<void> {
    await this.client.raw('DELETE', `${this.collection}/${name}`);
    const created = await this.create(name, spec, { keep: true });
    if (!created.accepted) throw new Error(created.message);
  }

  async get(name: string): Promise<Stored> {
    return (await this.client.raw('GET', `${this.collection}/${name}`)) as Stored;
  }

  async stop(): Promise<void> {
    await this.client.close();
    await this.plane.stop();
  }

  private async ask(
    method: 'POST' | 'PATCH',
    path: string,
    body: unknown,
    keep: boolean,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Verdict> {
    try {
      const query = { fieldValidation: 'Strict', ...(keep ? {} : { dryRun: 'All' }) };
      return { accepted: true, object: (await this.client.raw(method, path, { body, query, headers })) as Stored };
    } catch (error) {
      if (!(error instanceof KubeApiError) || ![400, 422].includes(error.status)) throw error;
      return { accepted: false, message: error.message };
    }
  }
}

/** Starts a control plane without controllers, with the CRDs of config/crd and of `more`, and waits until the kinds are served. */
export async function startAdmission(more: readonly CustomResource[] = []): Promise<Admission> {
  const plane = await startControlPlane({ controllers: [] });
  try {
    const ca = await readFile(plane.caFile, 'utf8');
    const access = staticAccess(plane.url, { headers: { authorization: `Bearer ${plane.adminToken}` }, tls: { ca } });
    const client = new KubeClient({ access });
    const shipped = await readdir(crds);
    for (const file of shipped) {
      const body: unknown = parse(await readFile(join(crds, file), 'utf8'));
      await client.raw('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body });
    }
    for (const kind of more.filter(({ group, plural }) => !shipped.includes(`${group}_${plural}.yaml`))) {
      const body: unknown = parse(crdYaml(kind, ''));
      await client.raw('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body });
    }
    for (const kind of [nifiCluster, ...more]) await served(client, collectionOf(kind));
    return new Admission(plane, client);
  } catch (error) {
    await plane.stop();
    throw error;
  }
}

function collectionOf(kind: CustomResource): string {
  return `/apis/${kind.group}/${kind.version}/namespaces/default/${kind.plural}`;
}

async function served(client: KubeClient, collection: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await client.raw('GET', collection);
      return;
    } catch (error) {
      if (attempt >= 100) throw error;
      await sleep(100);
    }
  }
}
