// How a task says "not yet": NiFi is busy with itself or silent, and the same attempt will succeed later. It is no failure of the
// task and raises no alarm; that NiFi is silent is the gateway's problem, told once and not again for each task.

import { type ApiErrorKind, NiFiApiError, NiFiUnreachableError } from '../errors.ts';
import { NoViewError } from '../problem.ts';
import type { Refusal } from '../refusals.ts';
import type { ClusterView } from '../types.ts';
import { connectingIn } from '../view.ts';

const WAITING_KINDS: ReadonlySet<ApiErrorKind> = new Set(['ClusterChanging', 'NotConnected', 'Busy']);

export class TaskWaiting extends Error {
  override readonly name = 'TaskWaiting';
}

/** NiFi looked at the wish and said no. The same wish will hardly do better soon, so it is tried again rarely. */
export class TaskRefused extends Error {
  override readonly name = 'TaskRefused';
  /** What NiFi's words mean, when they are known. */
  readonly why: Refusal | ApiErrorKind | undefined;

  constructor(words: string, why: Refusal | ApiErrorKind | undefined, options?: ErrorOptions) {
    super(words, options);
    this.why = why;
  }
}

/** Throws TaskWaiting while any node is CONNECTING: NiFi would answer every change with 409. */
export function requireSettled(view: ClusterView): void {
  const node = connectingIn(view);
  if (node !== undefined) {
    throw new TaskWaiting(`node ${node.id ?? node.address} is CONNECTING`);
  }
}

/** What a failed attempt waits for; undefined when it is a failure. */
export function waitingFor(error: unknown): string | undefined {
  if (error instanceof TaskWaiting) {
    return error.message;
  }
  if (error instanceof NoViewError || error instanceof NiFiUnreachableError) {
    return 'NiFi gives no answer';
  }
  if (!(error instanceof NiFiApiError)) {
    return undefined;
  }
  if (error.kind === 'RevisionConflict') {
    return 'somebody else is changing the same thing';
  }
  return WAITING_KINDS.has(error.kind) || error.refusal === 'NodesNotConnected' ? error.message : undefined;
}
