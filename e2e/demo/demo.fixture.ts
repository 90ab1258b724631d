// A demo as people start it, for tests: a process of its own. Its temporary folder is put into one of the test's own, so that whatever is
// left, a file or a process that names it, is the demo's.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../lab/until.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

export interface RunningDemo {
  readonly child: ChildProcess;
  readonly folder: string;
  readonly text: () => string;
  exit(): Promise<number | NodeJS.Signals | null>;
}

/** `samples` are texts by file, which may be in a folder. */
export async function startDemo(
  context: Pick<TestContext, 'after'>,
  samples: Readonly<Record<string, string>>,
  flags: readonly string[],
): Promise<RunningDemo> {
  const base = await mkdtemp(join(tmpdir(), 'demo-test-'));
  const [folder, sampleFolder] = [join(base, 't'), join(base, 'samples')];
  await Promise.all([mkdir(folder), mkdir(sampleFolder)]);
  for (const [file, text] of Object.entries(samples)) {
    await mkdir(dirname(join(sampleFolder, file)), { recursive: true });
    await writeFile(join(sampleFolder, file), text);
  }
  const kubeconfig = join(base, 'machine');
  await writeFile(kubeconfig, 'this is no kubeconfig, and nobody may read it');
  const child = spawn(process.execPath, [main, '--samples', sampleFolder, ...flags], {
    env: { ...process.env, TMPDIR: folder, KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const closed = once(child, 'close');
  context.after(async () => {
    child.kill('SIGKILL');
    await closed;
    await rm(base, { recursive: true, force: true });
  });
  return {
    child,
    folder,
    text: () => output,
    async exit() {
      await closed;
      return child.exitCode ?? child.signalCode;
    },
  };
}

export async function nothingIsLeft({ folder, text }: RunningDemo): Promise<void> {
  await until(
    'the demo has taken everything away',
    async () => (await readdir(folder)).length === 0 && (await processesNaming(folder)).length === 0,
    {
      timeoutMs: 60_000,
      describe: async () => ({ files: await readdir(folder), processes: await processesNaming(folder), said: text() }),
    },
  );
}

/** Command lines of processes that name the folder. */
async function processesNaming(folder: string): Promise<readonly string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/u.test(name));
  // A process may end while the list is read.
  const lines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(folder)).map((line) => line.replaceAll('\0', ' '));
}
