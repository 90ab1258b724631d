// A model NiFi cluster: who is in it, what its coordinator believes, and where flow files go. Virtual time, seeded durations.
// States and answers are those that the reference transcripts show (sections 5 and 8 of their README).
// Surprising: a disconnected node goes on producing, and one whose process restarts joins again and takes data, whatever it was.

import type { Clock } from '../../../pkg/kube/clock.ts';
import type { NodeConnection } from '../../../pkg/nifi/types.ts';
import type { Disks } from './disks.ts';
import { isUp, type NiFiProcess } from './nifi-process.ts';
import { type Entry, Table } from './nifi-table.ts';
import type { Random } from './random.ts';

export interface NiFiSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly disks: Disks;
  /** Told when a process believes something else of itself: readiness follows. */
  readonly believes: (process: NiFiProcess) => void;
  /** A line for the golden log. */
  readonly tell: (line: string) => void;
}

export class NiFiWorld {
  readonly processes = new Set<NiFiProcess>();
  readonly table = new Table();
  coordinator: NiFiProcess | undefined;
  primary: NiFiProcess | undefined;
  private electing = false;
  private readonly past: { atMs: number; entries: readonly Entry[] }[] = [];
  private readonly surroundings: NiFiSurroundings;

  constructor(surroundings: NiFiSurroundings) {
    this.surroundings = surroundings;
    this.work();
  }

  processOf(podUid: string): NiFiProcess | undefined {
    return [...this.processes].find((process) => process.podUid === podUid);
  }

  /** The process's HTTP server is up: it asks to be let in. */
  join(process: NiFiProcess): void {
    this.processes.add(process);
    this.believe(process, 'CONNECTING');
    this.soon(100, 400, () => this.admit(process));
  }

  /** SIGTERM: it says goodbye. Without that the others believe in it until 40 s without a heartbeat have passed. */
  stop(process: NiFiProcess, graceful: boolean): void {
    const entry = this.table.of(process);
    const wasUp = isUp(process);
    process.working = false;
    this.believe(process, 'gone');
    this.processes.delete(process);
    if (entry === undefined || !wasUp) return;
    if (graceful) this.leave(entry, 'Node disconnected from cluster due to Node was Shutdown');
    else this.after(40_000, entry, () => this.leave(entry, 'Node disconnected due to lack of heartbeat'));
    this.vacate(process, graceful ? 500 : 16_000);
  }

  /** A person or the operator asks another node to disconnect this one. */
  disconnect(entry: Entry, identity: string): void {
    const was = entry.status;
    if (was === 'DISCONNECTED') return;
    this.change(entry, 'DISCONNECTED', `User ${identity} requested that node be disconnected from cluster`);
    const { process } = entry;
    this.learn(entry, () => this.believe(process, 'DISCONNECTED'));
    if (was === 'CONNECTED') this.vacate(process, 500);
  }

  /** What is queued goes to the connected others, as soon as there is one and nothing is in the way. */
  offload(entry: Entry, identity: string): void {
    if (entry.status === 'OFFLOADED') return;
    this.change(entry, 'OFFLOADING', `User ${identity} requested that node be offloaded from cluster`);
    this.learn(entry, () => this.beginOffload(entry));
  }

  private beginOffload(entry: Entry): void {
    entry.process.working = false;
    this.believe(entry.process, 'OFFLOADING');
    this.after(this.surroundings.random.between(300, 2_200), entry, () => this.moveQueues(entry));
  }

  connect(entry: Entry, identity: string): void {
    const stuck = entry.status === 'OFFLOADING';
    this.change(entry, 'CONNECTING', `User ${identity} requested that node connect to cluster`);
    if (stuck) return;
    this.learn(entry, () => {
      this.believe(entry.process, 'CONNECTING');
      this.settleIn(entry);
    });
    if (!isUp(entry.process))
      this.after(40_000, entry, () => this.leave(entry, 'Node disconnected due to a failed connection'));
  }

  forget(entry: Entry): void {
    this.table.entries.delete(entry.nodeId);
    entry.turn += 1;
    this.surroundings.tell(`NiFi forgets node ${entry.process.id}`);
    this.remember();
  }

  /** Who never heard that it was disconnected goes on beating, and is told again, or asked to join when it is not known. */
  private heartbeat(process: NiFiProcess): void {
    if (process.hung || this.coordinator === undefined) return;
    const entry = this.table.of(process);
    const untold = process.belief === 'CONNECTED' || process.belief === 'DISCONNECTED';
    if (entry?.status === 'OFFLOADING' && untold) return this.learn(entry, () => this.beginOffload(entry));
    if (process.belief !== 'CONNECTED') return;
    if (entry === undefined) this.admit(process);
    else if (entry.status === 'DISCONNECTED') this.believe(process, 'DISCONNECTED');
  }

  /** A coordinator that starts anew knows only who sends it heartbeats. */
  forgetDisconnected(): void {
    for (const entry of this.table.entries.values()) {
      if (entry.status !== 'CONNECTED' && entry.status !== 'CONNECTING') this.forget(entry);
    }
  }

  /** The entries as this process knows them, which may be some time ago. */
  seenBy(process: NiFiProcess): readonly Entry[] {
    const atMs = this.now() - process.staleMs;
    const then = process.staleMs === 0 ? undefined : this.past.findLast((one) => one.atMs <= atMs);
    return then?.entries ?? [...this.table.entries.values()];
  }

  connectedProcesses(): readonly NiFiProcess[] {
    return this.table.in('CONNECTED').map(({ process }) => process);
  }

  private admit(process: NiFiProcess): void {
    if (!this.processes.has(process)) return;
    if (this.coordinator === undefined) {
      const others = this.connectedProcesses().filter(isUp);
      if (others.length > 0 || this.electing) return this.soon(500, 1_500, () => this.admit(process));
      // Nobody of the former cluster is left: what its coordinator knew is gone with it.
      this.table.entries.clear();
      this.coordinator = process;
      this.primary = process;
    }
    this.settleIn(this.table.enter(process));
    this.remember();
  }

  private settleIn(entry: Entry): void {
    this.after(this.surroundings.random.between(1_500, 4_000), entry, () => {
      if (entry.process.hung) return this.settleIn(entry);
      if (!isUp(entry.process)) return;
      this.change(entry, 'CONNECTED', 'Received first heartbeat from connecting node. Node connected.');
      entry.process.working = true;
      this.believe(entry.process, 'CONNECTED');
    });
  }

  private moveQueues(entry: Entry): void {
    const { disks, tell } = this.surroundings;
    const { process } = entry;
    if (!isUp(process)) return;
    const others = this.connectedProcesses().filter((other) => other !== process && isUp(other));
    const stuck = process.blocked || (others.length === 0 && disks.queued(process.disk) > 0);
    if (stuck) return this.after(1_000, entry, () => this.moveQueues(entry));
    const count = disks.queued(process.disk);
    disks.spread(
      process.disk,
      others.map(({ disk }) => disk),
    );
    tell(`node ${process.id} has moved ${count} flow files to ${others.map(({ id }) => id).join(', ')}`);
    this.believe(process, 'OFFLOADED');
    this.change(entry, 'OFFLOADED', 'Node offloaded');
  }

  private leave(entry: Entry, event: string): void {
    if (entry.status === 'CONNECTED' || entry.status === 'CONNECTING') this.change(entry, 'DISCONNECTED', event);
  }

  /** Its roles move to another connected node. */
  private vacate(process: NiFiProcess, afterMs: number): void {
    if (this.primary === process) this.primary = this.connectedProcesses().find(isUp);
    if (this.coordinator !== process) return;
    this.coordinator = undefined;
    this.electing = true;
    this.surroundings.clock.setTimeout(() => {
      this.electing = false;
      this.elect();
    }, afterMs);
  }

  private elect(): void {
    const { random, tell } = this.surroundings;
    this.coordinator = this.connectedProcesses().find((other) => isUp(other) && !other.hung);
    this.primary ??= this.coordinator;
    if (this.coordinator === undefined) return;
    tell(`node ${this.coordinator.id} is now coordinator`);
    if (random.chance(0.3)) this.forgetDisconnected();
  }

  private change(entry: Entry, status: NodeConnection, event: string): void {
    this.table.change(entry, status, event);
    this.surroundings.tell(`NiFi calls node ${entry.process.id} ${status}`);
    this.remember();
  }

  private remember(): void {
    const entries = [...this.table.entries.values()].map((entry) => ({ ...entry, events: [...entry.events] }));
    this.past.push({ atMs: this.now(), entries });
    if (this.past.length > 50) this.past.shift();
  }

  /** The process hears of what its coordinator decided a little later, if it still runs. */
  private learn(entry: Entry, act: () => void): void {
    this.after(this.surroundings.random.between(10, 900), entry, () => {
      if (isUp(entry.process) && !entry.process.hung) act();
    });
  }

  /** Unless the entry changes before. */
  private after(ms: number, entry: Entry, act: () => void): void {
    const { turn } = entry;
    this.surroundings.clock.setTimeout(() => {
      if (entry.turn === turn && this.table.entries.get(entry.nodeId) === entry) act();
    }, ms);
  }

  private soon(least: number, most: number, act: () => void): void {
    this.surroundings.clock.setTimeout(act, this.surroundings.random.between(least, most));
  }

  private believe(process: NiFiProcess, belief: NiFiProcess['belief']): void {
    process.belief = belief;
    this.surroundings.believes(process);
  }

  /** Every working node puts flow files into its queues and takes some out. */
  private work(): void {
    const { disks, random } = this.surroundings;
    for (const process of this.processes) {
      if (!process.working) continue;
      disks.produce(process.disk, random.between(0, 4));
      disks.consume(process.disk, random.between(0, 3));
    }
    if (this.coordinator === undefined && !this.electing) this.elect();
    if (random.chance(0.2)) for (const process of this.processes) this.heartbeat(process);
    this.soon(700, 1_300, () => this.work());
  }

  private now(): number {
    return this.surroundings.clock.monotonicMs();
  }
}
