// The inside of a run, in namespaces of its own: the node comes up, scenarios run, what they left behind is collected. It ends when its
// standard input does: then whoever started it has gone, or wants it to stop.

import process from 'node:process';
import { NiFiWorld } from '../nifi/world.ts';
import { restrictedNamespace, startNode } from './node.ts';
import type { InsideTask } from './outside.ts';
import { placesIn } from './places.ts';
import { startStandinHost } from './standin/host.ts';

async function main(): Promise<number> {
  const task = JSON.parse(process.argv[2] ?? '{}') as InsideTask;
  const started = performance.now();
  const onProgress = (line: string): void => {
    process.stdout.write(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s    ${line}\n`);
  };
  const asked = new Promise<void>((resolve) => {
    process.stdin.resume().once('close', resolve).once('end', resolve);
  });
  const onError = (error: unknown): void => onProgress(`background: ${String(error)}`);
  const places = placesIn(task.dir, task.id);
  const node = await startNode({ places, programs: task.programs, images: task.images, onProgress, onError });
  const world = new NiFiWorld({ onError });
  const { url, caFile } = node.controlPlane;
  await startStandinHost({ client: node.client, world, disks: places.disks, apiServer: { url, caFile }, onError });
  await restrictedNamespace(node.client, 'nifi');
  onProgress(
    `kubectl: ${[node.controlPlane.kubectl.path, ...node.controlPlane.kubectl.args].join(' ')} (inside pid ${process.pid})`,
  );
  if (task.keep) await asked;
  return 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
