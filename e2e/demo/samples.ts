// Which samples a demo applies, and applying them as `kubectl apply` would: the API server's refusal is the reason that is shown.
// A sample that needs something no demo has (cert-manager) is named and left out, never applied to fail.

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

/** All samples of a folder, by name. Throws Error for a file that is no YAML. */
export async function readSamples(folder: string): Promise<readonly Sample[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.yaml')).toSorted();
  return Promise.all(files.map(async (file) => readSample(file, await readFile(join(folder, file), 'utf8'))));
}

export function readSample(file: string, text: string): Sample {
  const objects = parseAllDocuments(text).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(`${file}: ${error.message}`);
    return document.toJS() as KubeObject;
  });
  const leftOut = objects.map(missing).find((reason) => reason !== undefined);
  return { file, objects, ...(leftOut === undefined ? {} : { leftOut }) };
}

function missing(object: KubeObject): string | undefined {
  if (!isCluster(object)) return undefined;
  return object.spec.tls?.issuerRef === undefined ? undefined : 'it needs cert-manager, which is not installed here';
}

export function isCluster(object: KubeObject): object is DefaultedNiFiCluster {
  return object.kind === 'NiFiCluster';
}

/** Applies a sample's objects in their order. Throws Error naming the file and the object that was refused. */
export async function applySample(client: KubeClient, { file, objects }: Sample): Promise<void> {
  for (const object of objects) {
    const placed = { ...object, metadata: { namespace: demoNamespace, ...object.metadata } };
    try {
      await client.apply(typeOf(object), placed, { fieldManager: 'demo' });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${file}: ${object.kind} ${object.metadata.name} is refused: ${reason}`, { cause: error });
    }
  }
}
