// Carries HTTP/1.1 requests: one keep-alive pool for calls, a connection of its own for each watch. It knows nothing of Kubernetes.
//
// HTTP/2 stays off (one lost packet would stall every call, and Node's implementation has leaked). The surprising rule: `beforeSend`
// runs after all waiting (for a socket, for TLS) right before the first byte is written, and when it throws nothing is sent.

import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import Client from 'undici/lib/dispatcher/client.js';
import Pool from 'undici/lib/dispatcher/pool.js';
import type { TlsMaterial } from './access.ts';
import type { Clock } from './clock.ts';
import { KubeTransportError, messageOf } from './errors.ts';

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly beforeSend?: () => void;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Takes the parts of a response that has no end of its own. Exactly one of `ended` and `failed` comes last. */
export interface StreamSink {
  started(status: number): void;
  chunk(bytes: Buffer): void;
  ended(): void;
  failed(error: Error): void;
}

/** How a stream's consumer steers it. */
export interface StreamControl {
  abort(error: Error): void;
  pause(): void;
  resume(): void;
}

const connectTimeoutMs = 10_000;
const options = {
  allowH2: false,
  pipelining: 1,
  // Longer than the lease's renewal, so that an idle operator keeps its one connection; shorter than the API server's 90 s.
  keepAliveTimeout: 60_000,
  // Deadlines and watchdogs are ours: undici's own would end a quiet watch.
  headersTimeout: 0,
  bodyTimeout: 0,
} as const;

/** Connections to one server, renewed when the TLS material changes. */
export class Transport {
  private readonly server: string;
  private readonly clock: Clock;
  private readonly maxSockets: number;
  private pool: InstanceType<typeof Pool> | undefined;
  private tls: TlsMaterial | undefined;

  constructor(server: string, clock: Clock, maxSockets: number) {
    this.server = server;
    this.clock = clock;
    this.maxSockets = maxSockets;
  }

  /** One whole exchange. Rejects with KubeTransportError, with what `beforeSend` threw, or with the signal's reason. */
  send(tls: TlsMaterial, request: HttpRequest): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const exchange = new Exchange(request, resolve, reject, this.clock);
      this.poolFor(tls).dispatch(dispatchOptions(request), exchange);
    });
  }

  /** Opens a stream on a connection of its own, which is closed with it. */
  stream(tls: TlsMaterial, request: Pick<HttpRequest, 'path' | 'headers'>, sink: StreamSink): StreamControl {
    const client = new Client(new URL(this.server).origin, { ...options, connect: connectOptions(tls) });
    return openStream(client, { method: 'GET', ...request }, sink);
  }

  /** Ends idle connections at once and the others when their exchange is over. */
  async close(): Promise<void> {
    const { pool } = this;
    this.pool = undefined;
    await pool?.close();
  }

  private poolFor(tls: TlsMaterial): InstanceType<typeof Pool> {
    if (this.pool && this.tls === tls) return this.pool;
    // A rotated CA or certificate: calls in flight finish on the old connections.
    void this.pool?.close();
    this.tls = tls;
    this.pool = new Pool(new URL(this.server).origin, {
      ...options,
      connections: this.maxSockets,
      connect: connectOptions(tls),
    });
    return this.pool;
  }
}

function connectOptions(tls: TlsMaterial): TlsMaterial & { timeout: number } {
  return { ...tls, timeout: connectTimeoutMs };
}

function dispatchOptions(
  request: Pick<HttpRequest, 'method' | 'path' | 'headers' | 'body'>,
): Dispatcher.DispatchOptions {
  return {
    method: request.method,
    path: request.path,
    headers: { ...request.headers },
    body: request.body ?? null,
  };
}

/** Collects one response; settles its promise once. */
class Exchange implements Dispatcher.DispatchHandler {
  private readonly request: HttpRequest;
  private readonly resolve: (response: HttpResponse) => void;
  private readonly reject: (error: unknown) => void;
  private readonly cancelDeadline: () => void;
  private readonly onAbort = () => this.fail(this.request.signal?.reason);
  private controller: Dispatcher.DispatchController | undefined;
  private settled = false;
  private sent = false;
  private status = 0;
  private headers: IncomingHttpHeaders = {};
  private readonly chunks: Buffer[] = [];

  constructor(
    request: HttpRequest,
    resolve: (response: HttpResponse) => void,
    reject: (error: unknown) => void,
    clock: Clock,
  ) {
    this.request = request;
    this.resolve = resolve;
    this.reject = reject;
    this.cancelDeadline = clock.setTimeout(() => this.expire(), request.deadlineMs);
    if (request.signal?.aborted) queueMicrotask(this.onAbort);
    request.signal?.addEventListener('abort', this.onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.settled) throw new Error('given up before it was sent');
    this.request.beforeSend?.();
    this.controller = controller;
    this.sent = true;
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.status = status;
    this.headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (!this.finish()) return;
    this.resolve({ status: this.status, headers: this.headers, body: Buffer.concat(this.chunks) });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(this.sent ? this.transportError(error) : this.unsentError(error));
  }

  private expire(): void {
    const { method, path, deadlineMs } = this.request;
    const text = `${method} ${path} had no whole answer within ${deadlineMs} ms`;
    this.fail(new KubeTransportError(text, 'DEADLINE', this.sent));
  }

  private unsentError(error: Error): Error {
    // What beforeSend threw passes as it is; everything else is a failed connection.
    return codeOf(error) ? this.transportError(error) : error;
  }

  private transportError(error: Error): KubeTransportError {
    const { method, path } = this.request;
    const text = `${method} ${path}: ${messageOf(error)}`;
    return new KubeTransportError(text, codeOf(error) ?? 'UNKNOWN', this.sent, { cause: error });
  }

  private fail(error: unknown): void {
    if (!this.finish()) return;
    this.reject(error);
    this.controller?.abort(error instanceof Error ? error : new Error('aborted'));
  }

  private finish(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.cancelDeadline();
    this.request.signal?.removeEventListener('abort', this.onAbort);
    return true;
  }
}

function openStream(
  client: InstanceType<typeof Client>,
  request: Pick<HttpRequest, 'method' | 'path' | 'headers'>,
  sink: StreamSink,
): StreamControl {
  let controller: Dispatcher.DispatchController | undefined;
  let over = false;
  const finish = (error?: Error) => {
    if (over) return;
    over = true;
    if (error) sink.failed(error);
    else sink.ended();
    void client.destroy(error ?? null);
  };
  client.dispatch(dispatchOptions(request), {
    onRequestStart: (started) => {
      controller = started;
    },
    onResponseStart: (_controller, status) => {
      if (!over) sink.started(status);
    },
    onResponseData: (_controller, chunk) => {
      if (!over) sink.chunk(chunk);
    },
    onResponseEnd: () => finish(),
    onResponseError: (_controller, error) => {
      const text = `${request.method} ${request.path}: ${messageOf(error)}`;
      finish(
        error instanceof KubeTransportError
          ? error
          : new KubeTransportError(text, codeOf(error) ?? 'UNKNOWN', false, { cause: error }),
      );
    },
  });
  return { abort: finish, pause: () => controller?.pause(), resume: () => controller?.resume() };
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
