// Finds or builds helm: first PATH, where it is new enough, then this user's cache, then `go build` of the module beside this file. The version there
// shares its Kubernetes libraries with the control plane, so that most of it is compiled already. HELM_VERSION asks for another one, whatever PATH has.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Cmd } from '../controlplane/binaries.ts';
import { buildOnce, cacheFolder, isExecutable, programsOnPath } from '../controlplane/buildcache.ts';
import { BuildError, type GoModule, goBuild } from '../controlplane/gobuild.ts';

export interface HelmOptions {
  /** Gets one line every few seconds while something is downloaded or built. */
  readonly onProgress?: (line: string) => void;
  /** The environment to read HELM_VERSION, PATH, XDG_CACHE_HOME and HOME from; the process's own by default. */
  readonly env?: NodeJS.ProcessEnv;
}

const LEAST_HELM = [3, 14] as const;
const mend = 'Install Go 1.24 or newer (https://go.dev/dl/), or helm 3.14 or newer (https://helm.sh)';

interface Build {
  readonly module: GoModule;
  readonly pkg: string;
}

const usual = helm3(import.meta.dirname, 'v3.19.5', 34);
const versions = join(import.meta.dirname, '../helm-versions');

/** Those that HELM_VERSION may ask for: the oldest that the charts are for, and the next one. Nothing builds them by itself. */
const others: Readonly<Record<string, Build>> = {
  '3.14': helm3(join(versions, '3.14'), 'v3.14.4', 29),
  '4': {
    module: { dir: join(versions, '4'), variables: ['helm.sh/helm/v4/internal/version.version=v4.3.1'], mend },
    pkg: 'helm.sh/helm/v4/cmd/helm',
  },
};

/** Without these it calls itself by two numbers, and takes the Kubernetes that charts are rendered for without a server to be 1.20. */
function helm3(dir: string, version: string, minor: number): Build {
  const variables = [
    `helm.sh/helm/v3/internal/version.version=${version}`,
    ...['chartutil', 'lint/rules'].flatMap((name) => [
      `helm.sh/helm/v3/pkg/${name}.k8sVersionMajor=1`,
      `helm.sh/helm/v3/pkg/${name}.k8sVersionMinor=${minor}`,
    ]),
  ];
  return { module: { dir, variables, mend }, pkg: 'helm.sh/helm/v3/cmd/helm' };
}

/** Throws BuildError, whose message says what to do. */
export async function ensureHelm(options: HelmOptions = {}): Promise<Cmd> {
  const { env = process.env, onProgress = () => undefined } = options;
  const asked = env['HELM_VERSION'] ?? '';
  const found = asked === '' ? await fromPath(env) : undefined;
  if (found !== undefined) return { path: found, args: [] };
  const { module, pkg } = chosen(asked);
  const folder = await cacheFolder('helm', module, env);
  const path = join(folder, 'helm');
  await buildOnce({ folder, what: 'helm', isDone: () => isExecutable(path), onProgress }, async () => {
    onProgress('building helm from Go modules: some minutes, once');
    await goBuild({ module, pkg, target: path, env, onProgress });
  });
  return { path, args: [] };
}

function chosen(asked: string): Build {
  const build = asked === '' ? usual : others[asked];
  if (build !== undefined) return build;
  throw new BuildError(`HELM_VERSION is ${asked}: it may be ${Object.keys(others).join(' or ')}`);
}

async function fromPath(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  for (const path of await programsOnPath('helm', env)) if (isRecentHelm(await versionOf(path, env))) return path;
  return undefined;
}

/** Empty for a program that does not run or does not say: then it is not helm's place to fail, one is built. */
async function versionOf(path: string, env: NodeJS.ProcessEnv): Promise<string> {
  const asked = promisify(execFile)(path, ['version', '--template', '{{.Version}}'], { env, timeout: 10_000 });
  return await asked.then(
    ({ stdout }) => stdout,
    () => '',
  );
}

/** Whether helm's answer (such as `v3.19.5`) names a version that the charts and tests are for. */
export function isRecentHelm(version: string): boolean {
  const [, major, minor] = /^v(\d+)\.(\d+)/u.exec(version.trim()) ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) > LEAST_HELM[0] || (Number(major) === LEAST_HELM[0] && Number(minor) >= LEAST_HELM[1]);
}
