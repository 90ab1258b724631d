// The demo as people start it: a process that comes to its end by itself, by a signal or by its death, and leaves nothing behind. Its temporary folder
// is put into one of the test's own, so that whatever is left, a file or a process that names it, is the demo's.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../lab/until.ts';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

interface RunningDemo {
  readonly child: ChildProcess;
  readonly folder: string;
  readonly text: () => string;
  exit(): Promise<number | NodeJS.Signals | null>;
}

async function startDemo(
  context: TestContext,
  samples: Readonly<Record<string, string>>,
  flags: readonly string[],
): Promise<RunningDemo> {
  const base = await mkdtemp(join(tmpdir(), 'demo-test-'));
  const [folder, sampleFolder] = [join(base, 't'), join(base, 'samples')];
  await Promise.all([mkdir(folder), mkdir(sampleFolder)]);
  for (const [file, text] of Object.entries(samples)) await writeFile(join(sampleFolder, file), text);
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

async function nothingIsLeft({ folder, text }: RunningDemo): Promise<void> {
  await until(
    'the demo has taken everything away',
    async () => (await readdir(folder)).length === 0 && (await processesNaming(folder)).length === 0,
    {
      timeoutMs: 20_000,
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

function sample(name: string, spec: string): string {
  return `apiVersion: datadynamics.io/v1\nkind: NiFiCluster\nmetadata: { name: ${name} }\nspec: { ${spec} }\n`;
}

const three = sample('prod', 'version: 2.6.0, replicas: 3');

describe('the demo', { concurrency: false, timeout: 900_000 }, () => {
  test('once ends with 0 when everything is Ready, and leaves nothing behind', async (context) => {
    const demo = await startDemo(context, { 'three.yaml': three }, ['--once']);
    assert.equal(await demo.exit(), 0, demo.text());
    assert.match(demo.text(), /prod: Running, Ready=True \(Ready\), 3\/3 nodes/u);
    await nothingIsLeft(demo);
  });

  test('a sample that the API server refuses ends it with the reason', async (context) => {
    const demo = await startDemo(context, { 'broken.yaml': sample('broken', 'version: two, replicas: 1') }, ['--once']);
    assert.equal(await demo.exit(), 1, demo.text());
    assert.match(demo.text(), /broken\.yaml: NiFiCluster broken is refused: .*spec\.version/su);
    await nothingIsLeft(demo);
  });

  test('a cluster that is not Ready in time ends it with the condition and the end of the log', async (context) => {
    const configFrom = 'configFrom: [{ file: nifi.properties, configMapRef: { name: nowhere } }]';
    const stuck = sample('stuck', `version: 2.6.0, replicas: 1, node: { ${configFrom} }`);
    const demo = await startDemo(context, { 'stuck.yaml': stuck }, ['--once', '--timeout', '30']);
    assert.equal(await demo.exit(), 1, demo.text());
    assert.match(demo.text(), /stuck is not Ready:\n.*nowhere/su);
    assert.match(demo.text(), /The last lines of the operator:\n.*Started/su);
    await nothingIsLeft(demo);
  });

  test('it stays when all is Ready, and a signal ends it in order', async (context) => {
    const demo = await startDemo(context, { 'three.yaml': three }, []);
    await until('the demo tells what to try', () => demo.text().includes('To try in another terminal'), {
      timeoutMs: 600_000,
      describe: () => demo.text(),
    });
    demo.child.kill('SIGTERM');
    assert.equal(await demo.exit(), 0, demo.text());
    await nothingIsLeft(demo);
  });

  test('nothing outlives a demo that is killed', async (context) => {
    const demo = await startDemo(context, { 'three.yaml': three }, []);
    await until('the operator runs', () => demo.text().includes('The operator runs'), {
      timeoutMs: 600_000,
      describe: () => demo.text(),
    });
    demo.child.kill('SIGKILL');
    assert.equal(await demo.exit(), 'SIGKILL');
    await nothingIsLeft(demo);
  });
});
