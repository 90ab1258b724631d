// Says in our words why no answer came: refused, timed out, not trusted … from the error codes of Node, OpenSSL and got.
// It must not pass on texts of the other side: what a broken server sends may be anything.

import { TimeoutError } from 'got';
import { NiFiUnreachableError, type UnreachableReason } from './errors.ts';

const BY_CODE: Readonly<Record<string, UnreachableReason>> = {
  ECONNREFUSED: 'Refused',
  EHOSTUNREACH: 'Refused',
  ENETUNREACH: 'Refused',
  EADDRNOTAVAIL: 'Refused',
  ETIMEDOUT: 'Timeout',
  ECONNRESET: 'Reset',
  EPIPE: 'Reset',
  ERR_TLS_CERT_ALTNAME_INVALID: 'CertificateRejected',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'CertificateRejected',
  SELF_SIGNED_CERT_IN_CHAIN: 'CertificateRejected',
  UNABLE_TO_GET_ISSUER_CERT: 'CertificateRejected',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'CertificateRejected',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'CertificateRejected',
  CERT_SIGNATURE_FAILURE: 'CertificateRejected',
  CERT_NOT_YET_VALID: 'CertificateRejected',
  CERT_HAS_EXPIRED: 'CertificateRejected',
  CERT_UNTRUSTED: 'CertificateRejected',
  CERT_REVOKED: 'CertificateRejected',
  INVALID_CA: 'CertificateRejected',
  INVALID_PURPOSE: 'CertificateRejected',
};

const WORDS: Readonly<Record<UnreachableReason, string>> = {
  Refused: 'refused the connection',
  Timeout: 'did not answer in time',
  Reset: 'closed the connection',
  CertificateRejected: 'has a certificate that is not trusted',
  ClientCertificateRefused: 'refused the certificate of the operator',
  Oversized: 'sent more than an answer can hold',
  Aborted: 'was not waited for',
  Paused: 'is not asked for a while',
  Network: 'could not be reached',
};

export interface FailedCall {
  readonly id: number;
  readonly host: string;
  readonly method: string;
  /** The call was ended by the gateway itself. */
  readonly aborted: boolean;
  /** The cap in bytes that the answer went over. */
  readonly limit: number | undefined;
  /** NiFi itself waits for somebody else during the call. */
  readonly patient: boolean;
}

/** The NiFiUnreachableError for an error of the HTTP client. */
export function unreachable(error: unknown, call: FailedCall): NiFiUnreachableError {
  const reason = reasonOf(error, call);
  const detail = reason === 'Timeout' && error instanceof TimeoutError ? ` (${error.event})` : codeIn(error);
  return new NiFiUnreachableError(call.id, reason, `Node ${call.id} (${call.host}) ${WORDS[reason]}${detail}`, {
    cause: error,
    method: call.method,
    patient: call.patient,
  });
}

function reasonOf(error: unknown, call: FailedCall): UnreachableReason {
  if (call.limit !== undefined) {
    return 'Oversized';
  }
  if (call.aborted) {
    return 'Aborted';
  }
  if (error instanceof TimeoutError) {
    return 'Timeout';
  }
  const code = codeOf(error);
  if (/^ERR_SSL_.*ALERT/u.test(code)) {
    return 'ClientCertificateRefused';
  }
  // Our own identity check and OpenSSL's are told apart by code only where OpenSSL has one.
  return BY_CODE[code] ?? (/^(?:CERT_|ERR_TLS_CERT)/u.test(code) ? 'CertificateRejected' : 'Network');
}

function codeIn(error: unknown): string {
  const code = codeOf(error);
  return code === '' ? '' : ` (${code})`;
}

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]*$/u.test(code) ? code : '';
}
