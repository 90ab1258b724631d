// Reads the API server's audit log: the ground truth for what an operator asked of Kubernetes. The log is written after the answer has left, so a
// request that was just answered may take a moment to appear, and the last line may still be half written: that line is left out.

import { readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export interface AuditEntry {
  /** ResponseStarted is an open watch; the same watch comes again as ResponseComplete when it ends. */
  readonly stage: 'ResponseStarted' | 'ResponseComplete' | 'Panic';
  readonly auditID: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly user: string;
  readonly groups: readonly string[];
  readonly userAgent: string;
  readonly objectRef: AuditObject;
  /** The answer's HTTP status; 0 when there was none. */
  readonly code: number;
  /** For want of a right, and not because of what was asked for. */
  readonly forbidden: boolean;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  /** The body, at audit level Request. */
  readonly requestObject?: unknown;
}

export interface AuditObject {
  readonly apiGroup: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** All given conditions must hold. */
export interface AuditFilter {
  readonly user?: string;
  /** The beginning of the user agent. */
  readonly userAgent?: string;
  readonly verbs?: readonly string[];
  readonly resource?: string;
  readonly namespace?: string;
  readonly since?: Date;
  /** Requests that arrived before it. */
  readonly until?: Date;
  /** Keep entries of watches that are still open too; by default every request is listed once, when it has ended. */
  readonly openWatches?: boolean;
}

export const WRITE_VERBS: readonly string[] = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** The entries that pass the filter, in the order in which they were written. Throws on a line that is no audit event. */
export async function readAudit(file: string, filter: AuditFilter = {}): Promise<AuditEntry[]> {
  return filterAudit(parseAudit(await readFile(file, 'utf8')), filter);
}

export function filterAudit(entries: readonly AuditEntry[], filter: AuditFilter): AuditEntry[] {
  return entries.filter((entry) => matches(entry, filter));
}

/**
 * Waits until the log has not grown for `quietMs`, so that the requests answered so far are in it. A log in which others write without a
 * pause never rests: after `mostMs` what was answered before is in it, too.
 */
export async function settleAudit(file: string, quietMs = 200, mostMs = 5_000): Promise<void> {
  const end = performance.now() + mostMs;
  for (let size = -1, now = (await stat(file)).size; size !== now && performance.now() < end; ) {
    size = now;
    await sleep(quietMs);
    now = (await stat(file)).size;
  }
}

export function parseAudit(text: string): AuditEntry[] {
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  const lines = complete.split('\n').filter((line) => line !== '');
  return lines.map((line, i) => parseLine(line, i + 1));
}

const NO_OBJECT: AuditObject = { apiGroup: '', resource: '', subresource: '', namespace: '', name: '' };

interface RawEvent {
  readonly kind: string;
  readonly stage: AuditEntry['stage'];
  readonly auditID: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly user?: { readonly username?: string; readonly groups?: readonly string[] };
  readonly userAgent?: string;
  readonly objectRef?: Partial<AuditObject>;
  readonly responseStatus?: { readonly code?: number };
  readonly annotations?: Readonly<Record<string, string>>;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly requestObject?: unknown;
}

function parseLine(line: string, number: number): AuditEntry {
  const event = parseJson(line, number);
  if (event.kind !== 'Event') {
    throw new Error(`line ${number} of the audit log is a ${event.kind}, not an Event`);
  }
  return {
    stage: event.stage,
    auditID: event.auditID,
    verb: event.verb,
    requestURI: event.requestURI,
    user: event.user?.username ?? '',
    groups: event.user?.groups ?? [],
    userAgent: event.userAgent ?? '',
    objectRef: { ...NO_OBJECT, ...event.objectRef },
    code: event.responseStatus?.code ?? 0,
    forbidden: event.annotations?.['authorization.k8s.io/decision'] === 'forbid',
    requestReceivedTimestamp: event.requestReceivedTimestamp,
    stageTimestamp: event.stageTimestamp,
    ...(event.requestObject === undefined ? {} : { requestObject: event.requestObject }),
  };
}

function parseJson(line: string, number: number): RawEvent {
  try {
    return JSON.parse(line) as RawEvent;
  } catch (error) {
    throw new Error(`line ${number} of the audit log is not JSON`, { cause: error });
  }
}

/** Whether an entry passes the filter; of a request's two stages only the last counts, unless open watches are asked for. */
function matches(entry: AuditEntry, filter: AuditFilter): boolean {
  const received = Date.parse(entry.requestReceivedTimestamp);
  const conditions = [
    entry.stage !== 'ResponseStarted' || filter.openWatches === true,
    filter.user === undefined || entry.user === filter.user,
    filter.userAgent === undefined || entry.userAgent.startsWith(filter.userAgent),
    filter.verbs === undefined || filter.verbs.includes(entry.verb),
    filter.resource === undefined || entry.objectRef.resource === filter.resource,
    filter.namespace === undefined || entry.objectRef.namespace === filter.namespace,
    filter.since === undefined || received >= filter.since.getTime(),
    filter.until === undefined || received < filter.until.getTime(),
  ];
  return conditions.every(Boolean);
}
