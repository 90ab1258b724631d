// What counts as a write of the operator, and how one is named so that another run's write can be recognised as the same:
// by what it writes to and by how many of that kind came before it, not by its place among all writes, because the
// writes for several nodes overtake each other. Refused writes changed nothing and are no writes.

import type { ProxiedRequest } from '../controlplane/faultproxy.ts';
import type { LoggedRequest } from '../nifi/request-log.ts';

/** The nth write of its kind. */
export interface Write {
  readonly to: 'Kubernetes' | 'NiFi';
  /** As `PATCH configmaps/prod-0`, or `POST pods`: the name of what is created is in the body. */
  readonly what: string;
  /** From 1. */
  readonly nth: number;
}

export function sameWrite(one: Write, other: Write): boolean {
  return one.to === other.to && one.what === other.what && one.nth === other.nth;
}

export function describeWrite({ to, what, nth }: Write): string {
  return `${what} (number ${nth}) to ${to}`;
}

/**
 * Events, and a status that is written at its own pace: how many there are differs from run to run. Losing or repeating
 * one is harmless by design, so they are killed at, and not counted.
 */
export function isTold({ to, what }: Pick<Write, 'to' | 'what'>): boolean {
  return to === 'Kubernetes' && (what.endsWith('/status') || / events\b/u.test(what));
}

/** What a request to the API server writes; undefined when it only reads. */
export function kubernetesWrite({ method, path }: ProxiedRequest): string | undefined {
  if (method === 'GET') return undefined;
  const below = /\/namespaces\/[^/]+\/(?<object>[^?]+)/u.exec(path)?.groups?.['object'];
  if (below === undefined) throw new Error(`a write outside of a namespace: ${method} ${path}`);
  // An event's name is a time, and that of a configuration ends in a digest of what differs from namespace to namespace.
  const object = below.replace(/^events\/.*/u, 'events').replace(/(-[0-9]+)-[a-z0-9]{10}$/u, '$1-<digest>');
  return `${method} ${object}`;
}

/** What a request to NiFi writes; undefined when it only reads. Ids differ from cluster to cluster. */
export function nifiWrite({ method, path }: Pick<LoggedRequest, 'method' | 'path'>): string | undefined {
  return method === 'GET' ? undefined : `${method} ${withoutIds(path)}`;
}

export function withoutIds(text: string): string {
  return text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gu, '<id>');
}

/** Gives every write its number. */
export class WriteCounter {
  /** How many were not told writes. */
  counted = 0;
  private readonly counts = new Map<string, number>();

  next(to: Write['to'], what: string): Write {
    const nth = (this.counts.get(`${to} ${what}`) ?? 0) + 1;
    this.counts.set(`${to} ${what}`, nth);
    if (!isTold({ to, what })) this.counted += 1;
    return { to, what, nth };
  }
}
