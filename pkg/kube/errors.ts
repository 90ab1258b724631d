// The errors that decide how a reconcile ends: the Controller maps their class, and nothing else, to what happens next.
//
// StalledError waits for an event or a resync, WaitingError comes back after a stated time, everything else is retried with growing
// delays. The surprising rule: a write that failed in transport may still have been carried out (`outcomeUnknown`).

import type { Status, StatusDetails } from './types.ts';

/** Base of the errors that carry a machine-readable reason (CamelCase, as conditions and events have it). */
export class ReconcileError extends Error {
  override readonly name: string = 'ReconcileError';
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Trying again is of no use before something that we watch changes. */
export class StalledError extends ReconcileError {
  override readonly name = 'StalledError';
}

/** Nothing is wrong: look again after `afterMs`. */
export class WaitingError extends ReconcileError {
  override readonly name = 'WaitingError';
  readonly afterMs: number;

  constructor(reason: string, message: string, afterMs: number, options?: ErrorOptions) {
    super(reason, message, options);
    this.afterMs = afterMs;
  }
}

/** May pass by itself; retried with growing delays. */
export class TransientError extends ReconcileError {
  override readonly name: string = 'TransientError';
}

/** No whole answer came: refused, cut, or past the call's deadline. */
export class KubeTransportError extends TransientError {
  override readonly name = 'KubeTransportError';
  /** The request may have reached the API server: read back before acting as if it had not. */
  readonly outcomeUnknown: boolean;
  /** The system's error code (ECONNREFUSED, ECONNRESET…), or DEADLINE. */
  readonly code: string;

  constructor(message: string, code: string, outcomeUnknown: boolean, options?: ErrorOptions) {
    super('ApiServerUnreachable', message, options);
    this.code = code;
    this.outcomeUnknown = outcomeUnknown;
  }
}

/** The API server said no. `reason` is the Status' own (NotFound, Conflict, AlreadyExists, Invalid, Forbidden…). */
export class KubeApiError extends ReconcileError {
  override readonly name = 'KubeApiError';
  readonly status: number;
  readonly details: StatusDetails | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(status: number, body: Status, retryAfterMs?: number) {
    super(body.reason || reasonOf(status), body.message || `the API server answered ${status}`);
    this.status = status;
    this.details = body.details;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The lease may no longer be ours: the write was not sent. */
export class FencedError extends ReconcileError {
  override readonly name = 'FencedError';

  constructor(message: string) {
    super('NotLeading', message);
  }
}

const reasons: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function reasonOf(status: number): string {
  return reasons[status] ?? 'Unknown';
}

/** True for a KubeApiError with this HTTP status and, if given, this reason. */
export function isStatus(error: unknown, status: number, reason?: string): error is KubeApiError {
  return error instanceof KubeApiError && error.status === status && (reason === undefined || error.reason === reason);
}

/** 404. */
export function isNotFound(error: unknown): boolean {
  return isStatus(error, 404);
}

/** 409 of an optimistic lock or of a delete's precondition, not of a create. */
export function isConflict(error: unknown): boolean {
  return isStatus(error, 409) && error.reason !== 'AlreadyExists';
}

/** 409 of a create whose name is taken. */
export function isAlreadyExists(error: unknown): boolean {
  return isStatus(error, 409, 'AlreadyExists');
}

/** 410 Gone or Expired: the resourceVersion asked for is no longer kept. */
export function isExpired(error: unknown): boolean {
  return isStatus(error, 410) || (error instanceof KubeApiError && error.reason === 'Expired');
}

/** The API server is behind the resourceVersion asked for (a Timeout with the cause ResourceVersionTooLarge). */
export function isTooLargeResourceVersion(error: unknown): boolean {
  if (!(error instanceof KubeApiError) || error.reason !== 'Timeout') return false;
  const causes = error.details?.causes ?? [];
  return (
    causes.some((cause) => cause.reason === 'ResourceVersionTooLarge') ||
    error.message.includes('Too large resource version')
  );
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
