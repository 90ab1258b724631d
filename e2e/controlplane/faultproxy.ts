// A reverse proxy before an API server that misbehaves on request: it cuts, delays, freezes, answers in the server's stead, loses answers and slips events into
// watches. It ends TLS with a CA of its own and passes headers on, so tokens work; a client certificate does not pass, so the proxy itself shows the one it was
// given. Freezing keeps every socket open and lets no byte through, which is what a network that died silently looks like.

import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { Agent, createServer } from 'node:https';
import { createServer as createTcpServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { createAuthority, issueServerCertificate } from './certificates.ts';
import type { ProxyHooks, SeenRequest } from './exchange.ts';
import { readKubeconfig, writeKubeconfig } from './kubeconfig.ts';
import { type Faults, faultsOf, ProxyCore } from './proxycore.ts';

export type { ProxyHooks, SeenRequest } from './exchange.ts';
export type { Match, ProxiedRequest } from './faults.ts';
export type { Faults } from './proxycore.ts';

export interface FaultProxyOptions extends ProxyHooks {
  /** The API server's URL. */
  readonly target: string;
  /** Path of the CA that signed the API server's certificate. */
  readonly caFile: string;
  /** Where the proxy's own CA file is put; beside `caFile` by default. */
  readonly dir?: string;
  /** A client certificate to show to the API server, for all requests. */
  readonly certPem?: string;
  readonly keyPem?: string;
}

export interface FaultProxy {
  readonly url: string;
  readonly caFile: string;
  readonly faults: Faults;
  /** Every request in order of arrival; empty it with `requests.length = 0`. */
  readonly requests: SeenRequest[];
  stop(): Promise<void>;
}

export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const authority = await createAuthority('fault-proxy');
  const serving = await issueServerCertificate(authority);
  const caFile = join(options.dir ?? dirname(options.caFile), `proxy-${randomUUID()}.crt`);
  await writeFile(caFile, authority.certPem);

  const target = new URL(options.target);
  const agent = new Agent({
    ca: await readFile(options.caFile, 'utf8'),
    keepAlive: true,
    ...(options.certPem === undefined ? {} : { cert: options.certPem }),
    ...(options.keyPem === undefined ? {} : { key: options.keyPem }),
  });
  const core = new ProxyCore();
  // The API server keeps idle connections for minutes; Node's five seconds would be a fault of our own.
  const https = createServer({ cert: serving.certPem, key: serving.keyPem, keepAliveTimeout: 0, requestTimeout: 0 });
  https.on('request', (incoming, response) => core.accept(incoming, response, { target, agent }, options));
  // Raw connections come to a server of our own: only they can be reset, or left waiting before their handshake.
  const tcp = createTcpServer((socket) => core.connect(socket, https));
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject);
    tcp.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `https://127.0.0.1:${portOf(tcp)}`,
    caFile,
    faults: faultsOf(core),
    requests: core.requests,
    stop: async () => {
      core.rules.clear();
      core.sockets.forEach((socket) => socket.destroy());
      agent.destroy();
      await new Promise((resolve) => tcp.close(resolve));
    },
  };
}

/** A proxy for the user of a kubeconfig, and a kubeconfig that leads that user through it. */
export async function startKubeconfigProxy(
  kubeconfig: string,
  hooks: ProxyHooks = {},
): Promise<FaultProxy & { readonly kubeconfig: string }> {
  const parts = await readKubeconfig(kubeconfig);
  const dir = dirname(kubeconfig);
  const serverCa = join(dir, `server-${randomUUID()}.crt`);
  await writeFile(serverCa, parts.caPem);
  const proxy = await startFaultProxy({ ...hooks, ...parts, target: parts.url, caFile: serverCa });
  const path = join(dir, `proxy-${randomUUID()}.kubeconfig`);
  await writeKubeconfig(path, { ...parts, url: proxy.url, caPem: await readFile(proxy.caFile, 'utf8') });
  return { ...proxy, kubeconfig: path };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('a TCP server has no port');
  }
  return address.port;
}
