// Requests that NiFi carries out in the background: version changes, replacements and parameter updates. They live in the memory
// of the node that was asked, for the user who asked, and are forgotten a minute after their end when the next one is submitted
// (AsyncRequestManager). So another node, another user and a restarted process know nothing of them.

import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../pkg/kube/clock.ts';
import { HttpError } from '../errors.ts';

export type RequestKind = 'update-requests' | 'revert-requests' | 'replace-requests' | 'parameter-update-requests';

export interface AsyncRequest {
  readonly id: string;
  readonly kind: RequestKind;
  readonly user: string;
  /** The process group or parameter context that it changes. */
  readonly target: string;
  readonly steps: readonly string[];
  done: number;
  complete: boolean;
  cancelled: boolean;
  failure: string | undefined;
  lastUpdated: Date;
  /** What it is shown with while it goes on. */
  readonly affected: readonly string[];
}

const most = 100;

export class AsyncRequests {
  private readonly requests = new Map<string, AsyncRequest>();
  private readonly clock: Clock;
  private readonly expiryMs: number;

  constructor(clock: Clock, expiryMs: number) {
    this.clock = clock;
    this.expiryMs = expiryMs;
  }

  /** Throws 409 when more than a hundred are kept. */
  submit(request: Pick<AsyncRequest, 'kind' | 'user' | 'target' | 'steps' | 'affected'>): AsyncRequest {
    const now = this.clock.now();
    for (const [id, old] of this.requests) {
      if (old.complete && now.getTime() - old.lastUpdated.getTime() > this.expiryMs) this.requests.delete(id);
    }
    if (this.requests.size > most) {
      throw new HttpError(
        409,
        `There are already ${this.requests.size} update requests for variable registries. Cannot issue any more requests until the older ones are deleted or expire`,
      );
    }
    const submitted: AsyncRequest = {
      ...request,
      id: randomUUID(),
      done: 0,
      complete: false,
      cancelled: false,
      failure: undefined,
      lastUpdated: now,
    };
    this.requests.set(submitted.id, submitted);
    return submitted;
  }

  /** Throws 404 where it is not known and 400 for another user. */
  get(kind: RequestKind, id: string, user: string): AsyncRequest {
    const request = this.requests.get(id);
    if (request?.kind !== kind) throw new HttpError(404, `Could not find a Request with identifier ${id}`);
    if (request.user !== user) {
      throw new HttpError(400, 'Only the user that submitted the update request can delete it.');
    }
    return request;
  }

  /** One that goes on is cancelled at its next step. */
  remove(kind: RequestKind, id: string, user: string): AsyncRequest {
    const request = this.get(kind, id, user);
    if (!request.complete) {
      request.cancelled = true;
      this.fail(request, 'Request cancelled by user');
    }
    this.requests.delete(id);
    return request;
  }

  advance(request: AsyncRequest): void {
    request.done += 1;
    request.lastUpdated = this.clock.now();
    if (request.done >= request.steps.length) request.complete = true;
  }

  fail(request: AsyncRequest, why: string): void {
    request.failure = why;
    request.complete = true;
    request.lastUpdated = this.clock.now();
  }

  /** Still kept here; for tests that look for leaks. */
  list(): readonly AsyncRequest[] {
    return [...this.requests.values()];
  }
}

/** The step that it is at. A request that failed says Complete as well, and why in `failureReason`. */
export function stateOf(request: AsyncRequest): string {
  return request.complete ? 'Complete' : (request.steps[request.done] ?? 'In Progress');
}

export function percentOf(request: AsyncRequest): number {
  return Math.floor((100 * request.done) / request.steps.length);
}
