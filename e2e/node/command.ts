// Runs a program to its end. A failure carries the command and the end of what it said; nothing is printed.

import { spawn } from 'node:child_process';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Written to its standard input. */
  readonly input?: string;
  /** Gets its output as it comes. */
  readonly onOutput?: (text: string) => void;
  /** After it the program is killed, and what it started is waited for no longer. */
  readonly timeoutMs?: number;
}

export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly output: string;

  constructor(message: string, output: string) {
    super(message);
    this.output = output;
  }
}

/** Its standard output. Throws CommandError when it does not end with 0. */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { cwd, env = process.env, input, onOutput = () => undefined, timeoutMs } = options;
  const child = spawn(program, [...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env,
    ...(cwd === undefined ? {} : { cwd }),
  });
  let [output, all] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    all += text;
    onOutput(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    all += text;
    onOutput(text);
  });
  // A program that ends without reading its input breaks the pipe; what it says then is in its output.
  child.stdin.on('error', () => undefined).end(input ?? '');
  let how = '';
  const kill = (): void => {
    how = ` (it was killed after ${(timeoutMs ?? 0) / 1_000} s)`;
    child.kill('SIGKILL');
    // A child of a shell lives on, and holds the other ends.
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
  };
  const limit = timeoutMs === undefined ? undefined : setTimeout(kill, timeoutMs);
  const code = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => resolve(exitCode ?? signal));
  }).finally(() => clearTimeout(limit));
  if (code !== 0) {
    const said = all.trim().split('\n').slice(-25).join('\n');
    throw new CommandError(`${program} ${args.join(' ')} ended with ${code}${how}: ${said}`, all);
  }
  return output;
}
