// The coordinator's table of nodes: states, heartbeats and the events people read in NiFi's UI.
// Events outlive an entry: a node that comes back after its removal still shows who removed it.

import type { Clock } from '../../../pkg/kube/clock.ts';
import type { ConnectionState, HeartbeatRules, Load, Member } from './coordination.ts';

export interface NodeEvent {
  readonly at: Date;
  readonly category: 'INFO' | 'WARNING' | 'ERROR';
  readonly message: string;
}

export interface Entry {
  readonly nodeId: string;
  readonly address: string;
  readonly apiPort: number;
  state: ConnectionState;
  /** The process behind the entry; it may be dead. */
  member: Member;
  heartbeat: { readonly at: number; readonly load: Load } | undefined;
  readonly rules: HeartbeatRules;
  connectionRequested: Date | undefined;
  /** The node moves its queues away, whatever the entry's state has become meanwhile. */
  offloading: boolean;
  /** Counts every change, so that something late finds out that it is late. */
  epoch: number;
}

const longestHistory = 32;

export class Table {
  private readonly entries = new Map<string, Entry>();
  private readonly events = new Map<string, NodeEvent[]>();
  private readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  get(nodeId: string): Entry | undefined {
    return this.entries.get(nodeId);
  }

  all(): readonly Entry[] {
    return [...this.entries.values()];
  }

  inState(...states: readonly ConnectionState[]): readonly Entry[] {
    return this.all().filter((entry) => states.includes(entry.state));
  }

  put(entry: Entry): void {
    this.entries.set(entry.nodeId, entry);
  }

  /** Forgets the entry; its events go too, as in NiFi, and what is said afterwards begins a new history. */
  remove(nodeId: string): void {
    this.entries.delete(nodeId);
    this.events.delete(nodeId);
  }

  set(entry: Entry, state: ConnectionState): void {
    entry.state = state;
    entry.epoch += 1;
    entry.connectionRequested = state === 'CONNECTING' ? this.clock.now() : undefined;
  }

  report(nodeId: string, message: string, category: NodeEvent['category'] = 'INFO'): void {
    const history = this.events.get(nodeId) ?? [];
    history.unshift({ at: this.clock.now(), category, message });
    history.length = Math.min(history.length, longestHistory);
    this.events.set(nodeId, history);
  }

  /** Newest first. */
  eventsOf(nodeId: string): readonly NodeEvent[] {
    return this.events.get(nodeId) ?? [];
  }

  /**
   * The last heartbeat, brought up to date when it is read: nodes send none, so thousands of them cost no timers.
   * What it says about queues is as old as a real heartbeat would be.
   */
  heartbeatOf(entry: Entry): Entry['heartbeat'] {
    const beating = entry.member.beating && entry.state === 'CONNECTED';
    const last = entry.heartbeat;
    if (!beating || last === undefined) return last;
    const missed = Math.floor((this.clock.monotonicMs() - last.at) / entry.rules.intervalMs);
    if (missed > 0) entry.heartbeat = { at: last.at + missed * entry.rules.intervalMs, load: entry.member.load() };
    return entry.heartbeat;
  }

  beat(entry: Entry): void {
    entry.heartbeat = { at: this.clock.monotonicMs(), load: entry.member.load() };
  }

  /** What a coordinator knows of nodes that it has only read from its disk. */
  forgetStates(): void {
    this.events.clear();
    for (const entry of this.entries.values()) {
      this.set(entry, 'DISCONNECTED');
      entry.heartbeat = undefined;
      entry.offloading = false;
    }
  }

  clear(): void {
    this.entries.clear();
    this.events.clear();
  }
}
