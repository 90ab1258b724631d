// What passes between a NiFi node and its cluster: the interface behind which another process could play a node.
// A node asks to join and says when it goes; the cluster, in the coordinator's name, tells it what to become.

import type { ClusterState } from '../flow/state.ts';

export type ConnectionState =
  | 'CONNECTING'
  | 'CONNECTED'
  | 'DISCONNECTING'
  | 'DISCONNECTED'
  | 'OFFLOADING'
  | 'OFFLOADED';

/** `silent` is an address that does not even refuse: a Pod that is gone from the network, or a NiFi that hangs. */
export type Reach = 'alive' | 'refused' | 'silent';

export interface Load {
  readonly flowFilesQueued: number;
  readonly bytesQueued: number;
}

/** A running NiFi process as its cluster sees it. */
export interface Member {
  /** NiFi's own id of the node. */
  readonly nodeId: string;
  readonly address: string;
  readonly apiPort: number;
  /** `<node address>:<protocol port>`, the holder in a Lease. */
  readonly participant: string;
  readonly startedAt: Date;
  readonly keyDigest: string | undefined;
  readonly reach: Reach;
  /** Whether its heartbeats arrive; a process can beat and not answer, and the other way round. */
  readonly beating: boolean;
  /** Its processors and ports run. They do from when the cluster's flow arrives until an offload or the end of the process. */
  readonly runsComponents: boolean;
  /** Its repositories take flow files. */
  readonly hasRoom: boolean;
  load(): Load;
  /** Its components put flow files into a queue, as far as `limit` (the back-pressure) and its repositories allow. Returns how many. */
  generate(connection: string, count: number, limit: number): number;
  /** Its components take up to `count` flow files off a queue. Returns how many. */
  work(connection: string, count: number): number;
  queuedIn(connection: string): number;
  /** Empties a queue. Returns how many flow files were in it. */
  drop(connection: string): number;
  /** Takes flow files over from a node that is being offloaded. */
  receive(connection: string, count: number): void;
  /** Whether the two can talk TLS with each other. */
  canTalkTo(other: Member): boolean;
  connecting(): void;
  /** The cluster's flow has come: its components start, a moment before the coordinator counts the node as connected. */
  inherit(): void;
  /** The node takes over the cluster's flow, users and policies, whatever it had. */
  connected(state: ClusterState): void;
  /** Its components run on. A node in the middle of an offload gets round to it afterwards. */
  disconnected(): void;
  /** Stops all components and moves everything queued to the others; calls `done` when nothing is left, and never if it cannot. */
  offload(done: () => void): void;
  /** The process cannot go on: it exits with code 1 and these last words. */
  fail(lastWords: string): void;
}

/** What a node brings to the election of the cluster's flow. */
export interface Vote {
  /** Undefined on a fresh disk. */
  readonly state: ClusterState | undefined;
  /** The flow, users and policies that this node would begin with. */
  fresh(): ClusterState;
  readonly maxCandidates: number | undefined;
  readonly waitMs: number;
}

export interface HeartbeatRules {
  readonly intervalMs: number;
  readonly missable: number;
}

export interface Coordination {
  join(member: Member, vote: Vote, heartbeat: HeartbeatRules): void;
  /** SIGTERM: the node says goodbye while it still can. */
  shutdown(member: Member): void;
  /** The process is gone without a word. */
  died(member: Member): void;
}
