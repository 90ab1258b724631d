// Builds cert-manager's controllers from the Go module beside this file, once, and keeps them with the CRDs of the same version. What is kept is
// enough: a machine with a filled cache needs neither Go nor its module cache.

import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cmd } from '../controlplane/binaries.ts';
import { buildOnce, cacheFolder, isExecutable } from '../controlplane/buildcache.ts';
import { type GoModule, goBuild, sourceOf } from '../controlplane/gobuild.ts';

export interface CertManagerBinary {
  readonly program: Cmd;
  /** Paths of cert-manager's CRDs that these controllers work on. */
  readonly crds: readonly string[];
}

export interface CertManagerBinaryOptions {
  /** Gets one line every few seconds while something is downloaded or built. */
  readonly onProgress?: (line: string) => void;
  /** The environment to read XDG_CACHE_HOME, HOME and PATH from; the process's own by default. */
  readonly env?: NodeJS.ProcessEnv;
}

const module: GoModule = {
  dir: import.meta.dirname,
  variables: [],
  mend: 'Install Go 1.25 or newer (https://go.dev/dl/)',
};

/** Throws BuildError, whose message says what to do. */
export async function ensureCertManager(options: CertManagerBinaryOptions = {}): Promise<CertManagerBinary> {
  const { env = process.env, onProgress = () => undefined } = options;
  const folder = await cacheFolder('certmanager', module, env);
  const path = join(folder, 'certmanager');
  const crds = join(folder, 'crds');
  const isDone = async (): Promise<boolean> => (await isExecutable(path)) && (await isExecutable(crds));
  await buildOnce({ folder, what: 'cert-manager', isDone, onProgress }, async () => {
    onProgress("building cert-manager's controllers from Go modules: some minutes, once");
    await goBuild({ module, pkg: '.', target: path, env, onProgress });
    // Only now: the build has downloaded the source.
    await copyCrds(await sourceOf('github.com/cert-manager/cert-manager', module, env), crds);
  });
  const files = await readdir(crds);
  return { program: { path, args: [] }, crds: files.toSorted().map((file) => join(crds, file)) };
}

/** Without those of ACME, whose controllers are not in the program. Renamed into place: half of them must not count as all. */
async function copyCrds(source: string, target: string): Promise<void> {
  const temporary = `${target}.copying`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary);
  const folder = join(source, 'deploy', 'crds');
  const files = (await readdir(folder)).filter((file) => file.startsWith('cert-manager.io_'));
  for (const file of files) {
    // Written anew: copies would keep that the module cache is read-only.
    await writeFile(join(temporary, file), await readFile(join(folder, file)));
  }
  await rename(temporary, target);
}
