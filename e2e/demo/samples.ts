// Which samples a demo applies, and applying them as `kubectl apply` would: the API server's refusal is the reason that is shown.
// A sample that needs something no demo has (cert-manager, webhooks, images) is named and left out, never applied to fail.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { DefaultedNiFiCluster } from '../../api/v1/zz_generated.nificluster.ts';
import type { KubeClient } from '../../pkg/kube/client.ts';
import type { KubeObject } from '../../pkg/kube/types.ts';
import { typeOf } from '../lab/objects.ts';

/** Where the samples go, so that the commands to try need no namespace. */
export const demoNamespace = 'default';

export interface Sample {
  readonly file: string;
  readonly objects: readonly KubeObject[];
  /** Why it is left out. */
  readonly leftOut?: string;
}

/** All samples of a folder, by name; a folder in it is one sample. Throws Error for a file that is no YAML. */
export async function readSamples(folder: string): Promise<readonly Sample[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  const texts = async (name: string): Promise<readonly string[]> =>
    Promise.all((await yamlFiles(join(folder, name))).map((file) => readFile(join(folder, name, file), 'utf8')));
  const samples = [
    ...(await yamlFiles(folder)).map(async (file) => readSample(file, await readFile(join(folder, file), 'utf8'))),
    ...folders.map(async (name) => readSample(`${name}/`, (await texts(name)).join('\n---\n'))),
  ];
  return (await Promise.all(samples)).toSorted((a, b) => (a.file < b.file ? -1 : 1));
}

/** In the order in which kubectl applies them. */
async function yamlFiles(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).filter((file) => file.endsWith('.yaml')).toSorted();
}

export function readSample(file: string, text: string): Sample {
  const objects = parseAllDocuments(text).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(`${file}: ${error.message}`);
    return document.toJS() as KubeObject;
  });
  const isForUs = objects.some(({ apiVersion }) => apiVersion.startsWith('datadynamics.io/'));
  const leftOut = isForUs
    ? objects.map(missing).find((reason) => reason !== undefined)
    : 'it runs other programs, whose images a demo does not have';
  return { file, objects, ...(leftOut === undefined ? {} : { leftOut }) };
}

function missing(object: KubeObject): string | undefined {
  if (object.apiVersion.endsWith('/v1alpha1')) return 'it needs the webhooks of the small schema, which are off here';
  if (!isCluster(object)) return undefined;
  return object.spec.tls?.issuerRef === undefined ? undefined : 'it needs cert-manager, which is not installed here';
}

export function isCluster(object: KubeObject): object is DefaultedNiFiCluster {
  return object.kind === 'NiFiCluster';
}

/** Applies a sample's objects in their order. Throws Error naming the file and the object that was refused. */
export async function applySample(client: KubeClient, { file, objects }: Sample): Promise<void> {
  for (const object of objects) {
    const type = typeOf(object);
    const placed = { ...object, metadata: { namespace: demoNamespace, ...object.metadata } };
    try {
      await client.apply(type, type.namespaced ? placed : object, { fieldManager: 'demo' });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${file}: ${object.kind} ${object.metadata.name} is refused: ${reason}`, { cause: error });
    }
  }
}
