// Names the trouble of a whole cluster from the failures of its nodes, for status: the most telling one, not the last one.
// It must stay the same word while the cause stays the same, since each change is a status write.

import { type ApiErrorKind, NiFiApiError, NiFiUnreachableError } from './errors.ts';
import type { GatewayProblem } from './types.ts';
import { RejectedViewError } from './view.ts';

/** None of the asked nodes gave a view. `causes` is empty when there was none to ask. */
export class NoViewError extends Error {
  override readonly name = 'NoViewError';
  readonly causes: readonly unknown[];

  constructor(causes: readonly unknown[]) {
    super(describe(causes).message);
    this.causes = causes;
  }
}

const ORDER: readonly GatewayProblem['reason'][] = [
  'CertificateRejected',
  'Forbidden',
  'NotConnected',
  'Failed',
  'Unreachable',
  'NoNodes',
];

/** An election is no failure: nobody is connected yet. */
const PROBLEM_OF_KIND: Partial<Record<ApiErrorKind, GatewayProblem['reason']>> = {
  Forbidden: 'Forbidden',
  NotConnected: 'NotConnected',
  ClusterChanging: 'NotConnected',
};

/** The problem that a failed attempt shows. */
export function problemOf(error: unknown, sinceMs: number): GatewayProblem {
  return { sinceMs, ...describe(error instanceof NoViewError ? error.causes : [error]) };
}

function describe(causes: readonly unknown[]): { reason: GatewayProblem['reason']; message: string } {
  const described = causes.map((cause) => ({
    reason: reasonOf(cause),
    message: cause instanceof Error ? cause.message : String(cause),
  }));
  described.sort((a, b) => ORDER.indexOf(a.reason) - ORDER.indexOf(b.reason));
  return described[0] ?? { reason: 'NoNodes', message: 'No NiFi node has a running Pod' };
}

function reasonOf(cause: unknown): GatewayProblem['reason'] {
  if (cause instanceof RejectedViewError) {
    return 'NotConnected';
  }
  if (cause instanceof NiFiUnreachableError) {
    return cause.reason === 'CertificateRejected' || cause.reason === 'ClientCertificateRefused'
      ? 'CertificateRejected'
      : 'Unreachable';
  }
  if (cause instanceof NiFiApiError) {
    return PROBLEM_OF_KIND[cause.kind] ?? 'Failed';
  }
  return 'Failed';
}
