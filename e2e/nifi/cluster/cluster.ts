// The cluster as its coordinator runs it: who belongs, in which state, and every change from one state to another.
// The order of states and the texts of events are recorded from a real NiFi. Nothing here waits: whatever takes time in NiFi
// is a timer, and a timer that finds its entry changed does nothing.

import type { Cancel, Clock } from '../../../pkg/kube/clock.ts';
import { HttpError } from '../errors.ts';
import { type ClusterState, forgetRevisions } from '../flow/state.ts';
import type { Timing } from '../timing.ts';
import type { Coordination, HeartbeatRules, Member, Vote } from './coordination.ts';
import { FlowElection } from './flow-election.ts';
import { type LeaderObserver, Leaders } from './leaders.ts';
import { type Entry, Table } from './table.ts';

export interface ClusterOptions {
  readonly key: string;
  readonly clock: Clock;
  readonly timing: Timing;
  readonly observer: LeaderObserver;
}

export class Cluster implements Coordination {
  readonly key: string;
  readonly table: Table;
  readonly leaders: Leaders;
  /** What the connected nodes hold; undefined until a flow is elected, and again when the last process is gone. */
  state: ClusterState | undefined;
  private readonly clock: Clock;
  private readonly timing: Timing;
  private readonly election: FlowElection;
  private readonly running = new Set<Member>();
  private readonly timers = new Set<Cancel>();
  private keyDigest: string | undefined;

  constructor(options: ClusterOptions) {
    this.key = options.key;
    this.clock = options.clock;
    this.timing = options.timing;
    this.table = new Table(options.clock);
    this.leaders = new Leaders(options);
    this.election = new FlowElection(options.clock, (state, voters) => this.begin(state, voters));
  }

  get members(): readonly Member[] {
    return [...this.running];
  }

  join(member: Member, vote: Vote, rules: HeartbeatRules): void {
    if (this.members.some((other) => other.reach === 'alive' && !member.canTalkTo(other))) {
      // NiFi tries again and again; it is up, and no member, until the certificates fit.
      member.connecting();
      this.after(() => {
        if (member.reach !== 'refused') this.join(member, vote, rules);
      }, this.timing.giveUpMs / 10);
      return;
    }
    if (this.running.size > 0 && this.keyDigest !== member.keyDigest) {
      member.fail(
        'Failed to connect node to cluster because local flow is different: Decryption Failed with Algorithm [AES/GCM/NoPadding]',
      );
      return;
    }
    if (this.holders().length === 0) this.reopen(member);
    this.running.add(member);
    this.keyDigest = member.keyDigest;
    const entry = this.admit(member, rules);
    member.connecting();
    this.leaders.enter(member);
    if (this.state) this.finishConnection(entry, this.timing.joinMs);
    else this.election.vote(member, vote);
  }

  shutdown(member: Member): void {
    const entry = this.entryOf(member);
    const wasConnected = entry?.state === 'CONNECTED';
    this.goAway(member);
    this.leaders.resign(member);
    if (!entry || !wasConnected || this.holders().length === 0) return;
    this.later(entry, this.timing.shutdownNoticeMs, () => {
      this.table.set(entry, 'DISCONNECTED');
      this.table.report(entry.nodeId, 'Node Status changed from CONNECTED to DISCONNECTED due to Node was Shutdown');
      // A heartbeat that was already under way makes the coordinator call the node back, which then blocks writes.
      this.later(entry, entry.rules.intervalMs, () => this.callBack(entry, 'Node was Shutdown'));
    });
  }

  died(member: Member): void {
    const entry = this.entryOf(member);
    // Only a coordinator counts heartbeats, and a new one begins to count when it takes office.
    const vacancyMs = this.leaders.coordinator === member ? this.timing.leaseMs : 0;
    this.goAway(member);
    this.leaders.lost(member);
    if (!entry || this.running.size === 0) return;
    if (entry.state === 'CONNECTED' || entry.state === 'CONNECTING') this.watchHeartbeat(entry, vacancyMs);
  }

  /** A node whose heartbeats stop although its process runs is disconnected like a dead one. */
  silenced(member: Member): void {
    const entry = this.entryOf(member);
    if (entry?.state === 'CONNECTED') this.watchHeartbeat(entry, 0);
  }

  /** Heartbeats are back: NiFi reconnects a node that it had given up itself. */
  resumed(member: Member): void {
    const entry = this.entryOf(member);
    const givenUp = this.table.eventsOf(member.nodeId)[0]?.message.includes('Have not received a heartbeat') ?? false;
    if (entry?.state === 'DISCONNECTED' && givenUp) this.callBack(entry, 'Lack of Heartbeat');
  }

  requestConnect(nodeId: string, user: string): void {
    const entry = this.known(nodeId);
    this.table.report(nodeId, `Requesting that node connect to cluster on behalf of ${user}`);
    this.connect(entry);
  }

  requestDisconnect(nodeId: string, user: string): void {
    this.disconnect(nodeId, `User ${user} requested that node be disconnected from cluster`);
  }

  /** Disconnects, offloads and removes the node, each as soon as the one before is done; the process goes on. */
  decommission(member: Member): void {
    const { nodeId } = member;
    this.disconnect(nodeId, 'Node Decommissioned');
    const next = () => {
      const state = this.table.get(nodeId)?.state;
      if (state === 'DISCONNECTED') this.offload(nodeId, 'Node Decommissioned');
      if (state === 'OFFLOADED') this.remove(nodeId, 'Node Decommissioned');
      if (state !== undefined && state !== 'OFFLOADED') this.after(next, this.timing.offloadMs / 2);
    };
    this.after(next, this.timing.disconnectNoticeMs * 2);
  }

  private disconnect(nodeId: string, reason: string): void {
    const entry = this.known(nodeId);
    const connected = this.table.inState('CONNECTED');
    if (connected.length === 1 && connected[0] === entry) {
      throw new HttpError(409, `Cannot disconnect node ${name(entry)} because it is the only node currently connected`);
    }
    this.table.set(entry, 'DISCONNECTED');
    this.table.report(nodeId, `Disconnection requested due to ${reason}`);
    this.later(entry, this.timing.disconnectNoticeMs, () => {
      if (entry.member.reach !== 'alive') return;
      this.table.report(nodeId, `Node disconnected due to ${reason}`);
      this.leaders.resign(entry.member);
      entry.member.disconnected();
    });
  }

  requestOffload(nodeId: string, user: string): void {
    this.offload(nodeId, `User ${user} requested that node be offloaded`);
  }

  private offload(nodeId: string, reason: string): void {
    const entry = this.known(nodeId);
    if (entry.state === 'OFFLOADING' || entry.state === 'OFFLOADED') return;
    if (entry.state !== 'DISCONNECTED') {
      throw new HttpError(409, `Cannot offload node ${name(entry)} because it is not currently disconnected`);
    }
    this.table.set(entry, 'OFFLOADING');
    entry.heartbeat = undefined;
    this.table.report(nodeId, `Offload requested due to ${reason}`);
    if (entry.member.reach !== 'alive') {
      this.giveUpOffload(entry);
      return;
    }
    this.later(entry, this.timing.disconnectNoticeMs, () => {
      this.table.report(nodeId, `Node was offloaded due to ${reason}`);
      entry.offloading = true;
      this.leaders.resign(entry.member);
      entry.member.offload(() => this.finishOffload(entry));
    });
  }

  remove(nodeId: string, user: string): void {
    const entry = this.table.get(nodeId);
    if (!entry) throw new HttpError(404, `Cannot remove Node with ID ${nodeId} because it is not part of the cluster`);
    if (entry.state !== 'DISCONNECTED' && entry.state !== 'OFFLOADED') {
      throw new HttpError(
        409,
        `Cannot remove Node with ID ${nodeId} because it is not disconnected or offloaded, current state = ${entry.state}`,
      );
    }
    this.table.remove(nodeId);
    this.table.report(nodeId, `User ${user} requested that node be removed from cluster`);
  }

  stop(): void {
    for (const cancel of this.timers) cancel();
    this.timers.clear();
    this.election.stop();
    this.leaders.stop();
  }

  /**
   * The first process after all that belonged were gone. The flow and the ids of the nodes are on its disk, but not the nodes'
   * states: all are DISCONNECTED, also what was OFFLOADED (NodeClusterCoordinator.recoverState). A fresh disk knows nothing.
   */
  private reopen(member: Member): void {
    this.state = undefined;
    if (this.table.get(member.nodeId)) this.table.forgetStates();
    else this.table.clear();
  }

  /** Processes that are, or are about to be, part of the cluster; a node that is disconnected holds a copy of its own. */
  private holders(): readonly Member[] {
    return this.members.filter((member) => {
      const state = this.entryOf(member)?.state;
      return state === 'CONNECTED' || state === 'CONNECTING';
    });
  }

  private admit(member: Member, rules: HeartbeatRules): Entry {
    for (const other of this.table.all()) {
      const sameAddress = other.address === member.address && other.apiPort === member.apiPort;
      if (sameAddress && other.nodeId !== member.nodeId) this.table.remove(other.nodeId);
    }
    const { nodeId, address, apiPort } = member;
    const epoch = (this.table.get(nodeId)?.epoch ?? 0) + 1;
    const entry: Entry = {
      nodeId,
      address,
      apiPort,
      state: 'CONNECTING',
      member,
      heartbeat: undefined,
      rules,
      connectionRequested: undefined,
      offloading: false,
      epoch,
    };
    this.table.put(entry);
    this.table.set(entry, 'CONNECTING');
    this.table.report(nodeId, 'Connection requested from existing node. Setting status to connecting.');
    return entry;
  }

  private begin(state: ClusterState, voters: readonly Member[]): void {
    forgetRevisions(state);
    this.state = state;
    for (const voter of voters) {
      const entry = this.entryOf(voter);
      if (entry?.state === 'CONNECTING') this.finishConnection(entry, this.timing.joinMs);
    }
  }

  private finishConnection(entry: Entry, afterMs: number): void {
    this.later(entry, afterMs / 2, () => {
      if (entry.member.reach === 'alive' && this.state) entry.member.inherit();
    });
    this.later(entry, afterMs, () => {
      if (entry.member.reach !== 'alive' || !this.state) return;
      this.table.set(entry, 'CONNECTED');
      this.table.report(entry.nodeId, 'Received first heartbeat from connecting node. Node connected.');
      this.leaders.enter(entry.member);
      entry.member.connected(this.state);
      this.table.beat(entry);
    });
  }

  private finishOffload(entry: Entry): void {
    entry.offloading = false;
    if (this.table.get(entry.nodeId) !== entry) return;
    if (entry.state === 'OFFLOADING') {
      this.table.set(entry, 'OFFLOADED');
      this.table.report(entry.nodeId, 'Node Status changed from OFFLOADING to OFFLOADED');
    } else if (entry.state === 'CONNECTING') {
      this.connect(entry);
    }
  }

  /** Asks a node to connect; one that cannot be told is given up after ten tries. */
  private connect(entry: Entry): void {
    this.table.set(entry, 'CONNECTING');
    if (entry.member.reach !== 'alive') {
      this.giveUpConnect(entry);
      return;
    }
    // A node in the middle of an offload gets round to it afterwards, and never if the offload cannot end.
    if (entry.offloading) return;
    this.later(entry, this.timing.disconnectNoticeMs, () => entry.member.connecting());
    this.finishConnection(entry, this.timing.reconnectMs);
  }

  private callBack(entry: Entry, why: string): void {
    this.table.report(entry.nodeId, 'Requesting that node connect to cluster');
    this.table.report(
      entry.nodeId,
      `Received heartbeat from node previously disconnected due to ${why}. Issuing reconnection request.`,
    );
    this.connect(entry);
  }

  private giveUpConnect(entry: Entry): void {
    this.later(entry, this.timing.giveUpMs, () => {
      this.table.set(entry, 'DISCONNECTED');
      this.table.report(
        entry.nodeId,
        'Disconnection requested due to Attempted to request that node reconnect to cluster but could not communicate with node',
      );
    });
  }

  /** Not `later`: the coordinator puts the entry back even when it was removed meanwhile, which makes it a ghost. */
  private giveUpOffload(entry: Entry): void {
    this.after(() => {
      const current = this.table.get(entry.nodeId);
      if (current && current !== entry) return;
      this.table.put(entry);
      this.table.set(entry, 'DISCONNECTED');
      this.table.report(
        entry.nodeId,
        'Failed to initiate node offload: org.apache.nifi.cluster.protocol.ProtocolException: Failed to create socket due to: java.net.ConnectException: Connection refused',
      );
    }, this.timing.giveUpMs);
  }

  private watchHeartbeat(entry: Entry, vacancyMs: number): void {
    const limit = entry.rules.intervalMs * entry.rules.missable;
    const sinceMs = vacancyMs > 0 || !entry.heartbeat ? 0 : this.clock.monotonicMs() - entry.heartbeat.at;
    this.later(entry, Math.max(0, vacancyMs + limit - sinceMs), () => {
      if (entry.member.beating) {
        this.table.beat(entry);
        return;
      }
      this.table.set(entry, 'DISCONNECTED');
      entry.heartbeat = undefined;
      this.leaders.resign(entry.member);
      const seconds = Math.round((limit * this.timing.speed) / 1_000) + 1;
      const reason = `Have not received a heartbeat from node in ${seconds} seconds`;
      this.table.report(entry.nodeId, `Node disconnected from cluster due to ${reason}`, 'WARNING');
    });
  }

  private goAway(member: Member): void {
    this.running.delete(member);
    this.election.withdraw(member);
    if (this.running.size === 0) this.state = undefined;
  }

  private entryOf(member: Member): Entry | undefined {
    const entry = this.table.get(member.nodeId);
    return entry?.member === member ? entry : undefined;
  }

  private known(nodeId: string): Entry {
    const entry = this.table.get(nodeId);
    if (!entry) throw new HttpError(404, `No node exists with ID ${nodeId}`);
    return entry;
  }

  private later(entry: Entry, ms: number, then: () => void): void {
    const epoch = entry.epoch;
    this.after(() => {
      if (entry.epoch === epoch && this.table.get(entry.nodeId) === entry) then();
    }, ms);
  }

  private after(then: () => void, ms: number): void {
    const cancel = this.clock.setTimeout(() => {
      this.timers.delete(cancel);
      then();
    }, ms);
    this.timers.add(cancel);
  }
}

function name(entry: Entry): string {
  return `${entry.address}:${entry.apiPort}`;
}
