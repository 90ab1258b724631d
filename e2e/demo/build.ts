// Builds the control plane's programs in a group of processes of its own, so that ending the demo in the middle ends the compiler too. On a
// terminal one live line shows how far it is and how long it has taken.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { DemoFolder } from './folder.ts';
import type { Screen } from './screen.ts';

const program = fileURLToPath(new URL('../controlplane/binaries-main.ts', import.meta.url));
const tickMs = 1000;

/** Resolves when the programs are there. Throws Error with what the build said last. */
export async function buildPrograms(screen: Screen, folder: DemoFolder, signal: AbortSignal): Promise<void> {
  const started = performance.now();
  const child = spawn(process.execPath, [program], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  const ended = once(child, 'close');
  const pid = child.pid ?? 0;
  const release = await folder.guard('build', pid, 'group');
  const onAbort = (): void => void process.kill(-pid, 'SIGKILL');
  signal.addEventListener('abort', onAbort, { once: true });
  const lines: string[] = [];
  const show = (): void => {
    const last = lines.at(-1);
    if (last === undefined) return;
    const seconds = Math.round((performance.now() - started) / 1000);
    screen.draw([{ key: 'build', text: screen.live ? `Building the control plane, ${seconds} s: ${last}` : last }]);
  };
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    show();
  });
  const ticking = setInterval(() => screen.live && show(), tickMs);
  try {
    await ended;
  } finally {
    clearInterval(ticking);
    signal.removeEventListener('abort', onAbort);
    await release();
    screen.draw([]);
  }
  signal.throwIfAborted();
  if (child.exitCode !== 0) throw new Error(`the control plane cannot be built:\n${lines.slice(-20).join('\n')}`);
}
