// What NiFi has of flows, parameter contexts and registry clients, read once for all objects that want to know: one read for the groups
// of a parent, one for the contexts, one for the clients. Each is repeated once a period while somebody depends on it.
// It never makes a caller wait: who asked is told when there is something new to read.
// Surprising: who has asked stays a reader until released, since objects that are in order are not looked at again, and their drift is
// to be noticed nevertheless. Queues and counts of threads change all the time and are no news.

import type { Clock } from '../kube/clock.ts';
import { Breaker } from './breaker.ts';
import { Cached } from './cached.ts';
import { listParameterContexts, type ParameterContext } from './endpoints/parameter-contexts.ts';
import { listProcessGroups, type ProcessGroup } from './endpoints/process-groups.ts';
import { listRegistryClients, type RegistryClient } from './endpoints/registry-clients.ts';
import { NiFiApiError } from './errors.ts';
import { LatestReads } from './latest-reads.ts';
import type { NodeCalls, Reader } from './types.ts';

export interface GroupsAnswer {
  readonly takenAtMs: number;
  readonly groups: readonly ProcessGroup[];
  /** Ids of groups that exist and may not be read. */
  readonly unreadable: readonly string[];
}

export interface ContextsAnswer {
  readonly takenAtMs: number;
  readonly contexts: readonly ParameterContext[];
}

export interface ClientsAnswer {
  readonly takenAtMs: number;
  readonly clients: readonly RegistryClient[];
}

export interface FlowReadsOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly periodMs: number;
  /** Asks a connected node. */
  readonly ask: <T>(use: (node: NodeCalls) => Promise<T>) => Promise<T>;
  /** Told of each reader for whom there is something new, or whose read has begun or ceased to fail. */
  readonly tell: (reader: Reader) => void;
}

/** Why a read failed when it was last tried. */
export interface ReadTrouble {
  /** NiFi's, or the network's. */
  readonly words: string;
  /** NiFi does not let the operator read it: its policies are made only once the cluster is up. */
  readonly isForbidden: boolean;
}

interface Read<T extends { readonly takenAtMs: number }> {
  readonly cached: Cached<T>;
  readonly readers: Map<string, Reader>;
  /** Of the last attempt, when it failed. */
  trouble: ReadTrouble | undefined;
  /** The last attempt failed because there is no such thing. */
  missing: boolean;
}

type Wanted<T> = (node: NodeCalls) => Promise<Omit<T, 'takenAtMs'>>;

export class FlowReads {
  /** The newest versions of flows of registries, for those who follow them. */
  readonly latest: LatestReads;
  private readonly options: FlowReadsOptions;
  private readonly groupReads = new Map<string, Read<GroupsAnswer>>();
  private readonly contextReads = new Map<string, Read<ContextsAnswer>>();
  private readonly clientReads = new Map<string, Read<ClientsAnswer>>();
  private closed = false;

  constructor(options: FlowReadsOptions) {
    this.options = options;
    this.latest = new LatestReads(options);
  }

  /** The children of a group (`root` is an id too), if they were asked for no longer than `maxAgeMs` ago. */
  groups(parentId: string, maxAgeMs: number, reader: Reader): GroupsAnswer | undefined {
    return this.get(this.groupReads, parentId, maxAgeMs, reader, (node) => listProcessGroups(node, parentId));
  }

  contexts(maxAgeMs: number, reader: Reader): ContextsAnswer | undefined {
    const list: Wanted<ContextsAnswer> = async (node) => ({ contexts: await listParameterContexts(node) });
    return this.get(this.contextReads, '', maxAgeMs, reader, list);
  }

  clients(maxAgeMs: number, reader: Reader): ClientsAnswer | undefined {
    const list: Wanted<ClientsAnswer> = async (node) => ({ clients: await listRegistryClients(node) });
    return this.get(this.clientReads, '', maxAgeMs, reader, list);
  }

  /** Why something that this reader depends on cannot be read just now. */
  trouble(reader: Reader): ReadTrouble | undefined {
    const name = nameOf(reader);
    return this.all().find(([, read]) => read.trouble !== undefined && read.readers.has(name))?.[1].trouble;
  }

  /** Whether NiFi said, when it was last asked for the children of this group, that there is no such group. */
  isMissing(parentId: string): boolean {
    return this.groupReads.get(parentId)?.missing === true;
  }

  /** The reader depends on nothing any more: it is gone, or looks elsewhere now. What nobody reads is not asked for. */
  release(reader: Reader): void {
    this.latest.release(reader);
    for (const [remove, read] of this.all()) {
      if (read.readers.delete(nameOf(reader)) && read.readers.size === 0) {
        read.cached.close();
        remove();
      }
    }
  }

  close(): void {
    this.closed = true;
    this.latest.close();
    for (const [, read] of this.all()) {
      read.cached.close();
    }
  }

  private get<T extends { readonly takenAtMs: number }>(
    reads: Map<string, Read<T>>,
    id: string,
    maxAgeMs: number,
    reader: Reader,
    want: Wanted<T>,
  ): T | undefined {
    let read = reads.get(id);
    if (read === undefined) {
      if (this.closed) {
        return undefined;
      }
      read = this.make(want);
      reads.set(id, read);
    }
    read.readers.set(nameOf(reader), reader);
    return read.cached.get(maxAgeMs);
  }

  private make<T extends { readonly takenAtMs: number }>(want: Wanted<T>): Read<T> {
    const { clock, random, periodMs, ask, tell } = this.options;
    const readers = new Map<string, Reader>();
    const cached = new Cached<T>({
      clock,
      random,
      periodMs,
      breaker: new Breaker({ clock, random, threshold: 1, firstPauseMs: 1_000, maxPauseMs: 60_000 }),
      fetch: async () => {
        const takenAtMs = clock.monotonicMs();
        // What `want` leaves out is exactly this.
        return { ...(await ask(want)), takenAtMs } as T;
      },
      same: (a, b) => summary(a) === summary(b),
      landed: () => {
        for (const reader of readers.values()) {
          tell(reader);
        }
      },
      failed: (error) => {
        const before = read.trouble;
        read.missing = error instanceof NiFiApiError && error.kind === 'NotFound';
        read.trouble = error === undefined ? undefined : troubleOf(error);
        return before?.isForbidden !== read.trouble?.isForbidden;
      },
    });
    const read: Read<T> = { cached, readers, trouble: undefined, missing: false };
    return read;
  }

  private all(): readonly (readonly [() => void, Read<GroupsAnswer> | Read<ContextsAnswer> | Read<ClientsAnswer>])[] {
    const maps = [this.groupReads, this.contextReads, this.clientReads];
    return maps.flatMap((map) => [...map].map(([id, read]) => [() => void map.delete(id), read] as const));
  }
}

function nameOf(reader: Reader): string {
  return JSON.stringify([reader.kind, reader.namespace, reader.name]);
}

function troubleOf(error: unknown): ReadTrouble {
  const isForbidden = error instanceof NiFiApiError && error.kind === 'Forbidden';
  return { words: error instanceof Error ? error.message : String(error), isForbidden };
}

const NO_NEWS: ReadonlySet<string> = new Set(['takenAtMs', 'flowFilesQueued', 'bytesQueued']);

/** Everything but when it was read, and what changes all the time; NiFi's sets come in no order. */
function summary(answer: object): string {
  const lists = Object.values(answer).filter(Array.isArray);
  return JSON.stringify(lists.map((list) => list.map((each) => JSON.stringify(each, unlessNoNews)).toSorted(byText)));
}

function unlessNoNews(key: string, value: unknown): unknown {
  return NO_NEWS.has(key) ? undefined : value;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
