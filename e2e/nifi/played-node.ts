// A test's handle on one NiFi process: what it holds, and everything that can go wrong with it.
// Every fault that can be taken back returns the function that does so.

import type { Disks } from './disks.ts';
import type { NodeProcess } from './node-process.ts';
import type { LoggedRequest, RequestLog } from './request-log.ts';
import type { KeyMaterial } from './tls/keystore.ts';

export type Release = () => void;

export interface PlayedNode {
  readonly namespace: string;
  readonly pod: string;
  readonly ip: string;
  readonly containerId: string;
  readonly nodeId: string;
  /** The name by which NiFi knows it. */
  readonly address: string;
  /** Where its API listens. */
  readonly port: number;
  /** Background requests that it keeps: what nobody deleted. */
  readonly requestsKept: number;
  /** NiFi's own belief, as /health/cluster says it. */
  readonly connection: string;
  readonly running: boolean;
  readonly queued: number;
  readonly runsComponents: boolean;
  /** The certificates that it has loaded; undefined without TLS, and until it has read its files. */
  readonly material: KeyMaterial | undefined;
  /** Puts flow files on the node's disk, whatever its state: for what was there before. */
  produce(count: number, connection?: string): void;
  /**
   * Data comes from outside: from a `client` to a port of the flow, which is open while components run, or from a `peer` that
   * balances its load, which a node takes unless it is being offloaded at this moment. Returns how many were taken.
   */
  arrive(count: number, options?: { readonly from?: 'client' | 'peer'; readonly connection?: string }): number;
  consume(count: number, connection?: string): number;
  /** Takes requests and never answers; with `heartbeats: false` the cluster misses it too. */
  hang(options?: { readonly heartbeats?: boolean }): Release;
  /** Refuses connections while the process, and its heartbeats, go on. */
  refuse(): Promise<() => Promise<void>>;
  slow(delayMs: number): Release;
  /** What is queued cannot leave the node: an offload never ends. */
  blockOffload(): Release;
  /** An offload moves this many flow files at a time, one `offloadMs` apart. */
  slowOffload(flowFilesAStep: number): Release;
  /** Its repositories are full: it takes nothing, neither from its own components nor from other nodes. */
  fill(): Release;
  /** SIGKILL. With `silent` the address vanishes, so that callers wait for nothing. */
  kill(options?: { readonly silent?: boolean }): void;
  /** As a person does in NiFi's UI. */
  disconnectBy(identity: string): void;
  connectBy(identity: string): void;
  requests(): readonly LoggedRequest[];
}

export interface HandleContext {
  readonly disks: Disks;
  readonly log: RequestLog;
  attach(node: NodeProcess): Promise<void>;
  detach(node: NodeProcess): Promise<void>;
}

const defaultConnection = 'queue';

export function playedNode(node: NodeProcess, context: HandleContext): PlayedNode {
  const { namespace, pod, ip, containerId } = node.container;
  const { faults } = node;
  const { disks } = context;
  return {
    namespace,
    pod,
    ip,
    containerId,
    get nodeId() {
      return node.nodeId;
    },
    get address() {
      return node.address;
    },
    get port() {
      return node.config.port;
    },
    get requestsKept() {
      return node.flows.requests.list().length;
    },
    get connection() {
      return node.connection;
    },
    get running() {
      return node.phase === 'up';
    },
    get material() {
      return node.material;
    },
    get queued() {
      return node.load().flowFilesQueued;
    },
    get runsComponents() {
      return node.runsComponents;
    },
    arrive(count, { from = 'client', connection = defaultConnection } = {}) {
      const open = from === 'client' ? node.runsComponents && node.reach === 'alive' : node.connection !== 'OFFLOADING';
      if (!open || !node.hasRoom) return 0;
      disks.produce(diskOf(node), connection, count);
      return count;
    },
    produce: (count, connection = defaultConnection) => disks.produce(diskOf(node), connection, count),
    consume: (count, connection = defaultConnection) => disks.consume(diskOf(node), connection, count),
    hang: ({ heartbeats = true } = {}) => hang(node, heartbeats),
    async refuse() {
      faults.refusing = true;
      await context.detach(node);
      return async () => {
        faults.refusing = false;
        if (node.phase === 'up') await context.attach(node);
      };
    },
    slow(delayMs) {
      faults.delayMs = delayMs;
      return () => {
        faults.delayMs = 0;
      };
    },
    blockOffload() {
      faults.blockedOffload = true;
      return () => {
        faults.blockedOffload = false;
      };
    },
    slowOffload(flowFilesAStep) {
      faults.offloadStep = flowFilesAStep;
      return () => {
        faults.offloadStep = Number.POSITIVE_INFINITY;
      };
    },
    fill() {
      faults.full = true;
      return () => {
        faults.full = false;
      };
    },
    kill: ({ silent = false } = {}) => node.killed(silent),
    disconnectBy: (identity) => node.cluster?.requestDisconnect(node.nodeId, identity),
    connectBy: (identity) => node.cluster?.requestConnect(node.nodeId, identity),
    requests: () => context.log.list((entry) => entry.ip === ip && entry.pod === pod && entry.namespace === namespace),
  };
}

function hang(node: NodeProcess, heartbeats: boolean): Release {
  node.faults.hung = true;
  if (!heartbeats) {
    node.faults.mutedHeartbeats = true;
    node.cluster?.silenced(node);
  }
  return () => {
    node.faults.hung = false;
    if (!node.faults.mutedHeartbeats) return;
    node.faults.mutedHeartbeats = false;
    if (node.phase === 'up') node.cluster?.resumed(node);
  };
}

function diskOf(node: NodeProcess) {
  const disk = node.heldFlowFiles;
  if (!disk) throw new Error(`${node.container.pod} has not started, so it has no flow file repository`);
  return disk;
}
