// A lock between processes: a file that names its holder. Whoever finds the holder dead takes the lock over, so a killed builder blocks nobody.
// Two that take over at the same instant may both go on: the lock saves work (the same long build twice), it must not be what correctness stands on.

import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 500;

/** Runs `work` while holding the lock file. `onWait` is called once when another live process holds it, with that process's id. */
export async function withLock<T>(file: string, work: () => Promise<T>, onWait: (holder: number) => void): Promise<T> {
  let waiting = false;
  while (!(await tryLock(file))) {
    const holder = await readHolder(file);
    if (holder === undefined || !isAlive(holder)) {
      await rm(file, { force: true });
      continue;
    }
    if (!waiting) {
      onWait(holder);
    }
    waiting = true;
    await sleep(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function tryLock(file: string): Promise<boolean> {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) {
      return false;
    }
    throw error;
  }
}

async function readHolder(file: string): Promise<number | undefined> {
  // The holder creates the file and writes its id in two steps: empty means that it is about to write.
  for (let attempt = 0; attempt < 3; attempt++) {
    const holder = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10);
    if (Number.isInteger(holder)) {
      return holder;
    }
    await sleep(50);
  }
  return undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
