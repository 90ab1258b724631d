// A plain HTTP server in this process that misbehaves as told, one handler for each request, and counts its connections.

import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface HostileServer {
  readonly url: string;
  /** `GET /path?query` of every request, in order. */
  readonly requests: readonly string[];
  readonly headers: readonly IncomingMessage['headers'][];
  readonly bodies: readonly string[];
  /** Connections accepted so far, and those open now. */
  readonly connections: { accepted: number; open: number };
  /** What answers from now on. */
  handle(handler: Handler): void;
  /** Cuts every connection. */
  reset(): void;
  close(): Promise<void>;
}

/** Starts it on a free port of the loopback. */
export async function startHostileServer(handler: Handler): Promise<HostileServer> {
  let current = handler;
  const requests: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const bodies: string[] = [];
  const sockets = new Set<Socket>();
  const connections = { accepted: 0, open: 0 };
  const server = http.createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    headers.push(request.headers);
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      bodies.push(body);
      current(request, response);
    });
  });
  server.on('connection', (socket) => {
    connections.accepted += 1;
    connections.open += 1;
    sockets.add(socket);
    socket.on('close', () => {
      connections.open -= 1;
      sockets.delete(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const reset = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    headers,
    bodies,
    connections,
    handle(next) {
      current = next;
    },
    reset,
    async close() {
      reset();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Resolves once it is so, which on a busy machine may take a while; throws after half a minute. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('it did not happen within 30 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Answers with JSON. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Handler {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

/** Answers the first requests with these handlers and every later one with the last. */
export function inTurn(...handlers: readonly Handler[]): Handler {
  let index = 0;
  return (request, response) => {
    const handler = handlers[Math.min(index, handlers.length - 1)];
    index += 1;
    handler?.(request, response);
  };
}

/** Accepts the request and never says a word. */
export const blackHole: Handler = () => undefined;

/** Begins a stream with these chunks, each a packet of its own, and leaves it open. */
export function stream(...chunks: readonly (string | Buffer)[]): Handler {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const send = (index: number) => {
      const chunk = chunks[index];
      if (chunk === undefined) return;
      response.write(chunk, () => setImmediate(send, index + 1));
    };
    send(0);
  };
}
