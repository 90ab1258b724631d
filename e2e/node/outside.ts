// Runs the inside of a run in namespaces of its own, and takes away what namespaces do not: control groups and the folder. An earlier run that
// was killed left the same things behind; they are swept first, by the id of the process that their name carries.

import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { groupsNamed, removeGroup } from './cgroups.ts';
import { SYSTEM_PATH } from './packages.ts';
import { PREFIX } from './places.ts';
import type { Prepared } from './prepare.ts';

const END_MS = 60_000;
const inside = join(import.meta.dirname, 'inside.ts');
const program = 'unshare';
const own = [
  '--mount',
  '--net',
  '--pid',
  '--ipc',
  '--uts',
  '--propagation',
  'private',
  '--fork',
  '--kill-child',
  '--mount-proc',
];

export interface Task extends Prepared {
  readonly keep: boolean;
  /** No scenario at all. */
  readonly bare: boolean;
  readonly only: readonly string[];
}

/** What the inside is told, as its one argument. */
export interface InsideTask extends Task {
  readonly dir: string;
  readonly id: string;
}

export interface Result {
  /** Exit code of the inside. */
  readonly code: number;
  /** Names of scenarios. */
  readonly failed: readonly string[];
}

/** Resolves when nothing of the run is left. */
export async function runInside(task: Task, onProgress: (line: string) => void): Promise<Result> {
  await sweep(onProgress);
  const id = `${PREFIX}${process.pid}`;
  const dir = join(tmpdir(), id);
  await mkdir(dir, { mode: 0o711 });
  const told = JSON.stringify({ ...task, dir, id } satisfies InsideTask);
  // The first process of the namespace is a shell: it takes in the orphans that containerd leaves.
  const script = '"$@"; exit $?';
  const child = spawn(program, [...own, '/bin/sh', '-c', script, 'e2e', process.execPath, inside, told], {
    stdio: ['pipe', 'inherit', 'inherit'],
    detached: true,
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:${SYSTEM_PATH}`, KUBECONFIG: '' },
  });
  await writeFile(enterFile(dir), `nsenter --target ${child.pid} --net`);
  let asked = 0;
  const stop = (): void => {
    asked += 1;
    child.stdin.end();
    if (asked > 1) child.kill('SIGKILL');
    else setTimeout(() => child.kill('SIGKILL'), END_MS).unref();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (exitCode) => resolve(exitCode ?? 1));
    });
    return { code, failed: await readFailed(dir) };
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    await removeGroup(id);
    await rm(dir, { recursive: true, force: true });
  }
}

/** The file with the command that a shell of the machine puts before another to run it in the node's network; the inside cannot know its own id. */
export function enterFile(dir: string): string {
  return join(dir, 'enter');
}

/** The file that the inside leaves when it came to the end. */
export function failedFile(dir: string): string {
  return join(dir, 'failed.json');
}

async function readFailed(dir: string): Promise<readonly string[]> {
  const text = await readFile(failedFile(dir), 'utf8').catch(() => '[]');
  return JSON.parse(text) as string[];
}

/** Takes away what runs left whose process is gone. */
async function sweep(onProgress: (line: string) => void): Promise<void> {
  const folders = (await readdir(tmpdir())).filter((name) => name.startsWith(PREFIX));
  const names = new Set([...folders, ...(await groupsNamed(PREFIX))]);
  for (const name of names) {
    if (!isLeftOver(name, isAlive)) continue;
    onProgress(`sweeping up what an earlier run left: ${name}`);
    await removeGroup(name);
    await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}

/** Whether the name is one of ours, of a run whose process is gone. One with our own id is of a process that had the id before. */
export function isLeftOver(name: string, isRunning: (pid: number) => boolean): boolean {
  const [, id] = /^(\d+)$/u.exec(name.startsWith(PREFIX) ? name.slice(PREFIX.length) : '') ?? [];
  return id !== undefined && (Number(id) === process.pid || !isRunning(Number(id)));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
