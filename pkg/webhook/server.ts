// The HTTPS server that the API server calls: JSON in, JSON out, one handler a path. It knows no kind and decides nothing.
// Everything a caller can send is bounded: connections, bytes, and the time to send them. Who calls is not asked, because handlers
// are pure functions of what they are sent: there is nothing to learn here and nothing to change.
// Surprise: the certificate may come, and come anew, while the server runs; connections that are open stay open.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { parseAddress } from '../telemetry/server.ts';

export interface WebhookRoute {
  readonly largestBytes: number;
  /** From the parsed body to the answer. Throws RequestError for a body that is no such request. */
  readonly handle: (body: unknown) => Promise<{ readonly body: unknown; readonly result: WebhookResult }>;
}

/** What came of a request; `refused`: it was no such request, `error`: nobody knows. */
type WebhookResult = 'allowed' | 'denied' | 'converted' | 'failed' | 'refused' | 'error';

/** One answer; what nobody serves is told as the webhook `other`. */
export interface WebhookAnswer {
  readonly webhook: string;
  readonly code: number;
  readonly result: WebhookResult;
  readonly durationMs: number;
}

export interface WebhookServer {
  readonly port: number;
  /** From the next connection on. Throws when the two are not a certificate and its key. */
  setCertificate(certificate: { readonly certPem: string; readonly keyPem: string }): void;
  /** Takes no more connections; requests that are at work end, for at most `graceMs`. */
  close(graceMs?: number): Promise<void>;
}

export interface WebhookServerOptions {
  readonly routes: Readonly<Record<string, WebhookRoute>>;
  /** Told of what a handler throws besides RequestError. */
  readonly onError: (path: string, error: unknown) => void;
  readonly onAnswer: (answer: WebhookAnswer) => void;
}

/** A request that cannot be understood: answered with `status` and the message. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Far more than the API servers of one Kubernetes hold open. */
const mostConnections = 256;
/** The API server gives up after 30 s at the latest. */
const requestMs = 30_000;
/** Longer than the API server keeps an idle connection, so that it is never us who closes one that it is about to use. */
const keepAliveMs = 600_000;

/** Serves POST on `host:port`; port 0 takes a free one. Rejects when the address cannot be had. */
export async function serveWebhooks(address: string, options: WebhookServerOptions): Promise<WebhookServer> {
  const { host, port } = parseAddress(address);
  const server = createServer({ minVersion: 'TLSv1.2' }, (request, response) => {
    void answer(options, request, response);
  });
  server.requestTimeout = requestMs;
  server.headersTimeout = 10_000;
  server.keepAliveTimeout = keepAliveMs;
  server.maxConnections = mostConnections;
  // A client that does not speak TLS, or does not trust us, is its own business.
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    setCertificate: ({ certPem, keyPem }) => server.setSecureContext({ cert: certPem, key: keyPem }),
    close: (graceMs = 5_000) => close(server, graceMs),
  };
}

async function answer(
  { routes, onError, onAnswer }: WebhookServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '/').split('?')[0] ?? '/';
  const begunMs = performance.now();
  const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
  const tell = (code: number, result: WebhookResult): void =>
    onAnswer({ webhook: route ? path : 'other', code, result, durationMs: performance.now() - begunMs });
  try {
    if (route === undefined) throw new RequestError(404, `there is nothing at ${path}`);
    if (request.method !== 'POST') throw new RequestError(405, 'only POST is answered here');
    const body = parse(await read(request, route.largestBytes));
    const handled = await route.handle(body);
    respond(response, 200, 'application/json', JSON.stringify(handled.body));
    tell(200, handled.result);
  } catch (error) {
    if (!(error instanceof RequestError)) onError(path, error);
    const { status, message } = error instanceof RequestError ? error : { status: 500, message: 'an internal error' };
    // The rest of a body that is too large is not waited for.
    if (status === 413) response.shouldKeepAlive = false;
    respond(response, status, 'text/plain', `${message}\n`);
    tell(status, status === 500 ? 'error' : 'refused');
  }
}

function respond(response: ServerResponse, status: number, contentType: string, body: string): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }).end(body);
}

async function read(request: IncomingMessage, largestBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > largestBytes) throw new RequestError(413, `a request may have ${largestBytes} bytes at most`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RequestError(400, `the body is not JSON: ${(error as Error).message}`);
  }
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(late);
      resolve();
    });
    server.closeIdleConnections();
  });
}
