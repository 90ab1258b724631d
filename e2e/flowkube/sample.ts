// The files of config/samples/flowkube, read as they stand: its objects in the order of the files, which is the order in which kubectl
// applies them, and the flow that NiFi exported. Nothing of them is written down a second time here.

import { readdir, readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';
import type { NiFiCluster } from '../../api/v1/zz_generated.nificluster.ts';
import type { NiFiDataflow } from '../../api/v1/zz_generated.nifidataflow.ts';
import type { NiFiParameterContext } from '../../api/v1/zz_generated.nifiparametercontext.ts';
import type { ConfigMap } from '../../pkg/kube/resources.ts';
import type { KubeObject } from '../../pkg/kube/types.ts';

const folder = new URL('../../config/samples/flowkube/', import.meta.url);

export interface FlowKube {
  readonly objects: readonly KubeObject[];
  readonly cluster: NiFiCluster;
  readonly context: NiFiParameterContext;
  readonly dataflow: NiFiDataflow;
  readonly configMap: ConfigMap;
  /** The text of the exported flow. */
  readonly definition: string;
}

export async function readFlowKube(): Promise<FlowKube> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).toSorted();
  const texts = await Promise.all(files.map((name) => readFile(new URL(name, folder), 'utf8')));
  const objects = texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as KubeObject));
  const only = (kind: string): KubeObject => {
    const [found, ...more] = objects.filter((object) => object.kind === kind);
    if (found === undefined || more.length > 0) throw new Error(`the sample has not one ${kind}`);
    return found;
  };
  return {
    objects,
    cluster: only('NiFiCluster') as NiFiCluster,
    context: only('NiFiParameterContext') as NiFiParameterContext,
    dataflow: only('NiFiDataflow') as NiFiDataflow,
    configMap: only('ConfigMap'),
    definition: await readFile(new URL('definition/flow-definition.json', folder), 'utf8'),
  };
}

/** Values of the context's parameters by name. */
export function parametersOf({ context }: Pick<FlowKube, 'context'>): ReadonlyMap<string, string> {
  return new Map(Object.entries(context.spec.parameters ?? {}).map(([name, { value = '' }]) => [name, value]));
}
