// A flow at work, for tests: on every node a source that puts flow files into a queue at a steady rate, and what takes them off it.
// It works on each node whose components run, whatever its cluster thinks of the node: on one that is disconnected too, on one
// that is offloaded no more, and on one that was restarted again. Back-pressure holds the source back, never anything that moves.
// While the cluster has a flow, a component that is stopped or gone there neither makes nor takes anything.

import { randomUUID } from 'node:crypto';
import type { Cancel, Clock } from '../../../pkg/kube/clock.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Disks, FlowFileCounts } from '../disks.ts';
import type { ClusterState, Component, Connection } from './state.ts';

export interface FlowOptions {
  /** Of the process group, and with it of the flow. */
  readonly name?: string;
  /** Flow files a second that each node's source makes. Default 0. */
  readonly producePerSecond?: number;
  /** Flow files a second that each node takes off its queue. Default 0. */
  readonly consumePerSecond?: number;
  /** Flow files in a node's queue from which on its source waits. Default 10,000. */
  readonly backPressure?: number;
}

export interface PlayedFlow {
  readonly connectionId: string;
  readonly groupId: string;
  /** From now on. */
  setRates(rates: { readonly producePerSecond?: number; readonly consumePerSecond?: number }): void;
  /** Flow files in the queue, by address of the running node. */
  queued(): Readonly<Record<string, number>>;
  counts(): FlowFileCounts;
  /** What is queued stays. */
  stop(): void;
}

interface Surroundings {
  readonly cluster: Cluster;
  readonly disks: Disks;
  readonly clock: Clock;
}

const tickMs = 20;

/** Puts a group with a source, a queue and a sink into the cluster's flow and starts it. Throws while there is no elected flow. */
export function playFlow({ cluster, disks, clock }: Surroundings, options: FlowOptions = {}): PlayedFlow {
  const { state } = cluster;
  if (!state) throw new Error(`The cluster ${cluster.key} has no flow yet`);
  const connection = draw(state, options);
  const { id, groupId, backPressure } = connection;
  let produce = new Pace(options.producePerSecond ?? 0);
  let consume = new Pace(options.consumePerSecond ?? 0);
  let last = clock.monotonicMs();
  let cancel: Cancel;
  const tick = (): void => {
    const now = clock.monotonicMs();
    const [made, taken] = [produce.due(now - last), consume.due(now - last)];
    last = now;
    const scheduled = (end: string): boolean =>
      !cluster.state || cluster.state.components.get(end)?.scheduled === 'RUNNING';
    const [produces, consumes] = [scheduled(connection.sourceId), scheduled(connection.destinationId)];
    for (const member of cluster.members) {
      if (produces && made > 0) member.generate(id, made, backPressure);
      if (consumes && taken > 0) member.work(id, taken);
    }
    cancel = clock.setTimeout(tick, tickMs);
  };
  cancel = clock.setTimeout(tick, tickMs);
  return {
    connectionId: id,
    groupId,
    setRates({ producePerSecond, consumePerSecond }) {
      if (producePerSecond !== undefined) produce = new Pace(producePerSecond);
      if (consumePerSecond !== undefined) consume = new Pace(consumePerSecond);
    },
    queued: () => Object.fromEntries(cluster.members.map((member) => [member.address, member.queuedIn(id)])),
    counts: () => disks.counts(id),
    stop: () => cancel(),
  };
}

/** Whole flow files out of a rate; what is left over counts for the next time. */
class Pace {
  private readonly perMs: number;
  private rest = 0;

  constructor(perSecond: number) {
    this.perMs = perSecond / 1_000;
  }

  due(ms: number): number {
    this.rest += ms * this.perMs;
    const whole = Math.floor(this.rest);
    this.rest -= whole;
    return whole;
  }
}

function draw(state: ClusterState, { name = 'flow', backPressure = 10_000 }: FlowOptions): Connection {
  const groupId = randomUUID();
  state.groups.set(groupId, { id: groupId, parentId: state.rootGroupId, name, comments: '', position: { x: 0, y: 0 } });
  const source = processor(groupId, 'gen', 'org.apache.nifi.processors.standard.GenerateFlowFile');
  const sink = processor(groupId, 'upd', 'org.apache.nifi.processors.attributes.UpdateAttribute');
  for (const component of [source, sink]) state.components.set(component.id, component);
  const connection: Connection = {
    id: randomUUID(),
    groupId,
    name: 'q',
    relationships: ['success'],
    sourceId: source.id,
    destinationId: sink.id,
    backPressure,
  };
  state.connections.set(connection.id, connection);
  return connection;
}

function processor(groupId: string, name: string, type: string): Component {
  return {
    id: randomUUID(),
    groupId,
    name,
    kind: 'PROCESSOR',
    type,
    position: { x: 0, y: 0 },
    comments: '',
    scheduled: 'RUNNING',
    properties: {},
    config: name === 'upd' ? { autoTerminatedRelationships: ['success'] } : {},
  };
}
