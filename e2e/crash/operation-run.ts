// One operation on a cluster of its own that runs and is full of flow files, carried out by operators that are killed on the
// way. The sources go on all the while; at the end everything is counted.

import assert from 'node:assert/strict';
import { podName } from '../../api/v1/labels.ts';
import type { DefaultedNiFiCluster } from '../../api/v1/zz_generated.nificluster.ts';
import { persistentVolumeClaims } from '../../pkg/kube/resources.ts';
import type { Lab } from '../lab/lab.ts';
import { until } from '../lab/until.ts';
import type { PlayedFlow } from '../nifi/flow/played-flow.ts';
import { BringUp, clusterName } from './bring-up.ts';
import { type Operation, spec } from './operations.ts';
import type { Kill } from './operators.ts';
import { type Watched, watchNodes } from './watch.ts';

const patient = { timeoutMs: 600_000, everyMs: 100 };
const nodes = [0, 1, 2];
/** On each node before anything happens, in a queue of their own that nobody empties. */
const kept = 100;
const rates = { producePerSecond: 50, consumePerSecond: 20 };
/** Policies that a bring-up gives; a process that dies before would leave them to the next. */
const policies = 8;

export class OperationRun {
  readonly bringUp: BringUp;
  private readonly lab: Lab;
  private readonly operation: Operation;
  private flow: PlayedFlow | undefined;
  private watched: Watched | undefined;
  private before: ReadonlyMap<number, string> = new Map();
  private coordinator = '';

  constructor(lab: Lab, program: string, namespace: string, operation: Operation) {
    this.lab = lab;
    this.operation = operation;
    this.bringUp = new BringUp(lab, program, namespace);
  }

  /** Brings the cluster up, does the operation, and resolves when it has come to its end. Throws when it has not. */
  async carryOut(kills: readonly Kill[]): Promise<void> {
    const { bringUp, lab, operation } = this;
    await bringUp.start({ ...spec, ...operation.spec });
    await bringUp.isUp({ looks: 8, policies });
    const { cluster, operators } = bringUp;
    await cluster.until('NiFi has a coordinator', ({ status }) => status?.coordinator !== undefined, patient);
    this.coordinator = (await cluster.get()).status?.coordinator ?? '';
    this.flow = lab.nifi.play(`${cluster.namespace}/${cluster.name}`, { name: cluster.namespace, ...rates });
    for (const id of nodes) this.node(id).produce(kept, this.queue);
    this.before = await this.containers(nodes);
    this.watched = watchNodes(
      lab,
      cluster,
      nodes.filter((id) => operation.nodes[id] !== undefined),
    );
    operators.arm(kills);
    await operation.run({ cluster, node: (id) => this.node(id) });
    await until(`${cluster.namespace}: ${operation.name}`, () => this.isDone(), {
      ...patient,
      describe: async () => ({ status: (await cluster.get()).status, ...operators.report() }),
    });
    await operators.quiet();
    this.watched.stop();
    this.flow.stop();
  }

  /** What must be so whatever happened on the way. */
  async assertOutcome(): Promise<void> {
    const { operation, bringUp, lab } = this;
    const ids = Object.keys(operation.nodes).map(Number);
    const after = await this.containers(ids);
    const same = ids.filter((id) => after.get(id) === this.before.get(id));
    assert.deepEqual(
      same,
      ids.filter((id) => operation.nodes[id] === 'same Pod'),
      'the nodes that were not restarted',
    );
    const touched = same.filter((id) => this.watched?.ever.has(id) === true);
    assert.deepEqual(touched, [], 'nodes that were not to be touched and were disconnected');
    assert.ok((this.watched?.most ?? 0) <= (operation.down ?? 1), `${this.watched?.most} nodes were down at once`);
    const volumes = ids.flatMap((id) => [`content-${podName(clusterName, id)}`, `data-${podName(clusterName, id)}`]);
    const claims = (await bringUp.cluster.list(persistentVolumeClaims)).map(({ metadata }) => metadata.name);
    assert.deepEqual(claims.toSorted(), [...volumes, ...(operation.moreClaims ?? [])].toSorted());
    if (operation.coordinatorLast === true) this.assertCoordinatorLast();
    const all = kept * nodes.length;
    assert.deepEqual(lab.nifi.disks.counts(this.queue), { produced: all, consumed: 0, queued: all, lost: 0 });
    this.assertNothingLost();
  }

  async stop(): Promise<void> {
    this.watched?.stop();
    this.flow?.stop();
    await this.bringUp.stop();
  }

  private assertCoordinatorLast(): void {
    const deletes = this.bringUp.operators.writes.filter(({ what }) => what.startsWith('DELETE pods/'));
    assert.equal(deletes.at(-1)?.what, `DELETE pods/${this.coordinator}`, 'the coordinator was last');
  }

  private assertNothingLost(): void {
    const counts = this.flow?.counts();
    assert.ok(counts !== undefined && counts.produced > 0, 'the sources went on');
    assert.equal(counts.lost, 0);
    assert.equal(counts.queued + counts.consumed, counts.produced);
  }

  /** A queue of this run alone: counts are by queue. */
  private get queue(): string {
    return `kept in ${this.bringUp.namespace}`;
  }

  private node(id: number): ReturnType<Lab['nifi']['nodeOfPod']> {
    return this.lab.nifi.nodeOfPod(this.bringUp.namespace, podName(clusterName, id));
  }

  /** The container of each node, by its UID: another Pod has another one, and so has a container that was restarted. */
  private async containers(ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
    return new Map(ids.map((id) => [id, this.node(id).containerId]));
  }

  private async isDone(): Promise<boolean> {
    this.bringUp.operators.assertAlive();
    return isAsAsked(await this.bringUp.cluster.get(), Object.keys(this.operation.nodes).map(Number));
  }
}

/** Ready for the spec that it has now, with these nodes and no other, each of which runs what it should. */
function isAsAsked({ metadata, status }: DefaultedNiFiCluster, ids: readonly number[]): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const current = ready?.status === 'True' && status?.observedGeneration === metadata.generation;
  const nodesNow = status?.nodes ?? [];
  return (
    current &&
    nodesNow.map(({ id }) => id).join() === ids.join() &&
    nodesNow.every(({ updated, ready: up }) => updated === true && up === true)
  );
}
