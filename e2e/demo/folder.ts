// The one temporary folder of a demo. Everything that the demo's libraries write to the system's temporary folder lands in it too, and a reaper (a
// small shell whose standard input is a pipe from here) kills what is named in FOLDER/pids and removes the folder when this process ends,
// however it ends. The surprising rule: the control plane has a reaper of its own, whose list lies in this folder; ours waits for it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const folderPrefix = 'nifi-demo-';
const PATIENCE_MS = 3000;

// A name that ends in "-group" is the id of a process group. Twenty seconds are far more than the control plane's reaper takes.
const REAPER = `cat >/dev/null
for file in "$1"/pids/*; do
  [ -f "$file" ] || continue
  case "$file" in *-group) kill -9 -- "-$(cat "$file")" ;; *) kill -9 "$(cat "$file")" ;; esac 2>/dev/null
done
tries=0
while ls -d "$1"/controlplane-* >/dev/null 2>&1 && [ $tries -lt 200 ]; do sleep 0.1; tries=$((tries + 1)); done
rm -rf -- "$1"`;

export interface DemoFolder {
  readonly path: string;
  /** From now on the process (or group of processes) does not outlive this one. */
  guard(name: string, pid: number, what: 'process' | 'group'): Promise<Release>;
  /** Ends what is still guarded and removes the folder; where a control plane still runs, only after the end of this process. */
  remove(): Promise<void>;
}

/** Its id may be another program's soon: called when the process has ended. */
export type Release = () => Promise<void>;

/** Makes the folder and turns this process's temporary folder into it. */
export async function makeFolder(): Promise<DemoFolder> {
  const path = await mkdtemp(join(tmpdir(), folderPrefix));
  await mkdir(join(path, 'pids'));
  const reaper = spawn('/bin/sh', ['-c', REAPER, 'reaper', path], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
    env: { PATH: process.env['PATH'] },
  });
  reaper.unref();
  process.env['TMPDIR'] = path;
  return {
    path,
    async guard(name, pid, what) {
      const file = join(path, 'pids', what === 'group' ? `${name}-group` : name);
      await writeFile(file, String(pid));
      return () => rm(file, { force: true });
    },
    async remove() {
      const reaped = once(reaper, 'exit');
      reaper.ref();
      reaper.stdin.end();
      await Promise.race([reaped, sleep(PATIENCE_MS)]);
    },
  };
}
