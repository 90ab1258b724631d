// The two requests that the API server makes of a webhook, around functions that know the kinds: ConversionReview of
// apiextensions.k8s.io/v1 and AdmissionReview of admission.k8s.io/v1.
// A conversion answers for all objects or says why not; an admission says yes unless it is told no.
// Surprise: what goes wrong in an admission is an HTTP error, which failurePolicy Ignore turns into a yes.

import { setImmediate as otherWork } from 'node:timers/promises';
import type { Json } from '../schema/structural.ts';
import { RequestError, type WebhookRoute } from './server.ts';

export type RawObject = Readonly<Record<string, Json>>;

/** From an object to one of the version. Throws an Error whose message says what is in the way. */
export type Convert = (object: RawObject, desiredApiVersion: string) => RawObject;

export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly object: RawObject | undefined;
  readonly oldObject: RawObject | undefined;
}

export interface Judgement {
  /** Why not; absent when it may be written. */
  readonly denied?: string;
  /** What the writer is told besides, a sentence each. */
  readonly warnings: readonly string[];
}

export type Judge = (request: AdmissionRequest) => Judgement;

/** A list is converted whole: a thousand clusters. */
const largestConversion = 64 * 2 ** 20;
/** An object and what it was before; the API server takes none above 3 MiB. */
const largestAdmission = 8 * 2 ** 20;
/** So many objects at once; then what else is waiting gets its turn, the renewal of the lease above all. */
const batch = 32;
/** The API server cuts what is longer, and drops what is too much. */
const mostWarnings = 8;
const longestWarning = 256;

export function conversionRoute(convert: Convert): WebhookRoute {
  return {
    largestBytes: largestConversion,
    async handle(body) {
      const { uid, fields } = requestOf(body, 'ConversionReview');
      const { desiredAPIVersion: desired, objects } = fields;
      if (typeof desired !== 'string' || !Array.isArray(objects))
        throw new RequestError(400, 'a ConversionReview needs desiredAPIVersion and objects');
      const { isDone, ...answer } = await convertAll(objects as readonly RawObject[], desired, convert);
      const head = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview' };
      return { body: { ...head, response: { uid, ...answer } }, result: isDone ? 'converted' : 'failed' };
    },
  };
}

async function convertAll(
  objects: readonly RawObject[],
  desired: string,
  convert: Convert,
): Promise<{ readonly isDone: boolean; readonly result: object; readonly convertedObjects?: readonly RawObject[] }> {
  const convertedObjects: RawObject[] = [];
  for (const [index, object] of objects.entries()) {
    if (index > 0 && index % batch === 0) await otherWork();
    try {
      convertedObjects.push(convert(object, desired));
    } catch (error) {
      const message = `${nameOf(object)}: ${error instanceof Error ? error.message : String(error)}`;
      return { isDone: false, result: { status: 'Failure', message } };
    }
  }
  return { isDone: true, convertedObjects, result: { status: 'Success' } };
}

export function admissionRoute(judge: Judge): WebhookRoute {
  return {
    largestBytes: largestAdmission,
    async handle(body) {
      const { uid, fields } = requestOf(body, 'AdmissionReview');
      const { denied, warnings } = judge(fields as unknown as AdmissionRequest);
      const told = warnings.slice(0, mostWarnings).map((warning) => warning.slice(0, longestWarning));
      const response = {
        uid,
        allowed: denied === undefined,
        ...(told.length === 0 ? {} : { warnings: told }),
        ...(denied === undefined ? {} : { status: { code: 422, reason: 'Invalid', message: denied } }),
      };
      const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
      return { body: review, result: denied === undefined ? 'allowed' : 'denied' };
    },
  };
}

interface Request {
  readonly uid: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

function requestOf(body: unknown, kind: string): Request {
  const review = body as { readonly kind?: unknown; readonly request?: Readonly<Record<string, unknown>> } | null;
  const request = review?.request;
  if (review?.kind !== kind || typeof request !== 'object' || typeof request['uid'] !== 'string')
    throw new RequestError(400, `this is no ${kind} with a request`);
  return { uid: request['uid'], fields: request };
}

function nameOf(object: RawObject): string {
  const { namespace, name } = (object['metadata'] ?? {}) as { readonly namespace?: string; readonly name?: string };
  return [namespace, name].filter((part) => part !== undefined).join('/') || 'an object without a name';
}
