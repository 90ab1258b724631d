// By hand only: `make e2e E2E="--only soak"`. For twenty minutes (SOAK_MINUTES) a cluster is made, rolled, loses a Pod and is deleted again and
// again, and the API server restarts every five minutes. What the operator holds, of memory and of open files, must not grow with it.

import assert from 'node:assert/strict';
import process from 'node:process';
import { persistentVolumeClaims, pods } from '../../pkg/kube/resources.ts';
import { until } from '../lab/until.ts';
import { aCluster } from './lib/cluster.ts';
import { type Held, heldByOperators } from './lib/held.ts';
import { type Stage, scenario } from './lib/stage.ts';

const MINUTE_MS = 60_000;
const RESTART_EVERY_MS = 5 * MINUTE_MS;
/** Of memory, between the first third and the last: what a heap breathes. */
const MOST_GROWTH = 1.25;

export const soak = scenario(
  'what the operator holds does not grow while clusters come and go',
  'by hand',
  async (stage) => {
    const { restartApiServer } = stage;
    if (restartApiServer === undefined) throw new Error('this API server is not ours to restart');
    const started = performance.now();
    const minutes = Number(process.env['SOAK_MINUTES'] ?? '20');
    const samples: Held[] = [];
    let restarts = 0;
    for (let round = 0; performance.now() - started < minutes * MINUTE_MS; round += 1) {
      await liveOnce(stage, `soak-${round}`);
      samples.push(...(await heldByOperators(stage)));
      if ((performance.now() - started) / RESTART_EVERY_MS > restarts + 1) {
        restarts += 1;
        await restartApiServer();
      }
    }
    judge(stage, samples);
  },
  ['restartApiServer'],
);

/** A whole life of a cluster of two nodes. */
async function liveOnce(stage: Stage, name: string): Promise<void> {
  const cluster = await aCluster(stage, name, { replicas: 2, volumeRetention: { whenDeleted: 'Delete' } });
  stage.expectStarts(2);
  await cluster.change({ spec: { node: { config: { nifiProperties: { 'nifi.queue.swap.threshold': '30001' } } } } });
  await cluster.settled();
  const uid = await cluster.podUid(1);
  stage.expectStarts(1);
  await stage.kubectl('delete', 'pod', `${name}-1`);
  await until('its Pod is another one', async () => (await cluster.handle.pod(1))?.metadata.uid !== uid, {
    timeoutMs: 60_000,
  });
  await cluster.settled();
  await stage.kubectl('delete', `nifi/${name}`);
  const gone = async (): Promise<boolean> =>
    (await cluster.handle.list(pods)).length === 0 && (await cluster.handle.list(persistentVolumeClaims)).length === 0;
  await until(`${name} is gone`, gone, { timeoutMs: 120_000, everyMs: 500 });
}

function judge(stage: Stage, samples: readonly Held[]): void {
  const third = Math.floor(samples.length / 3);
  assert.ok(third > 0, 'there were too few rounds to compare');
  for (const what of ['memoryBytes', 'openFiles'] as const) {
    const [first, last] = [median(samples.slice(0, third), what), median(samples.slice(-third), what)];
    stage.onProgress(
      `${what}: ${Math.round(first)} in the first third, ${Math.round(last)} in the last, ${samples.length} samples`,
    );
    assert.ok(last <= first * MOST_GROWTH, `${what} grew from ${first} to ${last}`);
  }
}

function median(samples: readonly Held[], what: keyof Held): number {
  const values = samples.map((sample) => sample[what]).toSorted((a, b) => a - b);
  return values[Math.floor(values.length / 2)] ?? 0;
}
