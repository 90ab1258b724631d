// The CRDs of Prometheus' operator, for tests of what is made for it: out of the Go module beside this file, of which nothing is compiled, and kept
// with what else is built. Its operator is not run.

import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildOnce, cacheFolder, isExecutable } from '../controlplane/buildcache.ts';
import { download, type GoModule, sourceOf } from '../controlplane/gobuild.ts';

const source = 'github.com/prometheus-operator/prometheus-operator';
const module: GoModule = {
  dir: import.meta.dirname,
  variables: [],
  mend: 'Install Go 1.24 or newer (https://go.dev/dl/)',
};
const kinds = ['servicemonitors', 'podmonitors', 'prometheusrules'] as const;

/** Paths of the CRDs. Throws BuildError, whose message says what to do. */
export async function ensureMonitoringCrds(env: NodeJS.ProcessEnv = process.env): Promise<readonly string[]> {
  const folder = await cacheFolder('monitoring', module, env);
  const crds = join(folder, 'crds');
  // A folder that may be entered is "executable".
  const options = {
    folder,
    what: 'the monitoring kinds',
    isDone: () => isExecutable(crds),
    onProgress: () => undefined,
  };
  await buildOnce(options, async () => {
    await download(source, module, env);
    await copy(join(await sourceOf(source, module, env), 'example', 'prometheus-operator-crd'), crds);
  });
  return (await readdir(crds)).toSorted().map((file) => join(crds, file));
}

/** Renamed into place: half of them must not count as all. */
async function copy(from: string, to: string): Promise<void> {
  const temporary = `${to}.copying`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary);
  for (const kind of kinds) {
    const file = `monitoring.coreos.com_${kind}.yaml`;
    await writeFile(join(temporary, file), await readFile(join(from, file)));
  }
  await rename(temporary, to);
}
