// Where what was built from a Go module is kept, and that it is built once: below XDG_CACHE_HOME (~/.cache), in a folder named after all that decides
// what is built. That is the module and what the linker sets, not the Go that built it, so a machine with a filled cache needs no Go.

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, mkdir, readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { GoModule } from './gobuild.ts';
import { withLock } from './lock.ts';

/** The folder for what is built from the module; it need not exist yet. */
export async function cacheFolder(name: string, module: GoModule, env: NodeJS.ProcessEnv): Promise<string> {
  const xdg = env['XDG_CACHE_HOME'];
  const base = xdg !== undefined && xdg !== '' ? xdg : join(env['HOME'] ?? homedir(), '.cache');
  return join(base, 'nifi-operator', name, await digestOf(module));
}

async function digestOf({ dir, variables, tags = [] }: GoModule): Promise<string> {
  const hash = createHash('sha256').update(`${process.platform}/${process.arch}\n${variables.join('\n')}\n`);
  for (const tag of tags) hash.update(`tag ${tag}\n`);
  const names = await readdir(dir, { recursive: true });
  for (const name of names.filter((name) => /(^go\.(mod|sum)|\.go)$/.test(name)).toSorted()) {
    const content = await readFile(join(dir, name));
    hash.update(`${name} ${content.length}\n`).update(content);
  }
  return hash.digest('hex').slice(0, 20);
}

export interface BuildOnceOptions {
  readonly folder: string;
  /** Named to whoever waits for another process that builds it. */
  readonly what: string;
  readonly isDone: () => Promise<boolean>;
  readonly onProgress: (line: string) => void;
}

/** Makes the folder and builds into it unless that is done, also when several processes ask at once. */
export async function buildOnce(options: BuildOnceOptions, build: () => Promise<void>): Promise<void> {
  const { folder, what, isDone, onProgress } = options;
  if (await isDone()) {
    return;
  }
  await mkdir(folder, { recursive: true });
  const onWait = (holder: number): void => onProgress(`process ${holder} builds ${what} already: waiting for it`);
  const work = async (): Promise<void> => {
    if (!(await isDone())) {
      await build();
    }
  };
  await withLock(join(folder, 'lock'), work, onWait);
}

export async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** Executables of this name in the folders of PATH, the first first. */
export async function programsOnPath(name: string, env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const paths = folders.map((folder) => join(folder, name));
  const there = await Promise.all(paths.map(isExecutable));
  return paths.filter((_, index) => there[index]);
}
