// What must hold in every run, checked while it goes on and at its end. The first violation ends the run, with what led to it.
// Judged by the truth of the model and not by what the operator saw; where only its view can be late, as long as a view may be.

import { nifiClusterType } from '../../../api/v1/nificluster.ts';
import {
  configMaps,
  type PersistentVolumeClaim,
  type Pod,
  persistentVolumeClaims,
  pods,
} from '../../../pkg/kube/resources.ts';
import { readRecord } from '../build/record.ts';
import { membersOf } from '../plan/membership.ts';
import { type EndState, endStateOf, missingIn } from './end-state.ts';
import type { Write } from './fragile-api.ts';
import { repositoryClaim } from './manifest.ts';
import { canary, key } from './names.ts';
import { isUp } from './nifi-process.ts';
import type { Entry } from './nifi-table.ts';
import type { ModelWorld } from './world.ts';

export class Violation extends Error {
  override readonly name = 'Violation';
}

/** A view may be this old, and a cache this far behind, when something is decided on it. */
const lateMs = 20_000;

export class Oracles {
  private readonly world: ModelWorld;
  private failure: string | undefined;
  /** Nodes that our own acts took down and that have not come back: since when. */
  private readonly takenDown = new Map<number, number>();
  /** Since when each node is, or is not, connected in truth. */
  private readonly connectedSince = new Map<number, number>();
  private readonly downSince = new Map<number, number>();
  /** Pods and claims created and deleted by the operator: `create Pod`, `delete Pod` … */
  readonly counts = new Map<string, number>();

  constructor(world: ModelWorld) {
    this.world = world;
  }

  fail(what: string): never {
    const { api, trace } = this.world;
    const lines = trace.text().split('\n').slice(-120).join('\n');
    const { nodes, conditions } = api.peek(nifiClusterType, key)?.status ?? {};
    const told = (nodes ?? []).map(({ id, state, reason, message }) => `node ${id} ${state} ${reason}: ${message}`);
    const said = (conditions ?? []).map(({ type, status, message }) => `${type}=${status}: ${message}`);
    throw new Violation(`${what}\n${lines}\n${[...told, ...said].join('\n')}`);
  }

  /** Remembered and thrown by the next check: thrown here, the operator would take it for an answer. */
  private note(what: string): void {
    this.failure ??= `${what} (at +${(this.world.clock.monotonicMs() / 1000).toFixed(1)}s)`;
  }

  broken(error: unknown): void {
    this.note(`the operator threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  event(note: string): void {
    if (note.includes(canary)) this.note(`an event tells a secret: ${note}`);
  }

  /** Right before a write of the operator is carried out. */
  before(write: Write): void {
    const counted = `${write.verb} ${write.kind}`;
    if (write.kind === 'Pod' || write.kind === 'PersistentVolumeClaim') {
      this.counts.set(counted, (this.counts.get(counted) ?? 0) + 1);
    }
    this.look();
    if (counted === 'delete PersistentVolumeClaim') this.beforeClaimGoes(write.name);
    if (counted === 'delete Pod') this.beforePodGoes(write);
    if (write.kind === 'NiFi') this.beforeNiFi(write.verb, write.object as Entry | undefined);
  }

  /** After every piece of time. */
  check(): void {
    this.look();
    const { disks } = this.world;
    if (disks.lost > 0) this.note(`${disks.lost} flow files are lost`);
    const imbalance = disks.imbalance();
    if (imbalance !== undefined) this.note(`the books do not agree: ${imbalance}`);
    if (this.failure !== undefined) this.fail(this.failure);
  }

  /** What is not yet as the spec says; undefined when all of it is. */
  missing(): string | undefined {
    return missingIn(this.world);
  }

  /** What a fault-free run would have ended in too. */
  endState(): EndState {
    return endStateOf(this.world);
  }

  /** At the end of a run: nothing secret is anywhere that people may read, and no data is where nobody reads it. */
  finish(): void {
    this.check();
    const { api, disks, nifi } = this.world;
    const texts = [nifiClusterType, configMaps, pods].flatMap((type) => [...api.snapshot(type).values()]);
    // The cluster itself is written by a person, who put the key there.
    const secretive = texts.find((object) => JSON.stringify({ ...object, spec: undefined }).includes(canary));
    if (secretive !== undefined) this.fail(`${secretive.kind} ${secretive.metadata.name} tells a secret`);
    const read = new Set([...nifi.processes].map(({ disk }) => disk));
    const stranded = disks.holding().filter((disk) => !read.has(disk));
    const members = membersOf(this.world.cluster.build().spec);
    if (members.length > 0 && stranded.length > 0) {
      const counts = stranded.map((disk) => `${disk}: ${disks.queued(disk)}`);
      this.fail(`flow files are on disks that no node reads (${counts.join(', ')})`);
    }
  }

  private beforeClaimGoes(name: string): void {
    const { api, disks, cluster } = this.world;
    const claim = api.peek<PersistentVolumeClaim>(persistentVolumeClaims, { ...key, name });
    if (claim === undefined) return;
    const id = Number(name.slice(name.lastIndexOf('-') + 1));
    const queued = disks.queued(claim.metadata.uid ?? '');
    if (queued > 0) this.note(`PersistentVolumeClaim ${name} is deleted with ${queued} flow files on it`);
    if (cluster.build().spec.volumeRetention.whenDecommissioned !== 'Delete') {
      this.note(`PersistentVolumeClaim ${name} is deleted although the spec says to keep it`);
    }
    const pod = api.peek<Pod>(pods, { ...key, name: `prod-${id}` });
    if (pod !== undefined) this.note(`PersistentVolumeClaim ${name} is deleted while there is Pod prod-${id}`);
    const stored = api.peek(configMaps, { ...key, name: `prod-${id}` });
    const record = stored && readRecord(id, stored);
    const proven = record !== undefined && !('unreadable' in record) && record.removal?.state === 'PodDeleted';
    if (!proven) this.note(`PersistentVolumeClaim ${name} is deleted without a proof on record`);
  }

  private beforePodGoes({ name, object }: Write): void {
    const { api, nifi, disks } = this.world;
    const pod = api.peek<Pod>(pods, { ...key, name });
    const expected = object as { readonly uid?: string; readonly resourceVersion?: string };
    if (expected.uid === undefined || expected.resourceVersion === undefined) {
      this.note(`Pod ${name} is deleted without UID and resourceVersion`);
    }
    if (pod === undefined || pod.metadata.resourceVersion !== expected.resourceVersion) return;
    if (pod.metadata.deletionTimestamp !== undefined) return;
    const id = Number(name.slice(name.lastIndexOf('-') + 1));
    const process = nifi.processOf(pod.metadata.uid ?? '');
    const removed = this.removalOf(id);
    const disk = api.peek(persistentVolumeClaims, { ...key, name: repositoryClaim(pod) })?.metadata.uid ?? '';
    if (removed === 'Proven' && disks.queued(disk) > 0 && process !== undefined) {
      this.note(`Pod ${name} is deleted on a proof although ${disks.queued(disk)} flow files are queued on it`);
    }
    this.taking(id, `deleting Pod ${name}`);
  }

  private beforeNiFi(verb: string, entry: Entry | undefined): void {
    if (entry === undefined) return;
    const { id } = entry.process;
    const connectedMs = this.sinceMs(this.connectedSince, id);
    if (verb === 'CONNECTING' && entry.status === 'CONNECTED' && connectedMs > lateMs) {
      this.note(`CONNECTING is sent to node ${id}, which is connected`);
    }
    if (verb === 'OFFLOADING' && !isUp(entry.process) && this.sinceMs(this.downSince, id) > 60_000 + lateMs) {
      this.note(`OFFLOADING is sent to node ${id}, which is dead`);
    }
    if (verb === 'DISCONNECTING') this.taking(id, `disconnecting node ${id}`);
  }

  /** An act of ours that takes a connected node down: never more than maxUnavailable at a time, never the last. */
  private taking(id: number, what: string): void {
    const { cluster, clock } = this.world;
    const { spec } = cluster.build();
    const members = membersOf(spec);
    if (members.length === 0 || this.sinceMs(this.connectedSince, id) <= lateMs) return;
    const offloadMs = 1_800_000;
    const ours = [...this.takenDown].filter(
      ([other, since]) => other !== id && (members.includes(other) || clock.monotonicMs() - since < offloadMs),
    );
    const broken = members.filter(
      (other) => other !== id && !this.takenDown.has(other) && this.sinceMs(this.downSince, other) > 60_000 + lateMs,
    );
    const down = new Set([...ours.map(([other]) => other), ...broken]);
    if (down.size >= spec.rollout.maxUnavailable) {
      this.note(`${what} while ${[...down].map((other) => `node ${other}`).join(', ')} is down`);
    }
    this.takenDown.set(id, this.takenDown.get(id) ?? clock.monotonicMs());
  }

  /** Brings the books of who is connected up to date. */
  private look(): void {
    const { nifi, api, clock } = this.world;
    const now = clock.monotonicMs();
    const known = new Set([...this.connectedSince.keys(), ...this.downSince.keys()]);
    const connected = new Set(nifi.connectedProcesses().flatMap((process) => (isUp(process) ? [process.id] : [])));
    for (const id of new Set([...known, ...connected])) {
      if (connected.has(id)) {
        this.downSince.delete(id);
        if (!this.connectedSince.has(id)) this.connectedSince.set(id, now);
        // Right after our act it is still connected; it has come back only when it was away meanwhile.
        if (this.connectedSince.get(id) === now) this.takenDown.delete(id);
      } else {
        this.connectedSince.delete(id);
        if (!this.downSince.has(id)) this.downSince.set(id, now);
      }
    }
    for (const id of this.takenDown.keys()) {
      const gone = api.peek(pods, { ...key, name: `prod-${id}` }) === undefined;
      if (gone && !membersOf(this.world.cluster.build().spec).includes(id)) this.takenDown.delete(id);
    }
  }

  private sinceMs(since: ReadonlyMap<number, number>, id: number): number {
    const at = since.get(id);
    return at === undefined ? 0 : this.world.clock.monotonicMs() - at;
  }

  private removalOf(id: number): string | undefined {
    const stored = this.world.api.peek(configMaps, { ...key, name: `prod-${id}` });
    const record = stored && readRecord(id, stored);
    return record === undefined || 'unreadable' in record ? undefined : record.removal?.state;
  }
}
