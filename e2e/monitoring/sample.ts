// The files of config/samples/monitoring, read as they stand, in the order in which kubectl applies them.

import { readdirSync, readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { ConfigMap } from '../../pkg/kube/resources.ts';
import type { KubeObject } from '../../pkg/kube/types.ts';

const folder = new URL('../../config/samples/monitoring/', import.meta.url);

export function readSample(): readonly KubeObject[] {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .toSorted();
  return files.flatMap((name) =>
    parseAllDocuments(readFileSync(new URL(name, folder), 'utf8')).map((document) => document.toJS() as KubeObject),
  );
}

/** One file in a ConfigMap of the sample. Throws Error where it is missing. */
export function fileOf(objects: readonly KubeObject[], name: string, file: string): string {
  const found = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name) as ConfigMap;
  const text = found?.data?.[file];
  if (text === undefined) throw new Error(`the sample has no file ${file} in the ConfigMap ${name}`);
  return text;
}
