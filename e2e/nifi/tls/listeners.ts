// The sockets of all nodes in this process, in front of one HTTP server that answers for all of them.
// A node costs one listening socket; its TLS context is made when somebody first connects. Several nodes may share an
// address and port: then the name in the client's hello (SNI) says which one is meant.

import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import { type KeyMaterial, secureContext } from './keystore.ts';

/** What listens: one NiFi node. */
export interface Endpoint {
  readonly host: string;
  /** Undefined for plain HTTP. Read at every new connection, so a reloaded certificate serves the next one. */
  readonly material: KeyMaterial | undefined;
  /** `need` makes TLS itself refuse clients without a certificate. */
  readonly clientCertificates: 'need' | 'want';
  /** Takes connections and says nothing at all, not even in TLS. */
  readonly mute: boolean;
  handle(request: IncomingMessage, response: ServerResponse): void;
}

interface Binding {
  readonly server: TcpServer;
  readonly endpoints: Set<Endpoint>;
  readonly sockets: Set<Socket>;
  tls: { readonly server: TlsServer; readonly material: KeyMaterial; readonly endpoint: Endpoint } | undefined;
}

export class Listeners {
  private readonly bindings = new Map<string, Promise<Binding>>();
  private readonly endpointOf = new WeakMap<Socket, Endpoint>();
  private readonly http: Server;

  constructor() {
    this.http = createHttpServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, (request, response) => {
      const endpoint = this.endpointOf.get(request.socket);
      if (endpoint) endpoint.handle(request, response);
      else request.socket.destroy();
    });
    this.http.on('clientError', (_, socket) => socket.destroy());
  }

  /** Starts to listen, unless another endpoint already does at this address. Rejects when the address is taken. */
  async attach(address: string, port: number, endpoint: Endpoint): Promise<void> {
    const name = `${address}:${port}`;
    const known = this.bindings.get(name);
    const binding = known ?? this.bind(address, port);
    if (!known) this.bindings.set(name, binding);
    try {
      (await binding).endpoints.add(endpoint);
    } catch (error) {
      this.bindings.delete(name);
      throw error;
    }
  }

  /** Stops to listen and cuts the endpoint's connections; a reset tells clients that nobody is there any more. */
  async detach(address: string, port: number, endpoint: Endpoint): Promise<void> {
    const name = `${address}:${port}`;
    const binding = await this.bindings.get(name);
    if (!binding?.endpoints.delete(endpoint)) return;
    if (binding.tls?.endpoint === endpoint) binding.tls = undefined;
    const last = binding.endpoints.size === 0;
    if (last) this.bindings.delete(name);
    for (const socket of binding.sockets) {
      if (last || this.endpointOf.get(socket) === endpoint) socket.destroy();
    }
    // The address is free at once. What `close` would wait for is connections, and a process that ends waits for nobody's.
    if (last) binding.server.close();
  }

  private async bind(address: string, port: number): Promise<Binding> {
    const server = createTcpServer({ noDelay: true });
    const binding: Binding = { server, endpoints: new Set(), sockets: new Set(), tls: undefined };
    server.on('connection', (socket) => this.accept(binding, socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: address, port, backlog: 128 }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    return binding;
  }

  private accept(binding: Binding, socket: Socket): void {
    const [endpoint] = binding.endpoints;
    binding.sockets.add(socket);
    socket.once('close', () => binding.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (!endpoint) {
      socket.destroy();
    } else if (endpoint.mute) {
      socket.resume();
    } else if (endpoint.material) {
      this.tlsServer(binding, endpoint, endpoint.material).emit('connection', socket);
    } else {
      this.endpointOf.set(socket, endpoint);
      this.http.emit('connection', socket);
    }
  }

  private tlsServer(binding: Binding, endpoint: Endpoint, material: KeyMaterial): TlsServer {
    if (binding.tls?.material === material && binding.tls.endpoint === endpoint) return binding.tls.server;
    const server = createTlsServer({
      cert: material.certPem,
      key: material.keyPem,
      ca: material.caPem,
      minVersion: 'TLSv1.2',
      requestCert: true,
      rejectUnauthorized: endpoint.clientCertificates === 'need',
      ALPNProtocols: ['http/1.1'],
      SNICallback: (name, done) => {
        const named = byName(binding, name) ?? endpoint;
        done(null, named === endpoint || !named.material ? undefined : secureContext(named.material));
      },
    });
    server.on('secureConnection', (socket) => this.secured(binding, endpoint, socket));
    // Handshakes fail all the time in these tests; the client has been told by an alert.
    server.on('tlsClientError', (_, socket) => socket.destroy());
    binding.tls = { server, material, endpoint };
    return server;
  }

  private secured(binding: Binding, first: Endpoint, socket: TLSSocket): void {
    const endpoint = byName(binding, socket.servername || undefined) ?? first;
    const presented = Object.keys(socket.getPeerCertificate()).length > 0;
    // Java refuses a certificate it does not trust even where it would do without one.
    if (presented && !socket.authorized) {
      socket.destroy();
      return;
    }
    this.endpointOf.set(socket, endpoint);
    binding.sockets.add(socket);
    socket.once('close', () => binding.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    this.http.emit('connection', socket);
  }
}

function byName(binding: Binding, name: string | undefined): Endpoint | undefined {
  if (name === undefined || binding.endpoints.size < 2) return undefined;
  for (const endpoint of binding.endpoints) if (endpoint.host === name) return endpoint;
  return undefined;
}
