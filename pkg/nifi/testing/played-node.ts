// For tests: HTTP(S) servers on loopback addresses that play NiFi nodes, with certificates from pkg/pki, and count what reaches them.
// They answer what a test tells them to; the stand-in of e2e/nifi is the one that behaves like NiFi.

import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { createCertificateAuthority, issueCertificate } from '../../pki/issue.ts';
import type { CertificateAuthority, IssuedCertificate } from '../../pki/types.ts';
import type { GatewayTarget, NodeAddress, NodeConnection } from '../types.ts';

export interface SeenRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly host: string;
  /** The SNI that the client sent; undefined over plain HTTP. */
  readonly serverName: string | undefined;
  readonly clientName: string | undefined;
  readonly body: unknown;
}

/** A JSON answer, or a function that takes the raw response over. */
export type Answer =
  | { readonly status?: number; readonly body?: unknown; readonly text?: string; readonly type?: string }
  | ((response: ServerResponse, request: IncomingMessage) => void);

export type Handler = (request: SeenRequest) => Answer | Promise<Answer>;

export interface PlayedNode {
  readonly address: NodeAddress;
  readonly requests: SeenRequest[];
  /** Connections that were ever opened. */
  connections: number;
  readonly open: ReadonlySet<Socket>;
  handler: Handler;
  serve(certificate: IssuedCertificate, ca: CertificateAuthority): void;
  stop(): Promise<void>;
}

export const certificateHost = (id: number): string => `c-${id}.c-nodes.ns.svc`;

export async function authority(commonName = 'c'): Promise<CertificateAuthority> {
  return await createCertificateAuthority({ commonName, now: new Date(), validForDays: 10 });
}

export async function certificateFor(
  ca: CertificateAuthority,
  commonName: string,
  options: { readonly dnsNames?: readonly string[]; readonly now?: Date } = {},
): Promise<IssuedCertificate> {
  return await issueCertificate({
    ca,
    commonName,
    dnsNames: [...(options.dnsNames ?? [])],
    usages: ['server', 'client'],
    now: options.now ?? new Date(),
    validForDays: 5,
  });
}

export interface PlayOptions {
  readonly id: number;
  readonly ip?: string;
  readonly ca?: CertificateAuthority;
  readonly certificate?: IssuedCertificate;
  readonly plain?: boolean;
  readonly handler: Handler;
}

/** Starts a node on a loopback address of its own, 127.0.1.<id + 1> unless told otherwise. */
export async function playNode(options: PlayOptions): Promise<PlayedNode> {
  const { id } = options;
  const ip = options.ip ?? `127.0.1.${id + 1}`;
  const host = certificateHost(id);
  const open = new Set<Socket>();
  const requests: SeenRequest[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void answer(node, request, response);
  };
  const server = await listen(options, host, listener);
  server.listen(0, ip);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const node: PlayedNode = {
    address: { id, host, ip, port, podUid: `pod-${id}`, ready: true },
    requests,
    connections: 0,
    open,
    handler: options.handler,
    serve: (certificate, ca) => {
      if (server instanceof HttpsServer) {
        server.setSecureContext({ cert: certificate.certPem, key: certificate.keyPem, ca: ca.certPem });
      }
    },
    stop: async () => {
      for (const socket of open) {
        socket.destroy();
      }
      server.close();
      await once(server, 'close');
    },
  };
  server.on('connection', (socket: Socket) => {
    node.connections += 1;
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  return node;
}

async function listen(
  options: PlayOptions,
  host: string,
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  if (options.plain === true || options.ca === undefined) {
    return createHttpServer(listener);
  }
  const certificate =
    options.certificate ?? (await certificateFor(options.ca, `${options.id}.c.ns`, { dnsNames: [host] }));
  const identity = { cert: certificate.certPem, key: certificate.keyPem, ca: options.ca.certPem };
  createSecureContext(identity);
  return createHttpsServer({ ...identity, requestCert: true, rejectUnauthorized: true }, listener);
}

async function answer(node: PlayedNode, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
  }
  const seen = seenRequest(request, text);
  node.requests.push(seen);
  const reply = await node.handler(seen);
  if (typeof reply === 'function') {
    reply(response, request);
    return;
  }
  const type = reply.type ?? (reply.text === undefined ? 'application/json' : 'text/plain');
  response.writeHead(reply.status ?? 200, { 'content-type': type });
  response.end(reply.text ?? (reply.body === undefined ? '' : JSON.stringify(reply.body)));
}

function seenRequest(request: IncomingMessage, text: string): SeenRequest {
  const tls = request.socket instanceof TLSSocket ? request.socket : undefined;
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    host: request.headers.host ?? '',
    serverName: typeof tls?.servername === 'string' ? tls.servername : undefined,
    clientName: tls === undefined ? undefined : String(tls.getPeerCertificate().subject.CN),
    body: text === '' ? undefined : JSON.parse(text),
  };
}

/** The body of GET /controller/cluster. */
export function clusterBody(
  nodes: readonly {
    address: NodeAddress;
    status?: NodeConnection;
    roles?: readonly string[];
    events?: readonly string[];
  }[],
): unknown {
  return {
    cluster: {
      nodes: nodes.map(({ address, status = 'CONNECTED', roles = [], events = [] }) => ({
        nodeId: `uuid-${address.id}`,
        address: address.host,
        apiPort: address.port,
        status,
        roles,
        queued: '0 / 0 bytes',
        events: events.map((message) => ({ timestamp: '11/21/2026 10:07:12 UTC', category: 'INFO', message })),
      })),
    },
  };
}

/** A target with the operator's certificate, made once per authority. */
export async function targetFor(ca: CertificateAuthority, nodes: readonly NodeAddress[]): Promise<GatewayTarget> {
  const operator = await certificateFor(ca, 'operator.c.ns');
  return { nodes, caPem: ca.certPem, certPem: operator.certPem, keyPem: operator.keyPem };
}

/** Polls until the condition holds; fails after ten seconds with what was waited for. */
export async function eventually(what: string, condition: () => boolean, withinMs = 10_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > end) {
      throw new Error(`Waited in vain for ${what}`);
    }
    await new Promise<void>((resolve) => setTimeout(resolve, 5));
  }
}
