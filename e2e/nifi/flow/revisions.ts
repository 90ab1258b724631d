// NiFi's optimistic locking. A write passes when its version is the current one, or when its client made the last change,
// however old its version is: recorded on a real NiFi, and the reason why a client must never share its clientId.

import { HttpError } from '../errors.ts';

export interface Revision {
  readonly version?: number;
  readonly clientId?: string;
}

export interface StoredRevision {
  readonly version: number;
  readonly clientId: string | undefined;
}

export type Revisions = Map<string, StoredRevision>;

const none: StoredRevision = { version: 0, clientId: undefined };

/** The revision of a write's body: `{revision: {version, clientId}}`. Throws 400 when there is none at all. */
export function bodyRevision(body: unknown): Revision {
  const revision = (body as { revision?: Revision } | undefined)?.revision;
  if (revision === undefined || revision === null) throw new HttpError(400, 'Revision must be specified.');
  return revision;
}

/** The revision of a DELETE's query. Throws 404 for a version that is no number, as Jersey does. */
export function queryRevision(query: URLSearchParams): Revision {
  const text = query.get('version');
  if (text !== null && !/^-?\d+$/.test(text)) throw new HttpError(404, 'HTTP 404 Not Found');
  const clientId = query.get('clientId');
  return { ...(text === null ? {} : { version: Number(text) }), ...(clientId === null ? {} : { clientId }) };
}

/** Throws 400 unless the body creates something: revision 0. */
export function checkCreation(body: unknown, what: string): void {
  if (bodyRevision(body).version !== 0) {
    throw new HttpError(400, `A revision of 0 must be specified when creating a new ${what}.`);
  }
}

/** Throws 409 unless the write may go on. */
export function verifyRevision(revisions: Revisions, id: string, given: Revision): void {
  if (given.version === undefined) throw new HttpError(409, 'The revision must be specified.');
  const current = revisions.get(id) ?? none;
  if (given.version === current.version) return;
  if (given.clientId !== undefined && given.clientId === current.clientId) return;
  throw new HttpError(
    409,
    `[${given.version}, ${given.clientId ?? 'null'}, ${id}] is not the most up-to-date revision. This component appears to have been modified. Retrieve the most up-to-date revision and try again.`,
  );
}

/** Counts a change on. */
export function advance(revisions: Revisions, id: string, by: Revision): void {
  const current = revisions.get(id) ?? none;
  revisions.set(id, { version: current.version + 1, clientId: by.clientId });
}

/** Counts a change on that names no client: whoever made the last one before stays the last (recorded of groups that are started). */
export function touch(revisions: Revisions, id: string): void {
  const current = revisions.get(id) ?? none;
  revisions.set(id, { ...current, version: current.version + 1 });
}

/** Records the creation of a component, which begins at version 1. Users and policies begin at 0 and keep no creator. */
export function begin(revisions: Revisions, id: string, by: Revision): void {
  revisions.set(id, { version: 1, clientId: by.clientId });
}

/** As a read shows it, and with `lastModifier` as the answer to a write does. */
export function revisionEntity(
  revisions: Revisions,
  id: string,
  lastModifier?: string,
): Readonly<Record<string, unknown>> {
  const current = revisions.get(id) ?? none;
  return {
    ...(current.clientId === undefined ? {} : { clientId: current.clientId }),
    version: current.version,
    ...(lastModifier === undefined ? {} : { lastModifier }),
  };
}
