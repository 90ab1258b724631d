// Counts what the operator asked of the API server, from the audit log: the ground truth for every number about requests.

import { type AuditEntry, readAudit, settleAudit, WRITE_VERBS } from '../controlplane/audit.ts';
import type { Lab } from './lab.ts';

export interface Requests {
  /** Writes that change a cluster's objects: everything but events, per-node status and the Lease. */
  readonly writes: number;
  readonly statusWrites: number;
  readonly events: number;
  readonly leaseWrites: number;
  /** GET and LIST; not the watches and lists that fill caches, which happen before. */
  readonly reads: number;
  readonly conflicts: number;
  /** `verb resource` → how many. */
  readonly byKind: Readonly<Record<string, number>>;
  readonly entries: readonly AuditEntry[];
}

/** What the operator did in a namespace (all when absent) since a moment. */
export async function countRequests(
  lab: Lab,
  range: { readonly since?: Date; readonly namespace?: string } = {},
): Promise<Requests> {
  await settleAudit(lab.controlPlane.auditLog);
  return tallyRequests(await readAudit(lab.controlPlane.auditLog, { userAgent: 'nifi-operator', ...range }));
}

/** Sums the operator's entries of an audit log up; watches are left out. */
export function tallyRequests(all: readonly AuditEntry[]): Requests {
  const entries = all.filter(({ verb }) => verb !== 'watch');
  const writes = entries.filter(({ verb }) => WRITE_VERBS.includes(verb));
  const of = (resource: string): number => writes.filter(({ objectRef }) => objectRef.resource === resource).length;
  const statusWrites = writes.filter(({ objectRef }) => objectRef.subresource === 'status').length;
  const byKind: Record<string, number> = {};
  for (const { verb, objectRef } of entries) {
    const kind = `${verb} ${objectRef.resource}${objectRef.subresource === '' ? '' : `/${objectRef.subresource}`}`;
    byKind[kind] = (byKind[kind] ?? 0) + 1;
  }
  const [events, leaseWrites] = [of('events'), of('leases')];
  return {
    writes: writes.length - statusWrites - events - leaseWrites,
    statusWrites,
    events,
    leaseWrites,
    reads: entries.length - writes.length,
    conflicts: writes.filter(({ code }) => code === 409).length,
    byKind,
    entries,
  };
}

/** The fewest writes a new cluster can be made with: N·(5+P) + shared + 2 status; see docs/performance. */
export function writesFloor(shape: {
  readonly nodes: number;
  readonly volumes: number;
  readonly shared: number;
}): number {
  return shape.nodes * (5 + shape.volumes) + shape.shared;
}
