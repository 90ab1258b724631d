// The inside of a run, in namespaces of its own: the node comes up, scenarios run, what they left behind is collected. It ends when its
// standard input does: then whoever started it has gone, or wants it to stop.

import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { NiFiWorld } from '../nifi/world.ts';
import { startHistory } from '../scenarios/lib/history.ts';
import { type NamedScenario, type Outcome, runScenarios } from '../scenarios/lib/run.ts';
import type { Ground, Scenario } from '../scenarios/lib/stage.ts';
import { collect } from './collect.ts';
import { run } from './command.ts';
import { type RealNode, startNode } from './node.ts';
import { failedFile, type InsideTask } from './outside.ts';
import { placesIn } from './places.ts';
import { startStandinHost } from './standin/host.ts';

const repository = join(import.meta.dirname, '../..');
const started = performance.now();

function onProgress(line: string): void {
  process.stdout.write(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s    ${line}\n`);
}

async function main(): Promise<number> {
  const task = JSON.parse(process.argv[2] ?? '{}') as InsideTask;
  const over = new Promise<'over'>((resolve) => {
    process.stdin.resume().once('close', () => resolve('over'));
  });
  let last = '';
  const onError = (error: unknown): void => {
    // While the API server is away the same is heard again and again.
    if (String(error) !== last) onProgress(`in the background: ${String(error)}`);
    last = String(error);
  };
  const places = placesIn(task.dir, task.id);
  const node = await startNode({ places, programs: task.programs, images: task.images, onProgress, onError });
  const world = new NiFiWorld({ onError });
  const { url, caFile } = node.controlPlane;
  await startStandinHost({ client: node.client, world, disks: places.disks, apiServer: { url, caFile }, onError });
  const ground = groundOf(task, node, world);
  const work = runScenarios(ground, { scenarios: await scenariosOf(task.only), all: task.only.length === 0 });
  const outcomes = await Promise.race([work, over]);
  if (outcomes === 'over') {
    onProgress('stopped before the end');
    return 130;
  }
  const failed = outcomes.filter(({ problems }) => problems.length > 0);
  if (failed.length > 0)
    onProgress(`what is known of it is in ${await collect(ground, node, failed, join(repository, 'dist/e2e'))}`);
  report(outcomes);
  await writeFile(failedFile(task.dir), JSON.stringify(failed.map(({ name }) => name)));
  if (task.keep) {
    const { path, args } = node.controlPlane.kubectl;
    onProgress(`the node stays until Ctrl-C: nsenter -a -t ${task.id} ${[path, ...args].join(' ')}`);
    await over;
  }
  return failed.length === 0 && outcomes.length > 0 ? 0 : 1;
}

function groundOf(task: InsideTask, node: RealNode, world: NiFiWorld): Ground {
  const { controlPlane, client, places } = node;
  const path = [dirname(task.helm.path), dirname(controlPlane.kubectl.path), process.env['PATH'] ?? ''].join(':');
  const env = { PATH: path, HOME: places.dir, KUBECONFIG: controlPlane.kubeconfig };
  return {
    client,
    history: startHistory(client),
    world,
    auditLog: controlPlane.auditLog,
    olderOperator: task.olderOperator,
    source: task.source,
    restartApiServer: () => controlPlane.restartApiServer(),
    shell: (line, options) => run('/bin/sh', ['-ec', line], { cwd: task.source, env, ...options }),
    onProgress,
  };
}

/** Every file of e2e/scenarios is one, and exports it under any name. */
async function scenariosOf(only: readonly string[]): Promise<readonly NamedScenario[]> {
  const folder = join(repository, 'e2e/scenarios');
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts')).toSorted();
  const all = files.map(async (file) => {
    const name = file.replace(/\.ts$/u, '');
    const [found] = Object.values((await import(join(folder, file))) as Record<string, Scenario>);
    if (found === undefined) throw new Error(`${file} exports no scenario`);
    return { name, ...found };
  });
  const wanted = (await Promise.all(all)).filter(
    ({ name, turn }) => only.length === 0 || only.includes(name) || turn === 'first',
  );
  const unknown = only.filter((name) => !wanted.some((one) => one.name === name));
  if (unknown.length > 0) throw new Error(`there is no scenario ${unknown.join(', ')}`);
  return wanted;
}

function report(outcomes: readonly Outcome[]): void {
  const failed = outcomes.filter(({ problems }) => problems.length > 0);
  onProgress(`${outcomes.length - failed.length} of ${outcomes.length} scenarios passed`);
  if (failed.length > 0) onProgress(`failed: ${failed.map(({ name }) => name).join(', ')}`);
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
