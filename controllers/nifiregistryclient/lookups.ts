// What the host names in registry clients lead to, asked of the name servers of the operator's own Pod, in the background.
// It never makes a reconcile wait: who asked is told when there is an answer, and when it becomes another one. A name is asked for again
// once a period while somebody wants to know.
// Surprises: an answer that cannot be had is none, and no obstacle: NiFi asks for itself, and may know a name that is not known here. A
// look-up holds one of the process's few threads for as long as the name servers take, so two run at a time, whatever specs are written.

import { lookup as systemLookup } from 'node:dns/promises';
import pLimit from 'p-limit';
import { type Clock, systemClock } from '../../pkg/kube/clock.ts';
import { keyText, type ObjectKey } from '../../pkg/kube/types.ts';

/** Every address of a name; rejects when the name servers have none, or cannot be asked. */
export type Lookup = (name: string) => Promise<readonly string[]>;

export interface HostLookupsOptions {
  readonly periodMs: number;
  /** The object's names have been looked up, or lead elsewhere than before. */
  readonly onChange: (key: ObjectKey) => void;
  /** The system's when absent. */
  readonly lookup?: Lookup;
  readonly clock?: Clock;
}

/** How long an answer is waited for before a name counts as one that cannot be looked up. */
const waitMs = 3_000;
const lookupsAtOnce = 2;
/** Names that nobody has asked for in so many periods are forgotten. */
const periodsKept = 5;

interface Known {
  addresses: readonly string[] | undefined;
  /** When the last look-up ended. */
  atMs: number;
  askedAtMs: number;
  running: boolean;
  readonly readers: Map<string, ObjectKey>;
}

export class HostLookups {
  private readonly options: HostLookupsOptions;
  private readonly clock: Clock;
  private readonly lookup: Lookup;
  private readonly limit = pLimit(lookupsAtOnce);
  private readonly known = new Map<string, Known>();

  constructor(options: HostLookupsOptions) {
    this.options = options;
    this.clock = options.clock ?? systemClock;
    this.lookup =
      options.lookup ?? (async (name) => (await systemLookup(name, { all: true })).map((each) => each.address));
  }

  /** The addresses of all these names; undefined while one of them has never been answered for. */
  addresses(names: readonly string[], reader: ObjectKey): readonly string[] | undefined {
    const answers = names.map((name) => this.ask(name, reader));
    return answers.some((each) => each === undefined) ? undefined : answers.flatMap((each) => each ?? []);
  }

  forget(reader: ObjectKey): void {
    for (const { readers } of this.known.values()) readers.delete(keyText(reader));
  }

  private ask(name: string, reader: ObjectKey): readonly string[] | undefined {
    const nowMs = this.clock.monotonicMs();
    const known = this.known.get(name) ?? this.add(name, nowMs);
    known.readers.set(keyText(reader), reader);
    known.askedAtMs = nowMs;
    const isOld = known.addresses === undefined || nowMs - known.atMs >= this.options.periodMs;
    if (isOld && !known.running) void this.refresh(name, known);
    return known.addresses;
  }

  private add(name: string, nowMs: number): Known {
    for (const [each, { askedAtMs, running }] of this.known)
      if (!running && nowMs - askedAtMs > periodsKept * this.options.periodMs) this.known.delete(each);
    const known: Known = { addresses: undefined, atMs: nowMs, askedAtMs: nowMs, running: false, readers: new Map() };
    this.known.set(name, known);
    return known;
  }

  private async refresh(name: string, known: Known): Promise<void> {
    known.running = true;
    const before = known.addresses ?? [];
    // The look-up goes on, keeps its place, and counts when it ends after all.
    const cancel = this.clock.setTimeout(() => this.take(known, before), waitMs);
    const addresses = await this.answer(name, before);
    cancel();
    known.running = false;
    known.atMs = this.clock.monotonicMs();
    this.take(known, addresses);
  }

  private async answer(name: string, otherwise: readonly string[]): Promise<readonly string[]> {
    try {
      return (await this.limit(() => this.lookup(name))).toSorted();
    } catch (error) {
      // What is not known any more leads nowhere; name servers that are away change nothing.
      return error instanceof Error && 'code' in error && error.code === 'ENOTFOUND' ? [] : otherwise;
    }
  }

  private take(known: Known, addresses: readonly string[]): void {
    const before = known.addresses;
    known.addresses = addresses;
    if (before !== undefined && same(before, addresses)) return;
    for (const reader of known.readers.values()) this.options.onChange(reader);
  }
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}
