// Reads the audit log of an API server on while it grows: many runs share one log, and reading all of it after each would
// cost more than the runs. What it gives is the ground truth for how often something was created.

import { open } from 'node:fs/promises';
import { type AuditEntry, parseAudit, WRITE_VERBS } from '../controlplane/audit.ts';

/** Verb and object → how often it was carried out. */
export type Tally = Readonly<Record<string, number>>;

export interface Audited {
  readonly done: Tally;
  /** How many writes to an object were broken off with their client, so that the log does not say whether they were carried out. */
  readonly brokenOff: Readonly<Record<string, number>>;
}

/**
 * What was done, once more told from the objects that are there: what the reference did more often than this run, which was broken
 * off at it, was done by the writes that were broken off.
 */
export function doneIn({ done, brokenOff }: Audited, reference: Tally): Tally {
  const told = Object.entries(reference).flatMap(([what, times]) => {
    const unlogged = brokenOff[what.slice(what.indexOf(' ') + 1)] ?? 0;
    const logged = done[what] ?? 0;
    return unlogged > 0 && logged < times ? [[what, Math.min(times, logged + unlogged)] as const] : [];
  });
  return { ...done, ...Object.fromEntries(told) };
}

export class AuditTail {
  private readonly file: string;
  private offset = 0;
  private readonly writes = new Map<string, AuditEntry[]>();

  constructor(file: string) {
    this.file = file;
  }

  /**
   * The operator's writes that were carried out in a namespace so far. Events and the status are left out; `naming` makes
   * names of different runs comparable.
   */
  async tally(namespace: string, naming: (name: string) => string): Promise<Audited> {
    await this.readOn();
    const done: Record<string, number> = {};
    const brokenOff: Record<string, number> = {};
    for (const { verb, objectRef, code } of this.writes.get(namespace) ?? []) {
      const object = `${objectRef.resource}/${naming(objectRef.name)}`;
      if (objectRef.subresource !== '' || objectRef.resource === 'events') continue;
      if (code >= 200 && code < 300) {
        const what = `${code === 201 ? 'create' : verb} ${object}`;
        done[what] = (done[what] ?? 0) + 1;
      } else if (code < 400 || code >= 499) {
        brokenOff[object] = (brokenOff[object] ?? 0) + 1;
      }
    }
    return { done, brokenOff };
  }

  private async readOn(): Promise<void> {
    const from = this.offset;
    const file = await open(this.file);
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
      // Another reader was here meanwhile, and has it all.
      if (this.offset !== from) return;
      const whole = buffer.subarray(0, bytesRead).lastIndexOf('\n') + 1;
      this.offset += whole;
      this.keep(parseAudit(buffer.subarray(0, whole).toString()));
    } finally {
      await file.close();
    }
  }

  private keep(entries: readonly AuditEntry[]): void {
    for (const entry of entries) {
      const { stage, userAgent, verb, objectRef } = entry;
      if (stage === 'ResponseStarted' || !userAgent.startsWith('nifi-operator') || !WRITE_VERBS.includes(verb))
        continue;
      const known = this.writes.get(objectRef.namespace);
      if (known === undefined) this.writes.set(objectRef.namespace, [entry]);
      else known.push(entry);
    }
  }
}
