// The inside of a run, in namespaces of its own: the node comes up, scenarios run, what they left behind is collected. It ends when its
// standard input does: then whoever started it has gone, or wants it to stop.

import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { stringify } from 'yaml';
import { NiFiWorld } from '../nifi/world.ts';
import { startHistory } from '../scenarios/lib/history.ts';
import { loadScenarios, report, shellIn } from '../scenarios/lib/load.ts';
import { runScenarios } from '../scenarios/lib/run.ts';
import type { Ground } from '../scenarios/lib/stage.ts';
import { collect } from './collect.ts';
import { type RealNode, startNode } from './node.ts';
import { enterFile, failedFile, type InsideTask } from './outside.ts';
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
  const { programs, images, nifi } = task;
  // A played NiFi works in this process, so Pods do little and wait for nobody; real ones that start would leave nothing to the API server.
  const podsWeight = nifi.reference === undefined ? 16 : 1;
  const node = await startNode({ places, programs, images, podsWeight, onProgress, onError });
  // What the README's commands may be told, and only where it is not what the chart says anyway.
  await writeFile(valuesFile(task.dir), stringify({ cluster: { spec: { version: nifi.version } } }));
  const world = nifi.reference === undefined ? await play(node, onError) : undefined;
  const ground = groundOf(task, node, world);
  if (task.bare) {
    onProgress(await howToReach(task, node));
    await over;
    return 0;
  }
  const work = runScenarios(ground, { scenarios: await loadScenarios(task.only), all: task.only.length === 0 });
  const outcomes = await Promise.race([work, over]);
  if (outcomes === 'over') {
    onProgress('stopped before the end');
    return 130;
  }
  const failed = outcomes.filter(({ problems }) => problems.length > 0);
  if (failed.length > 0)
    onProgress(`what is known of it is in ${await collect(ground, node, failed, join(repository, 'dist/e2e'))}`);
  report(ground, outcomes);
  await writeFile(failedFile(task.dir), JSON.stringify(failed.map(({ name }) => name)));
  if (task.keep) {
    onProgress(await howToReach(task, node));
    await over;
  }
  return failed.length === 0 && outcomes.length > 0 ? 0 : 1;
}

/** Nothing listens outside of the node's network; the files are the machine's. */
async function howToReach({ dir, helm }: InsideTask, { controlPlane }: RealNode): Promise<string> {
  const programs = [dirname(controlPlane.kubectl.path), dirname(helm.path)].join(':');
  return `the node stays until Ctrl-C. From another shell, as root:
  export KUBECONFIG=${controlPlane.kubeconfig} PATH=${programs}:$PATH
  ${await readFile(enterFile(dir), 'utf8')} kubectl get pods --all-namespaces`;
}

async function play(node: RealNode, onError: (error: unknown) => void): Promise<NiFiWorld> {
  const world = new NiFiWorld({ onError });
  const { url, caFile } = node.controlPlane;
  const { disks } = node.places;
  await startStandinHost({ client: node.client, world, disks, apiServer: { url, caFile }, onError });
  return world;
}

function groundOf(task: InsideTask, node: RealNode, world: NiFiWorld | undefined): Ground {
  const { controlPlane, client, places } = node;
  const { source, nifi, olderOperator } = task;
  const programs = [dirname(task.helm.path), dirname(controlPlane.kubectl.path)];
  const env = { HOME: places.dir, KUBECONFIG: controlPlane.kubeconfig, CLUSTER_VALUES: valuesFile(places.dir) };
  return {
    client,
    history: startHistory(client),
    world,
    nifi,
    auditLog: controlPlane.auditLog,
    olderOperator,
    source,
    restartApiServer: () => controlPlane.restartApiServer(),
    shell: shellIn(source, programs, env),
    onProgress,
  };
}

function valuesFile(dir: string): string {
  return join(dir, 'cluster-values.yaml');
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
