// The newest version of flows that are to follow it, asked of their registries for all objects together: one flow in a period, the one
// that was asked for longest ago, so that hundreds of flows cost one call a period. Who knows of a newer version has it asked for sooner.
// It never makes a caller wait, and a registry that does not answer leaves what was heard before.
// Surprising: each of these calls has NiFi wait for the registry, so nothing here is asked for because an operator has just started.

import type { Cancel, Clock } from '../kube/clock.ts';
import { Breaker } from './breaker.ts';
import { Cached } from './cached.ts';
import { listVersions } from './endpoints/registry-contents.ts';
import type { FlowVersion } from './endpoints/version-control.ts';
import type { NodeCalls, Reader } from './types.ts';

/** A flow of a registry, whatever its version. */
export type FollowedFlow = Omit<FlowVersion, 'version'>;

export interface NewestAnswer {
  readonly takenAtMs: number;
  /** Absent when the flow has no version. */
  readonly version: string | undefined;
}

export interface LatestReadsOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly periodMs: number;
  readonly ask: <T>(use: (node: NodeCalls) => Promise<T>) => Promise<T>;
  /** Told of each reader of a flow that has been asked for. */
  readonly tell: (reader: Reader) => void;
}

interface Followed {
  readonly cached: Cached<NewestAnswer>;
  readonly readers: Map<string, Reader>;
  askedAtMs: number;
}

export class LatestReads {
  private readonly options: LatestReadsOptions;
  private readonly followed = new Map<string, Followed>();
  private cancelTimer: Cancel | undefined;
  private closed = false;

  constructor(options: LatestReadsOptions) {
    this.options = options;
  }

  /** What was heard last; asks now only when that is older than `maxAgeMs`, or nothing was heard and the age is limited. */
  newest(flow: FollowedFlow, maxAgeMs: number, reader: Reader): NewestAnswer | undefined {
    const { registryId, branch, bucketId, flowId } = flow;
    const key = JSON.stringify([registryId, branch, bucketId, flowId]);
    if (this.closed) return undefined;
    const entry = this.followed.get(key) ?? this.follow(flow);
    this.followed.set(key, entry);
    entry.readers.set(nameOf(reader), reader);
    this.schedule();
    const { clock } = this.options;
    if (Number.isFinite(maxAgeMs) && clock.monotonicMs() - entry.askedAtMs > maxAgeMs) this.ask(entry);
    return entry.cached.peek();
  }

  /** The reader follows nothing any more. */
  release(reader: Reader): void {
    for (const [key, { readers, cached }] of this.followed) {
      if (readers.delete(nameOf(reader)) && readers.size === 0) {
        cached.close();
        this.followed.delete(key);
      }
    }
  }

  close(): void {
    this.closed = true;
    this.cancelTimer?.();
    for (const { cached } of this.followed.values()) cached.close();
  }

  private follow(flow: FollowedFlow): Followed {
    const { clock, random, ask, tell } = this.options;
    const readers = new Map<string, Reader>();
    const cached = new Cached<NewestAnswer>({
      clock,
      random,
      breaker: new Breaker({ clock, random, threshold: 1, firstPauseMs: 1_000, maxPauseMs: 60_000 }),
      fetch: async () => {
        const takenAtMs = clock.monotonicMs();
        const [newest] = await ask((node) => listVersions(node, flow));
        return { takenAtMs, version: newest?.version };
      },
      same: (a, b) => a.version === b.version,
      landed: () => readers.forEach(tell),
      failed: () => false,
    });
    return { cached, readers, askedAtMs: Number.NEGATIVE_INFINITY };
  }

  private ask(entry: Followed): void {
    entry.askedAtMs = this.options.clock.monotonicMs();
    entry.cached.get(0);
  }

  private schedule(): void {
    const { clock, periodMs, random } = this.options;
    if (this.closed || this.followed.size === 0) return;
    this.cancelTimer ??= clock.setTimeout(
      () => {
        this.cancelTimer = undefined;
        const [oldest] = [...this.followed.values()].toSorted((a, b) => a.askedAtMs - b.askedAtMs);
        if (oldest !== undefined) this.ask(oldest);
        this.schedule();
      },
      periodMs * (0.9 + random() / 5),
    );
  }
}

function nameOf({ kind, namespace, name }: Reader): string {
  return JSON.stringify([kind, namespace, name]);
}
