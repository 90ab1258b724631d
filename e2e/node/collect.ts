// Puts what is known of a failed run into one folder: objects, events, logs of Pods and of the node's programs, the audit log, and the
// operator's metrics. What cannot be read is noted in its place: half of it is better than none.

import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pods } from '../../pkg/kube/resources.ts';
import type { Outcome } from '../scenarios/lib/run.ts';
import type { Ground } from '../scenarios/lib/stage.ts';
import type { RealNode } from './node.ts';

const kinds =
  'nificlusters,nifiregistryclients,nifiparametercontexts,pods,services,endpointslices,configmaps,pvc,pv,leases,deployments,events';

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
  const shell = (line: string): Promise<string> => ground.shell(line).catch((error: unknown) => String(error));
  await put('failed.json', JSON.stringify(failed, undefined, 2));
  await put('objects.yaml', await shell(`kubectl get ${kinds} --all-namespaces --output yaml`));
  await put('summary.txt', await shell(`kubectl get ${kinds} --all-namespaces --output wide`));
  for (const { metadata } of (await ground.client.list(pods)).items) {
    const pod = `--namespace ${metadata.namespace ?? ''} ${metadata.name}`;
    await put(
      `pods/${metadata.namespace ?? ''}-${metadata.name}.log`,
      await shell(`kubectl logs ${pod} --all-containers --timestamps`),
    );
  }
  const proxied = '/api/v1/namespaces/nifi-operator/services/nifi-operator-metrics:metrics/proxy/metrics';
  await put('metrics.txt', await shell(`kubectl get --raw ${proxied}`));
  const logs = node.programs.map(({ name }) => join(node.places.dir, `${name}.log`));
  for (const file of [...logs, node.controlPlane.auditLog, join(node.controlPlane.dir, 'kube-apiserver.log')]) {
    await copyFile(file, join(folder, basename(file)));
  }
  return folder;
}
