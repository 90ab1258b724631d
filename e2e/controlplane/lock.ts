// A lock between processes: a file that names its holder, by its id and its start. Whoever finds the holder dead takes the lock over, so a killed
// builder blocks nobody, also where another process has its id now: after a restart of the machine, or in the next container with the same cache.
// Two that take over at the same instant may both go on: the lock saves work (the same long build twice), it must not be what correctness stands on.

import { readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 500;

/** Runs `work` while holding the lock file. `onWait` is called once when another live process holds it, with that process's id. */
export async function withLock<T>(file: string, work: () => Promise<T>, onWait: (holder: number) => void): Promise<T> {
  let waiting = false;
  while (!(await tryLock(file))) {
    const holder = await readHolder(file);
    if (holder === undefined || !(await isAlive(holder))) {
      await rm(file, { force: true });
      continue;
    }
    if (!waiting) {
      onWait(holder.pid);
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
    await writeFile(file, `${process.pid} ${await startOf(process.pid)}`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) {
      return false;
    }
    throw error;
  }
}

interface Holder {
  readonly pid: number;
  /** Empty where it is not known. */
  readonly start: string;
}

async function readHolder(file: string): Promise<Holder | undefined> {
  // The holder creates the file and writes its id in two steps: empty means that it is about to write.
  for (let attempt = 0; attempt < 3; attempt++) {
    const [id = '', start = ''] = (await readFile(file, 'utf8').catch(() => '')).split(' ');
    const pid = Number.parseInt(id, 10);
    if (Number.isInteger(pid)) {
      return { pid, start };
    }
    await sleep(50);
  }
  return undefined;
}

async function isAlive({ pid, start }: Holder): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!hasCode(error, 'EPERM')) return false;
  }
  const now = await startOf(pid);
  return start === '' || now === '' || now === start;
}

/** When the process began, in ticks since the machine did: field 22 of proc_pid_stat(5). Empty where /proc does not tell. */
async function startOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
