// A flow in a real NiFi: one source and sink that never rest, beside a queue that is filled on every node and then left alone. Whatever happens
// to the nodes, that queue must hold as many flow files afterwards. Counting while flow files move is not possible from outside NiFi.

import assert from 'node:assert/strict';
import { until } from '../../lab/until.ts';
import type { TestCluster } from './cluster.ts';
import { type Ask, askNode, type Json } from './nifi-rest.ts';
import type { Stage } from './stage.ts';

const patient = { timeoutMs: 120_000, everyMs: 1000 };
const source = 'org.apache.nifi.processors.standard.GenerateFlowFile';
const sink = 'org.apache.nifi.processors.attributes.UpdateAttribute';

interface FullQueue {
  /** Flow files in the whole cluster when it had been filled. */
  readonly filled: number;
  /** Fails unless every flow file is there. Nodes that came back may still be reading their queues. */
  isWhole(): Promise<void>;
}

/**
 * Makes the flow and waits until each node's queue is full. Undefined where NiFi is played, there `work` counts while all moves, and on a
 * Kubernetes that is not of the run's own: who is outside of it does not reach a Pod.
 */
export async function fullQueue(stage: Stage, cluster: TestCluster): Promise<FullQueue | undefined> {
  const isOurs = stage.restartApiServer !== undefined;
  if (stage.world !== undefined || !isOurs) return undefined;
  const { handle } = cluster;
  const nodes = await cluster.nodes();
  const queue = await fill(askNode(stage.client, handle, nodes[0] ?? 0), nodes.length);
  stage.onProgress(`${stage.namespace}: ${queue.filled} flow files are queued on ${nodes.length} nodes`);
  return queue;
}

/** Makes the flow in the NiFi that is asked, which has so many nodes. */
async function fill(ask: Ask, nodes: number): Promise<FullQueue> {
  const group = await idOf(ask('POST', 'process-groups/root/process-groups', created({ name: 'kept', position })));
  const busy = await pair(ask, group, { schedulingPeriod: '100 ms', batch: '1' });
  const still = await pair(ask, group, { schedulingPeriod: '200 ms', batch: '20' });
  await run(ask, busy.source, 'RUNNING');
  await run(ask, busy.sink, 'RUNNING');
  await run(ask, still.source, 'RUNNING');
  const status = async (): Promise<ConnectionStatus> => {
    const answer = await ask('GET', `flow/connections/${still.queue}/status?nodewise=${nodes > 1}`);
    return answer['connectionStatus'] as ConnectionStatus;
  };
  const queued = async (): Promise<number> => (await status()).aggregateSnapshot.flowFilesQueued;
  const isFull = async (): Promise<boolean> => {
    const { aggregateSnapshot, nodeSnapshots } = await status();
    const counts = (nodeSnapshots ?? [{ statusSnapshot: aggregateSnapshot }]).map(
      ({ statusSnapshot }) => statusSnapshot.flowFilesQueued,
    );
    return counts.length === nodes && counts.every((count) => count >= 200);
  };
  await until('every node has its queue full', isFull, { ...patient, describe: status });
  await run(ask, still.source, 'STOPPED');
  const filled = await atRest(queued);
  return {
    filled,
    async isWhole() {
      const all = async (): Promise<boolean> => (await queued().catch(() => -1)) === filled;
      await until(`the queue holds ${filled} flow files again`, all, { ...patient, describe: status });
    },
  };
}

interface ConnectionStatus {
  readonly aggregateSnapshot: { readonly flowFilesQueued: number };
  /** Of each node, where it was asked for. */
  readonly nodeSnapshots?: readonly {
    readonly statusSnapshot: { readonly flowFilesQueued: number };
  }[];
}

const position = { x: 0, y: 0 };

/** Ids of a source, a sink and the queue between them; nothing runs. */
async function pair(
  ask: Ask,
  group: string,
  { schedulingPeriod, batch }: { readonly schedulingPeriod: string; readonly batch: string },
): Promise<{ readonly source: string; readonly sink: string; readonly queue: string }> {
  const processor = async (type: string, config: object): Promise<string> =>
    idOf(ask('POST', `process-groups/${group}/processors`, created({ type, position, config })));
  const properties = { 'File Size': '1 kB', 'Batch Size': batch };
  const [from, to] = [
    await processor(source, { schedulingPeriod, properties }),
    await processor(sink, { autoTerminatedRelationships: ['success'] }),
  ];
  const end = (id: string): object => ({ id, groupId: group, type: 'PROCESSOR' });
  const connection = { source: end(from), destination: end(to), selectedRelationships: ['success'] };
  const queue = await idOf(ask('POST', `process-groups/${group}/connections`, created(connection)));
  return { source: from, sink: to, queue };
}

async function run(ask: Ask, processor: string, state: 'RUNNING' | 'STOPPED'): Promise<void> {
  const { revision } = await ask('GET', `processors/${processor}`);
  await ask('PUT', `processors/${processor}/run-status`, { revision, state, disconnectedNodeAcknowledged: false });
}

/** What was being made when the source was stopped is in the queue a moment later. */
async function atRest(queued: () => Promise<number>): Promise<number> {
  let before = -1;
  let same = 0;
  return until(
    'nothing comes into the queue any more',
    async () => {
      const now = await queued();
      same = now === before ? same + 1 : 0;
      before = now;
      return same >= 3 ? now : undefined;
    },
    patient,
  );
}

function created(component: object): object {
  return { revision: { version: 0 }, component };
}

async function idOf(answer: Promise<Json>): Promise<string> {
  const { id } = await answer;
  assert.ok(typeof id === 'string', 'what NiFi made has no id');
  return id;
}
