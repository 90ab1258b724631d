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
import type { Json } from '../../pkg/schema/structural.ts';

export type Spec = Readonly<Record<string, unknown>>;

export interface Stored {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly spec: Readonly<Record<string, Json>>;
}

export type Verdict =
  | { readonly accepted: true; readonly object: Stored }
  | { readonly accepted: false; readonly message: string };

const collection = '/apis/datadynamics.io/v1/namespaces/default/nificlusters';
const crds = join(import.meta.dirname, '../../config/crd');

export class Admission {
  readonly plane: ControlPlane;
  readonly client: KubeClient;

  constructor(plane: ControlPlane, client: KubeClient) {
    this.plane = plane;
    this.client = client;
  }

  create(name: string, spec: Spec, options: { readonly keep?: boolean } = {}): Promise<Verdict> {
    return this.ask('POST', collection, { ...head, metadata: { name }, spec }, options.keep ?? false);
  }

  /** Replaces the spec of a kept object, whatever its version. */
  replace(name: string, spec: Spec, options: { readonly keep?: boolean } = {}): Promise<Verdict> {
    return this.patch(name, [{ op: 'replace', path: '/spec', value: spec }], options);
  }

  /** A JSON patch of a kept object. */
  patch(name: string, operations: readonly object[], options: { readonly keep?: boolean } = {}): Promise<Verdict> {
    const contentType = { 'content-type': 'application/json-patch+json' };
    return this.ask('PATCH', `${collection}/${name}`, operations, options.keep ?? false, contentType);
  }

  /** Deletes a kept object and creates it again. */
  async recreate(name: string, spec: Spec): Promise<void> {
    await this.client.raw('DELETE', `${collection}/${name}`);
    const created = await this.create(name, spec, { keep: true });
    if (!created.accepted) throw new Error(created.message);
  }

  async get(name: string): Promise<Stored> {
    return (await this.client.raw('GET', `${collection}/${name}`)) as Stored;
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
      const query = keep ? {} : { dryRun: 'All' };
      return { accepted: true, object: (await this.client.raw(method, path, { body, query, headers })) as Stored };
    } catch (error) {
      if (!(error instanceof KubeApiError) || ![400, 422].includes(error.status)) throw error;
      return { accepted: false, message: error.message };
    }
  }
}

const head = { apiVersion: 'datadynamics.io/v1', kind: 'NiFiCluster' };

/** Starts a control plane without controllers and waits until the kind is served. */
export async function startAdmission(): Promise<Admission> {
  const plane = await startControlPlane({ controllers: [] });
  try {
    const ca = await readFile(plane.caFile, 'utf8');
    const access = staticAccess(plane.url, { headers: { authorization: `Bearer ${plane.adminToken}` }, tls: { ca } });
    const client = new KubeClient({ access });
    for (const file of await readdir(crds)) {
      const body: unknown = parse(await readFile(join(crds, file), 'utf8'));
      await client.raw('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body });
    }
    await served(client);
    return new Admission(plane, client);
  } catch (error) {
    await plane.stop();
    throw error;
  }
}

async function served(client: KubeClient): Promise<void> {
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
