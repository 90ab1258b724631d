// How a task says "not yet": NiFi is busy with itself, and the same attempt will succeed later. It is no failure and raises no alarm.

import { NiFiApiError } from '../errors.ts';
import type { ClusterView } from '../types.ts';
import { connectingIn } from '../view.ts';

export class TaskWaiting extends Error {
  override readonly name = 'TaskWaiting';
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
  if (!(error instanceof NiFiApiError)) {
    return undefined;
  }
  switch (error.kind) {
    case 'ClusterChanging':
    case 'NotConnected':
      return error.message;
    case 'RevisionConflict':
      return 'somebody else is changing the same thing';
    case 'AlreadyExists':
    case 'Conflict':
    case 'Forbidden':
    case 'Invalid':
    case 'NotFound':
    case 'NotManaged':
    case 'NotNiFi':
    case 'Server':
      return undefined;
    default:
      return error.kind satisfies never;
  }
}
