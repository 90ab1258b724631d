// A NiFi Registry on a loopback address, over HTTP or HTTPS, with everything that a registry does wrong: it is down, it answers with a
// page for people, it sends its callers elsewhere, it takes its time. It notes who asked for what and with which headers.

import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { answer } from './api.ts';
import { RegistryError, RegistryStore } from './store.ts';

export type Release = () => void;

export interface RegistryOptions {
  /** Default a loopback address of its own. */
  readonly host?: string;
  /** Default any free one. */
  readonly port?: number;
  /** HTTPS with this certificate. */
  readonly tls?: { readonly certPem: string; readonly keyPem: string };
}

export interface RegistryRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

type Fault =
  | { readonly kind: 'html'; readonly status: number }
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'slow'; readonly ms: number };

const root = '/nifi-registry-api';
const page = '<!doctype html><html><head><title>Sign in</title></head><body><h1>Please sign in</h1></body></html>';

export class PlayedRegistry {
  readonly store = new RegistryStore();
  readonly requests: RegistryRequest[] = [];
  private readonly options: RegistryOptions;
  private readonly sockets = new Set<Socket>();
  private server: ReturnType<typeof createServer> | undefined;
  private fault: Fault | undefined;
  private address: AddressInfo | undefined;

  private constructor(options: RegistryOptions) {
    this.options = options;
  }

  static async start(options: RegistryOptions = {}): Promise<PlayedRegistry> {
    const registry = new PlayedRegistry(options);
    await registry.listen();
    return registry;
  }

  /** As a registry client's `url` names it. */
  get url(): string {
    const { address, port } = this.address ?? { address: '', port: 0 };
    return `${this.options.tls ? 'https' : 'http'}://${address}:${port}`;
  }

  /** Every answer is a page for people, as a proxy or a login in front of a registry gives it. */
  answerHtml(status = 200): Release {
    return this.break({ kind: 'html', status });
  }

  /** Every answer sends the caller to the same path at another origin. */
  redirectTo(origin: string): Release {
    return this.break({ kind: 'redirect', to: origin });
  }

  slow(ms: number): Release {
    return this.break({ kind: 'slow', ms });
  }

  /** Nothing listens until the returned function is called: then it is back at the same address. */
  async goDown(): Promise<() => Promise<void>> {
    const { port } = this.address ?? { port: 0 };
    await this.stop();
    return () => this.listen(port);
  }

  async stop(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server) return;
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  }

  private async listen(port = this.options.port ?? 0): Promise<void> {
    const { tls, host = '127.0.0.1' } = this.options;
    const handle = (request: IncomingMessage, response: ServerResponse): void => void this.handle(request, response);
    const server = tls ? createSecureServer({ cert: tls.certPem, key: tls.keyPem }, handle) : createServer(handle);
    this.server = server;
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
    this.address = server.address() as AddressInfo;
  }

  private break(fault: Fault): Release {
    this.fault = fault;
    return () => {
      if (this.fault === fault) this.fault = undefined;
    };
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request;
    this.requests.push({ method, path: url, headers });
    const text = await readText(request);
    const { fault } = this;
    if (fault?.kind === 'slow') await pause(fault.ms);
    if (fault?.kind === 'html') {
      response.writeHead(fault.status, { 'content-type': 'text/html;charset=utf-8' }).end(page);
    } else if (fault?.kind === 'redirect') {
      response.writeHead(301, { location: `${fault.to}${url}` }).end();
    } else {
      this.respond(response, method, url, text);
    }
  }

  private respond(response: ServerResponse, method: string, url: string, text: string): void {
    try {
      const { pathname } = new URL(url, 'http://registry');
      if (!pathname.startsWith(`${root}/`)) throw new RegistryError(404, 'Not Found');
      const body = text === '' ? undefined : (JSON.parse(text) as unknown);
      const json = answer(this.store, { method, path: pathname.slice(root.length), body });
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(json));
    } catch (error) {
      const status = error instanceof RegistryError ? error.status : 400;
      response
        .writeHead(status, { 'content-type': 'text/plain' })
        .end(error instanceof Error ? error.message : String(error));
    }
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
