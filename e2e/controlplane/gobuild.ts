// Builds programs from the Go modules below e2e/. It must never leave half a program behind: the linker writes under a temporary name, and a
// rename publishes it. Go's own caches make a build that was interrupted go on where it stopped. The compiler gives way to whatever else runs.

import { type ChildProcess, spawn } from 'node:child_process';
import { rename, rm } from 'node:fs/promises';

const LEAST_GO = [1, 24] as const;
const PROGRESS_MS = 5000;

/** Thrown when a program can be neither found nor built; the message says what to do. */
export class BuildError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BuildError';
  }
}

export interface GoModule {
  /** The folder of go.mod. */
  readonly dir: string;
  /** What the linker sets, as `PACKAGE.VARIABLE=VALUE`. */
  readonly variables: readonly string[];
  /** Build tags; none when absent. */
  readonly tags?: readonly string[];
  /** What to do on a machine without a Go that can build it. */
  readonly mend: string;
}

export interface GoBuildOptions {
  readonly module: GoModule;
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
  const { module, pkg, target, env, onProgress } = options;
  await checkGo(module, env);
  const started = performance.now();
  const total = await countPackages(options);
  const temporary = `${target}.building-${process.pid}`;
  const ldflags = ['-s', '-w', ...module.variables.map((variable) => `-X ${variable}`)].join(' ');
  let compiled = 0;
  const report = setInterval(() => {
    const seconds = Math.round((performance.now() - started) / 1000);
    onProgress(`compiled ${compiled} of at most ${total} Go packages after ${seconds} s`);
  }, PROGRESS_MS);
  try {
    // -v names each package that the build cache does not hold yet.
    const args = [
      'build',
      '-v',
      '-mod=readonly',
      ...tagsOf(module),
      '-trimpath',
      '-ldflags',
      ldflags,
      '-o',
      temporary,
      pkg,
    ];
    await run(['nice', '-n', '10', 'go', ...args], module, env, (lines) => {
      compiled += lines.filter((line) => !line.startsWith('#') && !line.includes(' ')).length;
    });
    await rename(temporary, target);
  } finally {
    clearInterval(report);
    await rm(temporary, { force: true });
  }
  onProgress(`built ${pkg} in ${Math.round((performance.now() - started) / 1000)} s`);
}

function tagsOf({ tags = [] }: GoModule): readonly string[] {
  return tags.length === 0 ? [] : ['-tags', tags.join(',')];
}

/** Has a module that `module` requires in Go's own module cache, also where nothing of it is compiled. Throws BuildError. */
export async function download(required: string, module: GoModule, env: NodeJS.ProcessEnv): Promise<void> {
  await checkGo(module, env);
  await run(['go', 'mod', 'download', required], module, env);
}

/** The folder of the source of a module that `module` requires, in Go's own module cache. Throws BuildError. */
export async function sourceOf(required: string, module: GoModule, env: NodeJS.ProcessEnv): Promise<string> {
  const folder = await run(['go', 'list', '-mod=readonly', '-m', '-f', '{{.Dir}}', required], module, env);
  if (folder.trim() === '') {
    throw new BuildError(`Go has not downloaded ${required}`);
  }
  return folder.trim();
}

async function checkGo(module: GoModule, env: NodeJS.ProcessEnv): Promise<void> {
  const { mend } = module;
  let output: string;
  try {
    // Inside the module: a Go from 1.21 on downloads the toolchain that go.mod asks for, and reports that one.
    output = await run(['go', 'env', 'GOVERSION'], module, env);
  } catch (error) {
    throw new BuildError(`Go does not run: ${error instanceof Error ? error.message : String(error)}. ${mend}`, {
      cause: error,
    });
  }
  if (!isRecentGo(output)) {
    throw new BuildError(`Go ${output.trim()} is too old for this build. ${mend}`);
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

async function countPackages({ module, pkg, env, onProgress }: GoBuildOptions): Promise<number> {
  let downloads = 0;
  const report = setInterval(() => onProgress(`downloaded ${downloads} Go modules`), PROGRESS_MS);
  try {
    const packages = await run(
      ['go', 'list', '-mod=readonly', ...tagsOf(module), '-deps', pkg],
      module,
      env,
      (lines) => {
        downloads += lines.filter((line) => line.startsWith('go: downloading')).length;
      },
    );
    return packages.trim().split('\n').length;
  } finally {
    clearInterval(report);
  }
}

/** Runs a command in the module and gives its standard output; throws with the end of what it said on standard error. */
async function run(
  [program = '', ...args]: readonly string[],
  module: GoModule,
  env: NodeJS.ProcessEnv,
  onErrorLines: (lines: string[]) => void = () => {},
): Promise<string> {
  // GOFLAGS of the machine could name another module file or vendor mode; what matters is in the arguments.
  const child = spawn(program, args, {
    cwd: module.dir,
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
    throw new BuildError(
      `${program} ${args.join(' ')} failed (exit code ${exitCode}): ${[...tail, rest].join('\n').trim()}`,
    );
  }
  return output;
}

async function exitOf(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
}
