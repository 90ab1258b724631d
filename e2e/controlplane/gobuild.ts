// Builds a package of the Go module beside this file. It must never leave half a program behind: the linker writes under a temporary name, and a
// rename publishes it. Go's own caches make a build that was interrupted go on where it stopped.

import { type ChildProcess, spawn } from 'node:child_process';
import { rename, rm } from 'node:fs/promises';

export const MODULE_DIR = import.meta.dirname;
const KUBERNETES_VERSION = 'v1.34.4';
const LEAST_GO = [1, 24] as const;
const PROGRESS_MS = 5000;

/** Thrown when the programs of a control plane can be neither found nor built; the message says what to do. */
export class BuildError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BuildError';
  }
}

export interface GoBuildOptions {
  /** The package's path, relative to the module. */
  readonly pkg: string;
  /** The file to make. */
  readonly target: string;
  readonly env: NodeJS.ProcessEnv;
  /** Gets a line every few seconds. */
  readonly onProgress: (line: string) => void;
}

/** Builds a program. Throws BuildError. */
export async function goBuild(options: GoBuildOptions): Promise<void> {
  const { pkg, target, env, onProgress } = options;
  await checkGo(env);
  const started = performance.now();
  const total = await countPackages(options);
  const temporary = `${target}.building-${process.pid}`;
  const ldflags = ['-s', '-w', ...versionFlags()].join(' ');
  let compiled = 0;
  const report = setInterval(() => {
    const seconds = Math.round((performance.now() - started) / 1000);
    onProgress(`compiled ${compiled} of at most ${total} Go packages after ${seconds} s`);
  }, PROGRESS_MS);
  try {
    // -v names each package that the build cache does not hold yet.
    await go(['build', '-v', '-mod=readonly', '-trimpath', '-ldflags', ldflags, '-o', temporary, pkg], env, (lines) => {
      compiled += lines.filter((line) => !line.startsWith('#') && !line.includes(' ')).length;
    });
    await rename(temporary, target);
  } finally {
    clearInterval(report);
    await rm(temporary, { force: true });
  }
  onProgress(`built ${pkg} in ${Math.round((performance.now() - started) / 1000)} s`);
}

/** Without these the API server calls itself v0.0.0, and so does every client in its user agent. */
function versionFlags(): string[] {
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)\./.exec(KUBERNETES_VERSION) ?? [];
  return ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((pkg) => [
    `-X ${pkg}.gitVersion=${KUBERNETES_VERSION}`,
    `-X ${pkg}.gitMajor=${major}`,
    `-X ${pkg}.gitMinor=${minor}`,
    `-X ${pkg}.gitTreeState=clean`,
  ]);
}

async function checkGo(env: NodeJS.ProcessEnv): Promise<void> {
  const mend =
    'Install Go 1.24 or newer (https://go.dev/dl/), or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver, kube-controller-manager and kubectl';
  let output: string;
  try {
    // Inside the module: a Go from 1.21 on downloads the toolchain that go.mod asks for, and reports that one.
    output = await go(['env', 'GOVERSION'], env);
  } catch (error) {
    throw new BuildError(`Go does not run: ${error instanceof Error ? error.message : String(error)}. ${mend}`, {
      cause: error,
    });
  }
  if (!isRecentGo(output)) {
    throw new BuildError(`Go ${output.trim()} is too old to build the control plane. ${mend}`);
  }
}

/** Whether the answer of `go env GOVERSION` (such as `go1.26.8`, or `devel go1.27-…`) is new enough. */
export function isRecentGo(version: string): boolean {
  const [, major, minor] = /go(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) {
    return false;
  }
  return Number(major) > LEAST_GO[0] || (Number(major) === LEAST_GO[0] && Number(minor) >= LEAST_GO[1]);
}

async function countPackages({ pkg, env, onProgress }: GoBuildOptions): Promise<number> {
  let downloads = 0;
  const report = setInterval(() => onProgress(`downloaded ${downloads} Go modules`), PROGRESS_MS);
  try {
    const packages = await go(['list', '-mod=readonly', '-deps', pkg], env, (lines) => {
      downloads += lines.filter((line) => line.startsWith('go: downloading')).length;
    });
    return packages.trim().split('\n').length;
  } finally {
    clearInterval(report);
  }
}

/** Runs `go` in the module and gives its standard output; throws with the end of what it said on standard error. */
async function go(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  onErrorLines: (lines: string[]) => void = () => {},
): Promise<string> {
  // GOFLAGS of the machine could name another module file or vendor mode; what matters is in the arguments.
  const child = spawn('go', args, {
    cwd: MODULE_DIR,
    env: { ...env, GOFLAGS: '', GOWORK: 'off' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let rest = '';
  let tail: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    onErrorLines(lines);
    tail = [...tail, ...lines].slice(-20);
  });
  const exitCode = await exitOf(child);
  if (exitCode !== 0) {
    throw new BuildError(`go ${args[0]} failed (exit code ${exitCode}): ${[...tail, rest].join('\n').trim()}`);
  }
  return output;
}

async function exitOf(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
}
