// Two small HTTP servers: metrics, and the probes of the kubelet. Plain HTTP on purpose: nothing here is secret, and who
// may connect is the NetworkPolicy's to say.

import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export type Routes = Readonly<Record<string, () => Answer | Promise<Answer>>>;

export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves GET on `host:port`; port 0 takes a free one. Rejects when the address cannot be had. */
export async function serve(address: string, routes: Routes): Promise<HttpServer> {
  const { host, port } = parseAddress(address);
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const route = request.method === 'GET' ? routes[path] : undefined;
    answer(route, response).catch(() => response.destroy());
  });
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

async function answer(route: Routes[string] | undefined, response: ServerResponse): Promise<void> {
  const { status, contentType, body } = (await route?.()) ?? {
    status: 404,
    contentType: 'text/plain',
    body: 'not found\n',
  };
  response.writeHead(status, { 'content-type': contentType }).end(body);
}

/** `:8080`, `127.0.0.1:8080` or `[::1]:8080`. Throws RangeError for anything else. */
export function parseAddress(text: string): { readonly host: string | undefined; readonly port: number } {
  const match = /^(?:\[(?<six>[^\]]+)\]|(?<four>[^:]*)):(?<port>\d{1,5})$/u.exec(text);
  const port = Number(match?.groups?.['port'] ?? 'NaN');
  if (!(port >= 0 && port <= 65_535))
    throw new RangeError(`"${text}" is not an address such as :8080 or 127.0.0.1:8080`);
  const host = match?.groups?.['six'] ?? match?.groups?.['four'];
  return { host: host === '' ? undefined : host, port };
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
