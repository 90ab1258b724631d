// Finds or builds the programs of a control plane: etcd, kube-apiserver, kube-controller-manager, kubectl and the CRD linter. First
// KUBEBUILDER_ASSETS, then this user's cache, then `go build`. It must never take a kubectl or an API server from PATH: those belong to the machine
// and are of any age. The cache's key is the Go module, not the Go that built it, so a machine with a filled cache needs no Go.

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { BuildError, goBuild, MODULE_DIR } from './gobuild.ts';
import { withLock } from './lock.ts';

/** A program and the arguments that come before the caller's own. */
export interface Cmd {
  readonly path: string;
  readonly args: readonly string[];
}

export interface Binaries {
  readonly etcd: Cmd;
  readonly apiserver: Cmd;
  readonly controllerManager: Cmd;
  readonly kubectl: Cmd;
  readonly crdlint: Cmd;
}

export interface BinariesOptions {
  /** Gets one line every few seconds while something is downloaded or built. */
  readonly onProgress?: (line: string) => void;
  /** The environment to read KUBEBUILDER_ASSETS, XDG_CACHE_HOME, HOME and PATH from; the process's own by default. */
  readonly env?: NodeJS.ProcessEnv;
}

const PROGRAMS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kubectl', 'crdlint'] as const;

/** Gives the programs, building what is missing. Throws BuildError, whose message says what to do. */
export async function ensureBinaries(options: BinariesOptions = {}): Promise<Binaries> {
  const env = options.env ?? process.env;
  const onProgress = options.onProgress ?? (() => {});
  const assets = env['KUBEBUILDER_ASSETS'];
  if (assets === undefined || assets === '') {
    return fromFolder(await multiCallFolder(env, onProgress));
  }
  const missing = await missingFrom(assets, ['etcd', 'kube-apiserver', 'kubectl']);
  if (missing.length > 0) {
    throw new BuildError(
      `KUBEBUILDER_ASSETS (${assets}) lacks ${missing.join(', ')}. Add them, or unset it: then all is built from Go modules`,
    );
  }
  const controllerManager = await findFirst('kube-controller-manager', [
    assets,
    ...(env['PATH'] ?? '').split(delimiter),
  ]);
  if (controllerManager === undefined) {
    onProgress('KUBEBUILDER_ASSETS has no kube-controller-manager: building it');
    const built = fromFolder(await multiCallFolder(env, onProgress));
    return { ...fromFolder(assets), controllerManager: built.controllerManager, crdlint: built.crdlint };
  }
  return {
    ...fromFolder(assets),
    controllerManager: cmd(controllerManager),
    crdlint: await crdlintAlone(env, onProgress),
  };
}

function fromFolder(folder: string): Binaries {
  return {
    etcd: cmd(join(folder, 'etcd')),
    apiserver: cmd(join(folder, 'kube-apiserver')),
    controllerManager: cmd(join(folder, 'kube-controller-manager')),
    kubectl: cmd(join(folder, 'kubectl')),
    crdlint: cmd(join(folder, 'crdlint')),
  };
}

function cmd(path: string): Cmd {
  return { path, args: [] };
}

/** The folder with the one program that is all five, and a symbolic link under each name. */
async function multiCallFolder(env: NodeJS.ProcessEnv, onProgress: (line: string) => void): Promise<string> {
  const folder = await cacheFolder(env);
  return await buildOnce(folder, 'kubectl', onProgress, async () => {
    onProgress(
      'building etcd, kube-apiserver, kube-controller-manager and kubectl from Go modules: some minutes, once',
    );
    await goBuild({ pkg: '.', target: join(folder, 'controlplane'), env, onProgress });
    for (const program of PROGRAMS) {
      await symlinkTo('controlplane', join(folder, program));
    }
  });
}

async function crdlintAlone(env: NodeJS.ProcessEnv, onProgress: (line: string) => void): Promise<Cmd> {
  const folder = await cacheFolder(env);
  await buildOnce(folder, 'crdlint', onProgress, async () => {
    onProgress('building the CRD linter from Go modules, once');
    await goBuild({ pkg: './cmd/crdlint', target: join(folder, 'crdlint'), env, onProgress });
  });
  return cmd(join(folder, 'crdlint'));
}

async function buildOnce(
  folder: string,
  last: string,
  onProgress: (line: string) => void,
  build: () => Promise<void>,
): Promise<string> {
  const done = async (): Promise<boolean> => (await missingFrom(folder, [last, 'crdlint'])).length === 0;
  if (await done()) {
    return folder;
  }
  await mkdir(folder, { recursive: true });
  const onWait = (holder: number): void =>
    onProgress(`process ${holder} builds the control plane already: waiting for it`);
  await withLock(
    join(folder, 'lock'),
    async () => {
      if (!(await done())) {
        await build();
      }
    },
    onWait,
  );
  return folder;
}

async function cacheFolder(env: NodeJS.ProcessEnv): Promise<string> {
  const xdg = env['XDG_CACHE_HOME'];
  const base = xdg !== undefined && xdg !== '' ? xdg : join(env['HOME'] ?? homedir(), '.cache');
  return join(base, 'nifi-operator', 'controlplane', await moduleHash());
}

/** A digest of all that decides what is built: the module's files and the platform. */
async function moduleHash(): Promise<string> {
  const hash = createHash('sha256').update(`${process.platform}/${process.arch}\n`);
  const names = await readdir(MODULE_DIR, { recursive: true });
  for (const name of names.filter((name) => /(^go\.(mod|sum)|\.go|^gobuild\.ts)$/.test(name)).toSorted()) {
    const content = await readFile(join(MODULE_DIR, name));
    hash.update(`${name} ${content.length}\n`).update(content);
  }
  return hash.digest('hex').slice(0, 20);
}

async function missingFrom(folder: string, programs: readonly string[]): Promise<string[]> {
  const found = await Promise.all(programs.map(async (program) => await isExecutable(join(folder, program))));
  return programs.filter((_, i) => found[i] === false);
}

async function findFirst(program: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    if (folder !== '' && (await isExecutable(join(folder, program)))) {
      return join(folder, program);
    }
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Makes the link, also over one that an earlier, interrupted build or the lone linter left there. */
async function symlinkTo(target: string, path: string): Promise<void> {
  await rm(path, { force: true });
  await symlink(target, path);
}
