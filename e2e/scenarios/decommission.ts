// A node in the middle leaves, by its id, with a full queue. What it held moves to the others; then its volume goes, and nothing else does.

import assert from 'node:assert/strict';
import { persistentVolumeClaims, pods } from '../../pkg/kube/resources.ts';
import { until } from '../lab/until.ts';
import type { PlayedFlow } from '../nifi/flow/played-flow.ts';
import { aCluster } from './lib/cluster.ts';
import { fullQueue } from './lib/real-flow.ts';
import { scenario } from './lib/stage.ts';

export const decommission = scenario('a node leaves by its id, and its flow files stay', 'beside', async (stage) => {
  const cluster = await aCluster(stage, 'prod', { nodeIds: [0, 1, 2] });
  const { client } = stage;
  const flow = cluster.work({ producePerSecond: 100, consumePerSecond: 0 });
  const held = (): number =>
    Object.entries(flow?.queued() ?? {}).find(([address]) => address.startsWith('prod-1.'))?.[1] ?? 0;
  if (flow !== undefined) await until('node 1 holds flow files', () => held() > 200);
  const queue = await fullQueue(stage, cluster);
  const before = await cluster.podUids();

  await cluster.change({ spec: { nodeIds: [0, 2] } });
  await cluster.settled();

  assert.deepEqual(await cluster.nodes(), [0, 2]);
  const gone = async (): Promise<boolean> =>
    (await client.get(persistentVolumeClaims, cluster.handle.key('data-prod-1'))) === undefined &&
    (await client.get(pods, cluster.handle.key('prod-1'))) === undefined;
  await until('its Pod and its volume are gone', gone, { timeoutMs: 60_000, everyMs: 250 });
  await queue?.isWhole();
  if (flow !== undefined) assert.equal(queuedOnAll(flow), flow.counts().produced);
  const { 'prod-1': _left, ...others } = before;
  assert.deepEqual(await cluster.podUids(), others);
});

/** On the nodes that are there. */
function queuedOnAll(flow: PlayedFlow): number {
  flow.setRates({ producePerSecond: 0 });
  return Object.values(flow.queued()).reduce((sum, queued) => sum + queued, 0);
}
