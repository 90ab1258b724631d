// The operator's requests in a time, from an audit log that may be longer than a string can be: read as a stream, and nothing but the operator's
// own lines are parsed.

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { type AuditEntry, parseAudit, settleAudit } from '../controlplane/audit.ts';
import { type Requests, tallyRequests } from '../lab/counting.ts';
import type { Lab } from '../lab/lab.ts';

export interface Range {
  readonly since?: Date;
  readonly until?: Date;
  readonly namespace?: string;
}

const operatorAgent = '"userAgent":"nifi-operator';

/** In the order in which they ended; of open watches their begin. */
export async function operatorEntries(lab: Lab, range: Range = {}): Promise<readonly AuditEntry[]> {
  return entriesOf(lab, range, (line) => line.includes(operatorAgent));
}

export async function operatorRequests(lab: Lab, range: Range = {}): Promise<Requests> {
  const entries = await operatorEntries(lab, range);
  return tallyRequests(entries.filter(({ stage }) => stage !== 'ResponseStarted'));
}

/** The requests of everybody whose line passes. */
export async function entriesOf(
  lab: Lab,
  range: Range,
  passes: (line: string) => boolean,
): Promise<readonly AuditEntry[]> {
  await settleAudit(lab.controlPlane.auditLog);
  const [since, until] = [range.since?.getTime() ?? 0, range.until?.getTime() ?? Number.POSITIVE_INFINITY];
  const found: AuditEntry[] = [];
  for await (const line of createInterface({ input: createReadStream(lab.controlPlane.auditLog) })) {
    if (!passes(line)) continue;
    const received = Date.parse(/"requestReceivedTimestamp":"([^"]+)"/u.exec(line)?.[1] ?? '');
    if (!(received >= since && received < until)) continue;
    const [entry] = parseAudit(`${line}\n`);
    if (entry === undefined || (range.namespace !== undefined && entry.objectRef.namespace !== range.namespace))
      continue;
    found.push(entry);
  }
  return found;
}

/** Milliseconds of an audit log's time, which has microseconds. */
export function auditMs(time: string): number {
  const micros = /\.(\d{3})(\d{3})Z$/u.exec(time)?.[2] ?? '0';
  return Date.parse(time) + Number(micros) / 1000;
}
