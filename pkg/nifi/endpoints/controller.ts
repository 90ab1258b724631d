// NiFi's controller settings. Source: OpenAPI of NiFi 2.11, transcript 01 of the reference.
// Surprising: NiFi accepts a stale revision from the client that wrote last, so every write comes under a client id of its own.

import { randomUUID } from 'node:crypto';
import { type JsonObject, numberIn, objectAt, objectIn } from '../decode.ts';
import type { NodeCalls } from '../types.ts';

/** What a write must name to prove that it knows the present state. */
export interface Revision {
  readonly version: number;
}

export interface ControllerConfig {
  readonly revision: Revision;
  readonly maxTimerDrivenThreadCount: number;
}

/** GET /controller/config. */
export async function getControllerConfig(node: NodeCalls): Promise<ControllerConfig> {
  return decodeConfig(await node.request({ method: 'GET', path: '/controller/config' }));
}

/** PUT /controller/config; 409 with kind `RevisionConflict` when it was changed since it was read. */
export async function putControllerConfig(node: NodeCalls, config: ControllerConfig): Promise<ControllerConfig> {
  const body = {
    revision: nextRevision(config.revision),
    component: { maxTimerDrivenThreadCount: config.maxTimerDrivenThreadCount },
  };
  return decodeConfig(await node.request({ method: 'PUT', path: '/controller/config', body }));
}

/** The revision to send with one write: the version that was read, under a client id that nobody used before. */
export function nextRevision(read: Revision): { readonly version: number; readonly clientId: string } {
  return { version: read.version, clientId: randomUUID() };
}

/** The same for a deletion, which names its revision in the query. */
export function revisionQuery(read: Revision): Readonly<Record<string, string>> {
  const { version, clientId } = nextRevision(read);
  return { version: String(version), clientId };
}

/** The revision of an entity that was read. */
export function revisionIn(entity: JsonObject): Revision {
  return { version: numberIn(objectIn(entity, 'revision'), 'version') };
}

function decodeConfig(value: unknown): ControllerConfig {
  const entity = objectAt(value, 'answer');
  return {
    revision: revisionIn(entity),
    maxTimerDrivenThreadCount: numberIn(objectIn(entity, 'component'), 'maxTimerDrivenThreadCount'),
  };
}
