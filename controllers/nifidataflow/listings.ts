// The buckets and flows of registries, listed once for all flows that are made at about the same time: NiFi waits for the registry each
// time, and a hundred new flows of one bucket would have it wait for the same two lists a hundred times.
// A name that a kept list lacks is looked for in a new one, so what was committed just now is found. Versions are never kept.

import { NiFiApiError } from '../../pkg/nifi/errors.ts';
import type { Resolved } from './plan/resolve.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

export interface Question {
  /** What is listed: the registry client, the branch, the bucket. */
  readonly of: readonly (string | undefined)[];
  /** Monotonic. */
  readonly nowMs: number;
  readonly list: () => Promise<readonly Named[]>;
  readonly choose: (all: readonly Named[]) => Resolved<string>;
}

interface Kept {
  readonly atMs: number;
  /** On its way, or there. */
  readonly list: Promise<readonly Named[]>;
}

const keptMs = 5_000;

/** Of one NiFi. */
export class Listings {
  private readonly kept = new Map<string, Kept>();

  /** What is chosen from a young list, or else from a new one; throws what the listing throws. */
  async find({ of, nowMs, list, choose }: Question): Promise<Resolved<string>> {
    this.dropOld(nowMs);
    const key = JSON.stringify(of);
    const kept = this.kept.get(key);
    const all = kept && (await answered(kept));
    const found = all && choose(all);
    return found?.ok === true ? found : choose(await this.ask(key, nowMs, list));
  }

  private async ask(key: string, atMs: number, list: Question['list']): Promise<readonly Named[]> {
    const asked: Kept = { atMs, list: list() };
    this.kept.set(key, asked);
    try {
      return await asked.list;
    } catch (error) {
      if (this.kept.get(key) === asked) this.kept.delete(key);
      throw error;
    }
  }

  private dropOld(nowMs: number): void {
    for (const [key, { atMs }] of this.kept) if (nowMs - atMs > keptMs) this.kept.delete(key);
  }
}

/** That a node did not answer whoever asked it says nothing to the others; what NiFi said of the registry does. */
async function answered({ list }: Kept): Promise<readonly Named[] | undefined> {
  try {
    return await list;
  } catch (error) {
    if (error instanceof NiFiApiError) throw error;
    return undefined;
  }
}
