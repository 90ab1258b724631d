// Starts the programs of a control plane as children that cannot outlive this process. A reaper (a small shell whose standard input is a pipe from
// here) sees the pipe close when this process ends, however it ends, kills every program named in DIR/pids and removes the folder when asked to. The programs are in sessions of their
// own: a Ctrl-C in the terminal reaches only this process, which then stops them in order.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cmd } from './binaries.ts';

const TAIL_LINES = 15;

// A program is killed before its folder goes: etcd would otherwise make parts of the folder anew.
const REAPER = `cat >/dev/null
for file in "$1"/pids/*; do [ -f "$file" ] && kill -9 "$(cat "$file")" 2>/dev/null; done
if [ "$2" = remove ]; then rm -rf -- "$1"; fi`;

/** A started program: its log is DIR/<name>.log. */
export interface Program {
  readonly name: string;
  readonly pid: number;
  /** Settles when the process has ended, with its exit code or signal. */
  readonly exited: Promise<number | NodeJS.Signals | null>;
  hasExited(): boolean;
  /** Ends the process: SIGTERM, and SIGKILL after `graceMs` (at once when 0). */
  stop(graceMs: number): Promise<void>;
  /** The last lines it logged. */
  tail(): Promise<string>;
  /** Resident memory in bytes, or 0 where /proc does not tell. */
  residentBytes(): Promise<number>;
}

/** Guards everything started below `dir` from now on; gives a function that ends the guard (after the programs were stopped). */
export function startReaper(dir: string, removeDir: boolean): () => void {
  mkdirSync(join(dir, 'pids'), { recursive: true });
  const reaper = spawn('/bin/sh', ['-c', REAPER, 'reaper', dir, removeDir ? 'remove' : 'keep'], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
    env: { PATH: process.env['PATH'] },
  });
  reaper.unref();
  return () => reaper.stdin.end();
}

/** Starts `cmd` with `args`. The environment is bare: no proxy, kubeconfig or home of this machine reaches the program. */
export function startProgram(name: string, cmd: Cmd, args: readonly string[], dir: string): Program {
  const logFile = join(dir, `${name}.log`);
  const pidFile = join(dir, 'pids', name);
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(cmd.path, [...cmd.args, ...args], {
    stdio: ['ignore', log, log],
    detached: true,
    cwd: dir,
    env: { PATH: process.env['PATH'], HOME: dir, TMPDIR: dir },
  });
  closeSync(log);
  const exited = exitOf(child, pidFile);
  const pid = child.pid ?? 0;
  if (pid !== 0) {
    writeFileSync(pidFile, String(pid));
  }
  child.unref();
  const hasExited = (): boolean => pid === 0 || child.exitCode !== null || child.signalCode !== null;
  return {
    name,
    pid,
    exited,
    hasExited,
    tail: async () => (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-TAIL_LINES).join('\n'),
    residentBytes: async () => await residentBytes(pid),
    stop: async (graceMs) => {
      if (graceMs > 0 && !hasExited()) {
        child.kill('SIGTERM');
        await Promise.race([exited, sleep(graceMs)]);
      }
      if (!hasExited()) {
        child.kill('SIGKILL');
      }
      await waitReferenced(exited);
    },
  };
}

async function exitOf(child: ChildProcess, pidFile: string): Promise<number | NodeJS.Signals | null> {
  return await new Promise((resolve) => {
    const settle = (outcome: number | NodeJS.Signals | null): void => {
      // The id may be another program's soon: the reaper must not find it.
      rmSync(pidFile, { force: true });
      resolve(outcome);
    };
    child.once('error', () => settle(null));
    child.once('exit', (code, signal) => settle(code ?? signal));
  });
}

/** Children do not keep this process alive; while their end is awaited, something must. */
async function waitReferenced(exited: Promise<unknown>): Promise<void> {
  const keepAlive = setInterval(() => {}, 1000);
  await exited;
  clearInterval(keepAlive);
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB/m.exec(status) ?? [];
  return Number(kilobytes) * 1024;
}
