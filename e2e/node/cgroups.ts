// The control groups of a run: one of its name in every hierarchy of the machine, below which the kubelet makes those of Pods.
// They are the one thing that outlives a run's processes, so they are taken away by name, also those of a run that was killed.

import { constants } from 'node:fs';
import { access, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const base = '/sys/fs/cgroup';

/** Version 2 is one tree; in version 1 every controller has its own. */
async function hierarchies(): Promise<readonly string[]> {
  if (await exists(join(base, 'cgroup.controllers'))) return [base];
  const names = await readdir(base);
  return names.map((name) => join(base, name));
}

/** `weight` of all Pods together, of the processor: 1 is that of one program of the machine. Throws where there are no hierarchies. */
export async function makeGroup(name: string, weight: number): Promise<void> {
  const all = await hierarchies();
  if (all.length === 0) throw new Error(`there is nothing in ${base}`);
  for (const hierarchy of all) {
    const group = join(hierarchy, name);
    await mkdir(group, { recursive: true });
    await giveWeight(group, weight);
    // A new group of this controller of version 1 may run nothing until it is told where.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      if (await exists(join(group, 'cgroup.clone_children'))) {
        const parent = await readFile(join(hierarchy, file), 'utf8').catch(() => undefined);
        if (parent !== undefined) await writeFile(join(group, file), parent);
      }
    }
  }
}

/** In version 1 a program weighs 1,024, in version 2 it weighs 100. */
async function giveWeight(group: string, weight: number): Promise<void> {
  const weights = { 'cpu.shares': 1_024 * weight, 'cpu.weight': 100 * weight };
  for (const [file, value] of Object.entries(weights)) {
    if (await exists(join(group, file))) await writeFile(join(group, file), String(value));
  }
}

/** Takes the groups of this name away, kills what is still in them. */
export async function removeGroup(name: string): Promise<void> {
  for (const hierarchy of await hierarchies()) await removeTree(join(hierarchy, name));
}

/** Names of groups that begin so. */
export async function groupsNamed(prefix: string): Promise<readonly string[]> {
  const lists = (await hierarchies()).map(async (hierarchy) => readdir(hierarchy));
  return [...new Set((await Promise.all(lists)).flat())].filter((name) => name.startsWith(prefix));
}

async function removeTree(group: string): Promise<void> {
  if (!(await exists(group))) return;
  const entries = await readdir(group, { withFileTypes: true });
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(group, entry.name));
  for (let tries = 0; tries < 50; tries += 1) {
    const pids = (await readFile(join(group, 'cgroup.procs'), 'utf8').catch(() => ''))
      .split('\n')
      .filter((pid) => pid !== '');
    for (const pid of pids) killNow(Number(pid));
    if (
      await rmdir(group).then(
        () => true,
        () => false,
      )
    )
      return;
    await sleep(100);
  }
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}
