// What outlives a NiFi process: the disks, by the identity of the volume (the PVC's UID), never by a Pod's or a node's name.
// A disk that is destroyed while flow files are queued on it loses them, and the loss is counted: that is how a lossy
// operator is caught.

import { existsSync } from 'node:fs';
import type { ClusterState } from './flow/state.ts';

export interface Disk {
  readonly id: string;
  /** Where it is on this machine, once a node has been on it; when that is gone, so is the disk. */
  directory: string | undefined;
  /** Flow, users and policies; undefined on a fresh disk. */
  state: ClusterState | undefined;
  /** NiFi's own id of the node, kept in its local state. */
  nodeUuid: string | undefined;
  /** Digest of the sensitive properties key that the flow on this disk was written with. */
  keyDigest: string | undefined;
  /** Connection id → flow files queued there. */
  readonly queues: Map<string, number>;
  /** Content disks that the queued flow files need. */
  contents: ReadonlySet<string>;
}

/** Of all flow files there ever were: produced = consumed + queued + lost. */
export interface FlowFileCounts {
  readonly produced: number;
  readonly consumed: number;
  readonly queued: number;
  readonly lost: number;
}

/** Bytes of every played flow file. */
export const flowFileSize = 2_048;

export class Disks {
  private readonly disks = new Map<string, Disk>();
  /** By connection. What is queued is on the disks and counted there. */
  private readonly tallies = new Map<string, { produced: number; consumed: number; lost: number }>();

  /** The disk of this identity, made fresh when it is new. */
  open(id: string): Disk {
    const known = this.disks.get(id);
    if (known) return known;
    const fresh: Disk = {
      id,
      directory: undefined,
      state: undefined,
      nodeUuid: undefined,
      keyDigest: undefined,
      queues: new Map(),
      contents: new Set(),
    };
    this.disks.set(id, fresh);
    return fresh;
  }

  has(id: string): boolean {
    return this.disks.has(id);
  }

  /** The volume is gone, and with it what was on it. */
  destroy(id: string): void {
    const disk = this.disks.get(id);
    if (!disk) return;
    this.loseAll(disk);
    this.disks.delete(id);
    for (const other of this.disks.values()) if (other.contents.has(id)) this.loseAll(other);
  }

  produce(disk: Disk, connection: string, count: number): void {
    this.tally(connection).produced += count;
    add(disk, connection, count);
  }

  /** Takes up to `count` flow files off a queue, as a flow that works does. Returns how many. */
  consume(disk: Disk, connection: string, count: number): number {
    const taken = Math.min(count, disk.queues.get(connection) ?? 0);
    add(disk, connection, -taken);
    this.tally(connection).consumed += taken;
    return taken;
  }

  /** Empties a queue because somebody asked for it: its flow files are lost. Returns how many there were. */
  drop(disk: Disk, connection: string): number {
    const dropped = disk.queues.get(connection) ?? 0;
    add(disk, connection, -dropped);
    this.tally(connection).lost += dropped;
    return dropped;
  }

  /** Flow files leave for another node. Returns how many there were to leave, at most `count`. */
  send(disk: Disk, connection: string, count: number): number {
    const sent = Math.min(count, disk.queues.get(connection) ?? 0);
    add(disk, connection, -sent);
    return sent;
  }

  /** Flow files arrive from another node. */
  receive(disk: Disk, connection: string, count: number): void {
    add(disk, connection, count);
  }

  /** A node started on this disk with these content disks: flow files whose content is elsewhere are lost. */
  mount(disk: Disk, contents: ReadonlySet<string>): void {
    if ([...disk.contents].some((content) => !contents.has(content))) this.loseAll(disk);
    disk.contents = contents;
  }

  /** Of one connection, or of all. */
  counts(connection?: string): FlowFileCounts {
    for (const disk of this.disks.values()) {
      if (disk.directory !== undefined && !existsSync(disk.directory)) this.destroy(disk.id);
    }
    let queued = 0;
    for (const disk of this.disks.values()) {
      queued += connection === undefined ? queuedOn(disk) : (disk.queues.get(connection) ?? 0);
    }
    const sum = { produced: 0, consumed: 0, lost: 0 };
    for (const tally of connection === undefined ? this.tallies.values() : [this.tally(connection)]) {
      sum.produced += tally.produced;
      sum.consumed += tally.consumed;
      sum.lost += tally.lost;
    }
    return { ...sum, queued };
  }

  private loseAll(disk: Disk): void {
    for (const [connection, count] of disk.queues) this.tally(connection).lost += count;
    disk.queues.clear();
  }

  private tally(connection: string): { produced: number; consumed: number; lost: number } {
    const known = this.tallies.get(connection) ?? { produced: 0, consumed: 0, lost: 0 };
    this.tallies.set(connection, known);
    return known;
  }
}

export function queuedOn(disk: Disk): number {
  let sum = 0;
  for (const count of disk.queues.values()) sum += count;
  return sum;
}

function add(disk: Disk, connection: string, count: number): void {
  const total = (disk.queues.get(connection) ?? 0) + count;
  if (total > 0) disk.queues.set(connection, total);
  else disk.queues.delete(connection);
}

/** Where a path of the container lies: the volume with the longest mount path that holds it. Undefined for the Pod's scratch space. */
export function volumeOf(
  path: string,
  volumes: Readonly<Record<string, string>>,
): { readonly mount: string; readonly id: string } | undefined {
  let longest = '';
  for (const mount of Object.keys(volumes)) {
    const inside = path === mount || path.startsWith(`${mount}/`);
    if (inside && mount.length > longest.length) longest = mount;
  }
  const id = volumes[longest];
  return id === undefined ? undefined : { mount: longest, id };
}
