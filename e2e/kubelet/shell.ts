// Runs a container's command as a process of this machine and waits for its end.
// In a process group of its own, so that what it started dies with it. Output is kept only as far as a termination
// message could show it.

import { spawn } from 'node:child_process';

const keptBytes = 16_384;

interface ShellRun {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Kills the process group. */
  readonly signal: AbortSignal;
}

export interface ShellResult {
  /** 128 + signal number when killed, 127 when there is no such program. */
  readonly exitCode: number;
  /** The last 16 KiB of stdout and stderr, as they came. */
  readonly output: string;
}

export async function runCommand({ command, env, cwd, signal }: ShellRun): Promise<ShellResult> {
  const [program = '/bin/true', ...args] = command;
  if (signal.aborted) return { exitCode: 137, output: '' };
  return await new Promise<ShellResult>((resolve) => {
    let output = '';
    const child = spawn(program, args, { cwd, env: { ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-keptBytes);
    };
    function killGroup(): void {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }
    function finish(exitCode: number): void {
      signal.removeEventListener('abort', killGroup);
      resolve({ exitCode, output });
    }
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    signal.addEventListener('abort', killGroup, { once: true });
    child.once('error', (error) => {
      output += error.message;
      finish(127);
    });
    child.once('close', (code, killedBy) => finish(code ?? (killedBy === 'SIGTERM' ? 143 : 137)));
  });
}
