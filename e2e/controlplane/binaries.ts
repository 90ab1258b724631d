// Finds or builds the programs of a control plane: etcd, kube-apiserver, kube-controller-manager, kubectl and the CRD linter. First
// KUBEBUILDER_ASSETS, then this user's cache, then `go build`. It must never take a kubectl or an API server from PATH: those belong to the machine
// and are of any age.

import { rm, symlink } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { buildOnce, cacheFolder, isExecutable } from './buildcache.ts';
import { BuildError, type GoModule, goBuild } from './gobuild.ts';

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

const KUBERNETES_VERSION = 'v1.34.4';
const module: GoModule = {
  dir: import.meta.dirname,
  variables: versionVariables(),
  mend: 'Install Go 1.24 or newer (https://go.dev/dl/), or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver, kube-controller-manager and kubectl',
};
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
  const folder = await cacheFolder('controlplane', module, env);
  await buildOnce(
    { folder, what: 'the control plane', isDone: hasAll(folder, ['kubectl', 'crdlint']), onProgress },
    async () => {
      onProgress(
        'building etcd, kube-apiserver, kube-controller-manager and kubectl from Go modules: some minutes, once',
      );
      await goBuild({ module, pkg: '.', target: join(folder, 'controlplane'), env, onProgress });
      for (const program of PROGRAMS) {
        await symlinkTo('controlplane', join(folder, program));
      }
    },
  );
  return folder;
}

async function crdlintAlone(env: NodeJS.ProcessEnv, onProgress: (line: string) => void): Promise<Cmd> {
  const folder = await cacheFolder('controlplane', module, env);
  await buildOnce({ folder, what: 'the CRD linter', isDone: hasAll(folder, ['crdlint']), onProgress }, async () => {
    onProgress('building the CRD linter from Go modules, once');
    await goBuild({ module, pkg: './cmd/crdlint', target: join(folder, 'crdlint'), env, onProgress });
  });
  return cmd(join(folder, 'crdlint'));
}

function hasAll(folder: string, programs: readonly string[]): () => Promise<boolean> {
  return async () => (await missingFrom(folder, programs)).length === 0;
}

/** Without these the API server calls itself v0.0.0, and so does every client in its user agent. */
function versionVariables(): string[] {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)\./.exec(KUBERNETES_VERSION) ?? [];
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((pkg) => [
    `${pkg}.gitVersion=${KUBERNETES_VERSION}`,
    `${pkg}.gitMajor=${major}`,
    `${pkg}.gitMinor=${minor}`,
    `${pkg}.gitTreeState=clean`,
  ]);
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

/** Makes the link, also over one that an earlier, interrupted build or the lone linter left there. */
async function symlinkTo(target: string, path: string): Promise<void> {
  await rm(path, { force: true });
  await symlink(target, path);
}
