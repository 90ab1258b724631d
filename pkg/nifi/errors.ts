// The two ways in which a call to NiFi fails: NiFi answered and said no, or nobody (that may be trusted) answered.
// Messages go into conditions and logs, so they are cut, single-line and free of markup; a response body is never kept.
// Surprising: a write to something that does not exist is a 409 in a cluster, and 409 also means "not now", so the text decides.

import { type Refusal, refusalIn } from './refusals.ts';

export type ApiErrorKind =
  /** The asked node is in no cluster, or cannot pass the request on: ask another one. */
  | 'NotConnected'
  /** A node is connecting or the cluster is changing: wait. */
  | 'ClusterChanging'
  /** The node has as many background requests as it takes: wait. */
  | 'Busy'
  /** Somebody else changed the component: read again. */
  | 'RevisionConflict'
  | 'NotFound'
  | 'AlreadyExists'
  /** Users and policies are not managed by this NiFi (single user, LDAP …). */
  | 'NotManaged'
  /** 401 and 403. */
  | 'Forbidden'
  /** 409 for a reason that waiting does not mend by itself. */
  | 'Conflict'
  /** 400 and other mistakes of ours. */
  | 'Invalid'
  /** A redirect or something that is not NiFi's JSON. */
  | 'NotNiFi'
  /** 5xx and 429. */
  | 'Server';

const RETRYABLE: ReadonlySet<ApiErrorKind> = new Set([
  'NotConnected',
  'ClusterChanging',
  'Busy',
  'RevisionConflict',
  'Server',
]);
const LONGEST_MESSAGE = 400;

/** NiFi answered with something other than success. */
export class NiFiApiError extends Error {
  override readonly name = 'NiFiApiError';
  readonly status: number;
  readonly method: string;
  /** The endpoint's template, without ids or query. */
  readonly path: string;
  readonly kind: ApiErrorKind;
  /** Why NiFi refuses a change of a flow, when it says so. */
  readonly refusal?: Refusal;
  /** Whether the same wish may succeed later without anybody changing it. */
  readonly retryable: boolean;

  /** `text` is the response body as it came; it is cut and cleaned here. */
  constructor(answer: {
    readonly status: number;
    readonly method: string;
    readonly path: string;
    readonly text: string;
  }) {
    const message = cleanMessage(answer.text);
    super(message === '' ? `NiFi answered ${answer.status} to ${answer.method} ${answer.path}` : message);
    this.status = answer.status;
    this.method = answer.method;
    this.path = answer.path;
    const refusal = answer.status === 409 || answer.status === 400 ? refusalIn(message) : undefined;
    if (refusal !== undefined) {
      this.refusal = refusal;
    }
    this.kind = classify(answer.status, message, refusal);
    this.retryable = RETRYABLE.has(this.kind);
  }
}

export type UnreachableReason =
  | 'Refused'
  | 'Timeout'
  | 'Reset'
  /** The node's certificate is not the pinned authority's, not for its name, or out of date. */
  | 'CertificateRejected'
  /** The node refused the operator's certificate. */
  | 'ClientCertificateRefused'
  /** More bytes, or deeper JSON, than any honest answer has. */
  | 'Oversized'
  /** The gateway gave up itself: it was closed, or the node went away. */
  | 'Aborted'
  /** Not even tried: the node failed too often lately. */
  | 'Paused'
  | 'Network';

const NEVER_SENT: ReadonlySet<UnreachableReason> = new Set([
  'Refused',
  'CertificateRejected',
  'ClientCertificateRefused',
]);

/** No usable answer came from the node. Always worth another try, on another node first. */
export class NiFiUnreachableError extends Error {
  override readonly name = 'NiFiUnreachableError';
  readonly node: number;
  readonly reason: UnreachableReason;
  readonly retryable = true;
  /** Whether the request may have reached NiFi and been carried out although no answer came. */
  readonly mayHaveHappened: boolean;
  /** NiFi itself had to wait for somebody else, so its silence says nothing about the node. */
  readonly patient: boolean;

  constructor(
    node: number,
    reason: UnreachableReason,
    message: string,
    options?: ErrorOptions & { readonly method?: string; readonly patient?: boolean },
  ) {
    super(message, options);
    this.node = node;
    this.reason = reason;
    this.patient = options?.patient ?? false;
    this.mayHaveHappened = (options?.method ?? 'GET') !== 'GET' && !NEVER_SENT.has(reason);
  }
}

/** NiFi's words on one line: no markup, no control characters, at most `longest` characters; of a page, its title alone. */
export function cleanMessage(text: string, longest = LONGEST_MESSAGE): string {
  const start = text.slice(0, 10_000);
  const title = /^\s*<[^]*?<title>(?<title>[^<]*)<\/title>/iu.exec(start)?.groups?.['title'];
  const plain = (title ?? start.replaceAll(/<[^>]*>/gu, ' ')).replaceAll(/[\p{C}\s]+/gu, ' ').trim();
  return plain.length > longest ? `${plain.slice(0, longest - 1)}…` : plain;
}

const UNABLE = /unable to fulfill this request due to/u;
const STALE_REVISION = /not the most up-to-date revision/u;
const NAME_TAKEN = /already exists with (?:the identity|the name|that name|name)/u;
const CONFLICT_TEXTS: readonly (readonly [RegExp, ApiErrorKind])[] = [
  [/not configured to internally manage users/u, 'NotManaged'],
  [STALE_REVISION, 'RevisionConflict'],
  [NAME_TAKEN, 'AlreadyExists'],
  [/Found multiple policies/u, 'AlreadyExists'],
  [/^There are already \d+ .*\brequests\b/u, 'Busy'],
  [/Cannot replicate request to Node|is not connected to a cluster|node is disconnected/iu, 'NotConnected'],
  [/connecting|Unexpected Response Code|\belect|voting on|No nodes? (?:is|are) connected/iu, 'ClusterChanging'],
];

function classify(status: number, message: string, refusal: Refusal | undefined): ApiErrorKind {
  if (status >= 500 || status === 429) {
    return 'Server';
  }
  switch (status) {
    case 401:
    case 403:
      return 'Forbidden';
    case 404:
      return /Only a node connected to a cluster/u.test(message) ? 'NotConnected' : 'NotFound';
    case 409:
      return refusal === undefined ? conflict(message) : 'Conflict';
    default:
      return status < 400 ? 'NotNiFi' : badRequest(message);
  }
}

function conflict(message: string): ApiErrorKind {
  const known = CONFLICT_TEXTS.find(([pattern]) => pattern.test(message));
  return known?.[1] ?? (UNABLE.test(message) && /Unable to (?:find|locate)/u.test(message) ? 'NotFound' : 'Conflict');
}

/** Some requests are checked before they reach the other nodes, and then say 400 where others say 409. */
function badRequest(message: string): ApiErrorKind {
  // A node that is out of its cluster refuses a write as our mistake; any connected node takes it.
  if (message.startsWith('This node is disconnected from its configured cluster')) {
    return 'NotConnected';
  }
  return STALE_REVISION.test(message) ? 'RevisionConflict' : NAME_TAKEN.test(message) ? 'AlreadyExists' : 'Invalid';
}
