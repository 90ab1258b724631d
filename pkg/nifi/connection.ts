// One node's HTTP: requests go to the Pod IP while SNI, Host header and certificate check carry the DNS name. Built on got.
// It must not follow redirects, fall back to plain text, trust any authority but the pinned one, or repeat a write.
// Surprising: a PUT is never retried here either. CONNECTING sent twice reconnects a node twice, so only GET counts as idempotent.

import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { checkServerIdentity, createSecureContext, type PeerCertificate, type SecureContext } from 'node:tls';
import got, { type Got, type Progress } from 'got';
import { DecodeError } from './decode.ts';
import { NiFiApiError, NiFiUnreachableError } from './errors.ts';
import { parseJson, UnsafeJsonError } from './json.ts';
import { unreachable } from './network-errors.ts';
import type { CallRequest, GatewayTarget, NodeAddress, NodeCalls } from './types.ts';

/** Limits of one exchange, milliseconds and bytes. */
export interface CallLimits {
  readonly connectMs: number;
  readonly secureConnectMs: number;
  readonly sendMs: number;
  /** Until the first byte of the answer. NiFi itself waits 5 s for a dead node before it says so. */
  readonly responseMs: number;
  /** The whole exchange. */
  readonly requestMs: number;
  readonly maxBytes: number;
  /** Sockets to one node. */
  readonly maxSockets: number;
  /**
   * How long an unused connection is kept: for one burst of calls. Each costs some 200 KiB, and at a start every cluster is asked
   * within seconds. Until the next look at an idle cluster Jetty (30 s) would drop it anyway.
   */
  readonly idleMs: number;
}

export const defaultLimits: CallLimits = {
  connectMs: 3_000,
  secureConnectMs: 3_000,
  sendMs: 5_000,
  responseMs: 10_000,
  requestMs: 15_000,
  maxBytes: 8 * 1024 * 1024,
  maxSockets: 4,
  idleMs: 1_000,
};

/** Told after every exchange. */
export type Observe = (call: { method: string; endpoint: string; status: number | 'error'; ms: number }) => void;

/** What all connections to one cluster have in common. */
export interface ClusterHttp {
  readonly client: Got;
  /** The operator's certificate, and the only authority that is trusted; undefined without TLS. Made once: reading them takes as long as a call. */
  readonly tls: SecureContext | undefined;
}

/** One cluster's HTTP client: its credentials, deadlines and refusals. Where a request goes is each connection's own. */
export function clusterHttp(target: GatewayTarget, limits: CallLimits): ClusterHttp {
  const tls =
    target.transport === 'InsecureHTTP'
      ? undefined
      : createSecureContext({ ca: target.caPem, cert: target.certPem, key: target.keyPem });
  return { client: clientOf(limits), tls };
}

function clientOf(limits: CallLimits): Got {
  return got.extend({
    https: { rejectUnauthorized: true },
    followRedirect: false,
    throwHttpErrors: false,
    decompress: false,
    responseType: 'buffer',
    headers: { accept: 'application/json', 'user-agent': 'nifi-operator' },
    timeout: {
      connect: limits.connectMs,
      secureConnect: limits.secureConnectMs,
      send: limits.sendMs,
      response: limits.responseMs,
      request: limits.requestMs,
    },
    // A kept connection may have been closed by NiFi just before it was used again: that one case is worth repeating.
    retry: {
      limit: 1,
      methods: ['GET'],
      statusCodes: [],
      errorCodes: ['ECONNRESET', 'EPIPE'],
      calculateDelay: retryDelay,
    },
  });
}

/** A keep-alive connection pool to one node with one set of credentials. */
export class NodeConnection implements NodeCalls {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  private readonly client: Got;
  private readonly agent: HttpAgent | HttpsAgent;
  private readonly limits: CallLimits;
  private readonly observe: Observe;
  private readonly aborter = new AbortController();
  private inFlight = 0;
  private retired = false;

  constructor(node: NodeAddress, { client, tls }: ClusterHttp, limits: CallLimits, observe: Observe) {
    if (isIP(node.host) !== 0 || isIP(node.ip) === 0) {
      throw new NiFiUnreachableError(node.id, 'Network', `Node ${node.id} needs a DNS name and a Pod IP`);
    }
    this.id = node.id;
    this.host = node.host;
    this.port = node.port;
    this.limits = limits;
    this.observe = observe;
    const pool = { keepAlive: true, maxSockets: limits.maxSockets, maxFreeSockets: 2, timeout: limits.idleMs } as const;
    // Part of the agent and not of the request: Node does not keep a connection whose request brings a check of its own.
    const checkServerIdentity = (_name: string, certificate: PeerCertificate) => identityError(node.host, certificate);
    const agents =
      tls === undefined
        ? { http: new HttpAgent(pool) }
        : { https: new HttpsAgent({ ...pool, secureContext: tls, servername: node.host, checkServerIdentity }) };
    this.agent = agents.http ?? agents.https;
    this.client = client.extend({
      prefixUrl: `${tls === undefined ? 'http' : 'https'}://${node.host}:${node.port}/nifi-api`,
      agent: agents,
      dnsLookup: lookupOf(node.ip),
    });
  }

  async request(call: CallRequest): Promise<unknown> {
    const started = performance.now();
    let status: number | 'error' = 'error';
    this.inFlight += 1;
    try {
      const answer = await this.exchange(call);
      status = answer.status;
      return resultOf(call, answer);
    } catch (error) {
      throw error instanceof UnsafeJsonError
        ? new NiFiUnreachableError(this.id, 'Oversized', error.message, { cause: error, method: call.method })
        : error;
    } finally {
      this.inFlight -= 1;
      this.observe({ method: call.method, endpoint: call.path, status, ms: performance.now() - started });
      if (this.retired && this.inFlight === 0) {
        this.agent.destroy();
      }
    }
  }

  /** Lets running requests end and closes everything else: a certificate was replaced. */
  retire(): void {
    this.retired = true;
    for (const sockets of Object.values(this.agent.freeSockets)) {
      for (const socket of sockets ?? []) {
        socket.destroy();
      }
    }
    if (this.inFlight === 0) {
      this.agent.destroy();
    }
  }

  /** Ends running requests with `Aborted` and closes all connections: the process at the other end is gone. */
  destroy(): void {
    this.retired = true;
    this.aborter.abort();
    this.agent.destroy();
  }

  private async exchange(call: CallRequest): Promise<Answer> {
    const oversized = new AbortController();
    const options = {
      method: call.method,
      signal: AbortSignal.any([this.aborter.signal, oversized.signal]),
      ...(call.query === undefined ? {} : { searchParams: { ...call.query } }),
      ...(call.body === undefined ? {} : { json: call.body }),
      ...(call.patienceMs === undefined ? {} : { timeout: { response: call.patienceMs, request: call.patienceMs } }),
    };
    try {
      const pending = this.client(pathOf(call), options);
      void pending.on('downloadProgress', ({ transferred, total }: Progress) => {
        if (Math.max(transferred, total ?? 0) > this.limits.maxBytes) {
          oversized.abort();
        }
      });
      const response = await pending;
      const type = response.headers['content-type'] ?? '';
      return {
        status: response.statusCode,
        json: /\bjson\b/iu.test(type),
        bytes: Buffer.from(response.body),
      };
    } catch (error) {
      const limit = oversized.signal.aborted ? this.limits.maxBytes : undefined;
      throw unreachable(error, {
        id: this.id,
        host: this.host,
        method: call.method,
        aborted: this.aborter.signal.aborted,
        patient: call.patienceMs !== undefined,
        limit,
      });
    }
  }
}

interface Answer {
  readonly status: number;
  readonly json: boolean;
  readonly bytes: Buffer;
}

function resultOf(call: CallRequest, answer: Answer): unknown {
  const { status, bytes } = answer;
  if (status < 200 || status > 299) {
    throw new NiFiApiError({ status, method: call.method, path: call.path, text: bytes.toString('utf8') });
  }
  if (bytes.length === 0) {
    return undefined;
  }
  try {
    if (answer.json) {
      return parseJson(bytes);
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) {
      throw error;
    }
  }
  const said = `${call.method} ${call.path} was answered with something that is not JSON`;
  throw new NiFiApiError({ status, method: call.method, path: call.path, text: said });
}

/** Fills `{name}` in the template; every value is one path segment, except `resource`, which NiFi takes as a path. */
function pathOf(call: CallRequest): string {
  return call.path.slice(1).replaceAll(/\{(?<name>\w+)\}/gu, (_all, name: string) => {
    const value = call.params?.[name];
    if (value === undefined || value === '' || value.split('/').some((part) => part === '.' || part === '..')) {
      throw new DecodeError(`The path ${call.path} has no usable ${name}`);
    }
    return name === 'resource' ? value.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(value);
  });
}

function retryDelay({ computedValue }: { computedValue: number }): number {
  return computedValue > 0 ? 50 : 0;
}

function lookupOf(ip: string): LookupFunction {
  const family = isIP(ip);
  return (_host, options, callback) => {
    if (options.all === true) {
      callback(null, [{ address: ip, family }]);
    } else {
      callback(null, ip, family);
    }
  };
}

/** The DNS name must be among the subject alternative names; a common name does not count. */
function identityError(host: string, certificate: PeerCertificate): Error | undefined {
  if (certificate.subjectaltname === undefined) {
    const error = new Error(`The certificate for ${host} has no subject alternative name`);
    return Object.assign(error, { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  }
  return checkServerIdentity(host, certificate);
}
