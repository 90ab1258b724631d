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

/** In the order in which they ended; of open watches their begin. */
export async function operatorEntries(lab: Lab, range: Range = {}): Promise<readonly AuditEntry[]> {
  await settleAudit(lab.controlPlane.auditLog);
  const [since, until] = [range.since?.getTime() ?? 0, range.until?.getTime() ?? Number.POSITIVE_INFINITY];
  const found: AuditEntry[] = [];
  for await (const line of createInterface({ input: createReadStream(lab.controlPlane.auditLog) })) {
    if (!line.includes('"userAgent":"nifi-operator')) continue;
    const received = Date.parse(/"requestReceivedTimestamp":"([^"]+)"/u.exec(line)?.[1] ?? '');
    if (!(received >= since && received < until)) continue;
    const [entry] = parseAudit(`${line}\n`);
    if (entry === undefined || (range.namespace !== undefined && entry.objectRef.namespace !== range.namespace))
      continue;
    found.push(entry);
  }
  return found;
}

export async function operatorRequests(lab: Lab, range: Range = {}): Promise<Requests> {
  const entries = await operatorEntries(lab, range);
  return tallyRequests(entries.filter(({ stage }) => stage !== 'ResponseStarted'));
}
