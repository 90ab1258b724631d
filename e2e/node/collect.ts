// Puts what is known of a failed run into one folder: objects, events, logs of Pods and of the node's programs, the audit log, and the
// operator's metrics. What cannot be read is noted in its place: half of it is better than none.

import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Pod, pods } from '../../pkg/kube/resources.ts';
import type { Outcome } from '../scenarios/lib/run.ts';
import type { Ground } from '../scenarios/lib/stage.ts';
import type { RealNode } from './node.ts';

const kinds = [
  'nificlusters',
  'nifiregistryclients',
  'nifiparametercontexts',
  'nifidataflows',
  'pods',
  'services',
  'endpointslices',
  'configmaps',
  'pvc',
  'pv',
  'leases',
  'deployments',
  'events',
];
/** For one command: an API server that hangs may be what is being told of. */
const ASK_MS = 60_000;
const controlPlaneLogs = ['kube-apiserver', 'kube-controller-manager', 'etcd'];

/** The folder that was made below `parent`. */
export async function collect(
  ground: Ground,
  node: RealNode,
  failed: readonly Outcome[],
  parent: string,
): Promise<string> {
  const folder = join(parent, new Date().toISOString().replaceAll(':', '-').slice(0, 19));
  await mkdir(join(folder, 'pods'), { recursive: true });
  const put = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
  const shell = (line: string): Promise<string> =>
    ground.shell(line, { timeoutMs: ASK_MS }).catch((error: unknown) => String(error));
  await put('failed.json', JSON.stringify(failed, undefined, 2));
  // One by one: of several, a single one that this operator has no kind for would be the end of all.
  for (const [file, output, between] of [
    ['objects.yaml', 'yaml', '---\n'],
    ['summary.txt', 'wide', '\n'],
  ] as const) {
    const texts: string[] = [];
    for (const kind of kinds) texts.push(await shell(`kubectl get ${kind} --all-namespaces --output ${output}`));
    await put(file, texts.join(between));
  }
  for (const { metadata } of await allPods(ground, put)) {
    const pod = `--namespace ${metadata.namespace ?? ''} ${metadata.name}`;
    await put(
      `pods/${metadata.namespace ?? ''}-${metadata.name}.log`,
      await shell(`kubectl logs ${pod} --all-containers --timestamps`),
    );
  }
  const proxied = '/api/v1/namespaces/nifi-operator/services/nifi-operator-metrics:metrics/proxy/metrics';
  await put('metrics.txt', await shell(`kubectl get --raw ${proxied}`));
  const logs = node.programs.map(({ name }) => join(node.places.dir, `${name}.log`));
  const ofControlPlane = controlPlaneLogs.map((name) => join(node.controlPlane.dir, `${name}.log`));
  for (const file of [...logs, ...ofControlPlane, node.controlPlane.auditLog]) {
    const name = basename(file);
    await copyFile(file, join(folder, name)).catch((error: unknown) => put(name, String(error)));
  }
  return folder;
}

/** None while the API server is away: then its log is what matters. */
async function allPods(
  { client }: Ground,
  put: (name: string, text: string) => Promise<void>,
): Promise<readonly Pod[]> {
  try {
    return (await client.list(pods)).items;
  } catch (error) {
    await put('pods/none.txt', String(error));
    return [];
  }
}
