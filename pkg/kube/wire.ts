// What requests and answers look like on the wire: pure helpers of the client.

import { isStatus, KubeApiError, KubeTransportError } from './errors.ts';
import type { HttpResponse } from './transport.ts';
import type { KubeObject, ResourceType, Status } from './types.ts';

const maxRetries = 5;
/** A list as the API server writes it. */
export interface RawList<T> {
  readonly items?: readonly T[] | null;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

/**
 * The Accept header for a list or a single object of a watch. An aggregated API server that cannot answer with metadata alone sends
 * whole objects, which `shape` cuts down.
 */
export function acceptOf(
  options: { readonly metadataOnly?: boolean },
  as: 'PartialObjectMetadata' | 'PartialObjectMetadataList',
): Record<string, string> {
  if (!options.metadataOnly) return {};
  return { accept: `application/json;as=${as};g=meta.k8s.io;v=v1,application/json` };
}

/** The query parameters that choose objects. */
export function selectors(options: { readonly labelSelector?: string; readonly fieldSelector?: string }): {
  labelSelector: string | undefined;
  fieldSelector: string | undefined;
} {
  return { labelSelector: options.labelSelector, fieldSelector: options.fieldSelector };
}

/** An item of a list or of a watch with its own kind's name: lists leave it out, metadata alone has another. */
export function shape<T extends KubeObject>(type: ResourceType<T>, item: T, metadataOnly = false): T {
  const { apiVersion, kind } = type;
  if (metadataOnly) return { apiVersion, kind, metadata: item.metadata } as T;
  return item.apiVersion === apiVersion && item.kind === kind ? item : { ...item, apiVersion, kind };
}

/** A merge patch that the API server refuses for another version or another object of the same name. */
export function withPreconditions(
  patch: object,
  { resourceVersion, uid }: { readonly resourceVersion?: string; readonly uid?: string },
): object {
  if (resourceVersion === undefined && uid === undefined) return patch;
  const metadata = (patch as { metadata?: object }).metadata ?? {};
  return {
    ...patch,
    metadata: {
      ...metadata,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(uid === undefined ? {} : { uid }),
    },
  };
}

/** What the API server says to another UID in a patch: not a failed precondition, but that the field cannot change. */
export function asUidConflict(error: unknown): unknown {
  if (!isStatus(error, 422) || !error.details?.causes?.some(({ field }) => field === 'metadata.uid')) return error;
  return new KubeApiError(409, { reason: 'Conflict', message: error.message, details: error.details });
}

/** The kind as metrics have it: `pods` or `pods/status`. */
export function resourceText(type: ResourceType, subresource: string | undefined): string {
  return subresource ? `${type.plural}/${subresource}` : type.plural;
}

/** The parsed body of a good answer. Throws KubeApiError for a bad one. */
export function answerOf(response: HttpResponse): unknown {
  const text = response.body.toString('utf8');
  if (response.status >= 400 || response.status < 200) {
    const status = parseStatus(text);
    throw new KubeApiError(response.status, status, retryAfterMs(response.headers['retry-after'], status));
  }
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new KubeTransportError(`the answer (${response.status}) is not JSON`, 'GARBAGE', true, { cause: error });
  }
}

/** Milliseconds until the call may be tried again; undefined when it must not be. */
export function retryDelay(error: unknown, method: string, attempt: number): number | undefined {
  if (attempt >= maxRetries) return undefined;
  if (isStatus(error, 429) || isStatus(error, 503)) return error.retryAfterMs;
  // A keep-alive connection may break just as it is used again; a read can simply be repeated.
  const broken = error instanceof KubeTransportError && error.code !== 'DEADLINE' && error.code !== 'ECONNREFUSED';
  return broken && method === 'GET' && attempt === 0 ? 0 : undefined;
}

/** A Status of whatever an error's body holds; text that is not JSON becomes its message. */
export function parseStatus(text: string): Status {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : { message: text };
  } catch {
    return { message: text.slice(0, 1000) };
  }
}

/** Retry-After in seconds, of the header or else of the Status; dates, which the API server never sends, count as absent. */
function retryAfterMs(header: string | string[] | undefined, status: Status): number | undefined {
  const seconds = Number(Array.isArray(header) ? header[0] : (header ?? status.details?.retryAfterSeconds));
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
