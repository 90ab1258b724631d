// Where the API server is and how to prove who we are: from the Pod's service account, or from a kubeconfig file.
//
// Inside a Pod nothing but three small files is read, and read again when they rotate; @kubernetes/client-node costs 80 MiB and is
// loaded only for a kubeconfig. A token is never sent without TLS. The surprising rule: when a rotated file is briefly missing or
// empty, the former content stays in use.

import { readFile } from 'node:fs/promises';
import { type Clock, systemClock } from './clock.ts';

/** What a TLS connection to the API server needs; PEM. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  /** The same object as long as nothing in it changed: connections are kept as long. */
  readonly tls: TlsMaterial;
}

/** One API server and our credentials for it. */
export interface ClusterAccess {
  readonly server: string;
  /** The namespace of the Pod or of the kubeconfig's context. */
  readonly namespace: string;
  /** The credentials of now. `refresh` after a 401: do not trust what was read before. */
  credentials(refresh?: boolean): Promise<Credentials>;
}

/** How long credentials are used before their source is read again: kubelet rotates a token 20 % before it ends. */
const rereadMs = 60_000;
const serviceAccountDir = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface InClusterOptions {
  readonly host: string;
  readonly port: string;
  /** Where token, ca.crt and namespace are. */
  readonly dir?: string;
  readonly clock?: Clock;
}

/** Access by the Pod's service account. Rejects when the files are not there. */
export async function inClusterAccess(options: InClusterOptions): Promise<ClusterAccess> {
  const dir = options.dir ?? serviceAccountDir;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  const read = (name: string) => readFile(`${dir}/${name}`, 'utf8');
  const source = async (): Promise<Credentials> => {
    const [token, ca] = await Promise.all([read('token'), read('ca.crt')]);
    if (token.trim() === '' || ca.trim() === '') throw new Error(`${dir}: the token or ca.crt is empty`);
    return { headers: { authorization: `Bearer ${token.trim()}` }, tls: { ca } };
  };
  const namespace = (await read('namespace')).trim();
  return rereadingAccess(`https://${host}:${options.port}`, namespace, source, options.clock ?? systemClock);
}

/** Access by a kubeconfig file and one of its contexts, with everything client-node knows (exec plugins, OIDC…). */
export async function kubeconfigAccess(
  path: string,
  options: { readonly context?: string; readonly clock?: Clock } = {},
): Promise<ClusterAccess> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromFile(path);
  if (options.context !== undefined) config.setCurrentContext(options.context);
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error(`${path}: the context "${config.getCurrentContext()}" names no cluster`);
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace ?? 'default';
  const source = async (): Promise<Credentials> => {
    const applied: Record<string, unknown> & { headers?: Record<string, string> } = {};
    await config.applyToHTTPSOptions(applied);
    const headers = Object.entries(applied.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
    return { headers: Object.fromEntries(headers) as Record<string, string>, tls: tlsOf(applied) };
  };
  return rereadingAccess(cluster.server.replace(/\/+$/, ''), namespace, source, options.clock ?? systemClock);
}

/** Access with fixed credentials. */
export function staticAccess(server: string, credentials: Credentials, namespace = 'default'): ClusterAccess {
  refusePlaintext(server, credentials);
  return { server, namespace, credentials: () => Promise.resolve(credentials) };
}

async function rereadingAccess(
  server: string,
  namespace: string,
  source: () => Promise<Credentials>,
  clock: Clock,
): Promise<ClusterAccess> {
  let current = await source();
  let readAt = clock.monotonicMs();
  let reading: Promise<void> | undefined;
  refusePlaintext(server, current);
  const reread = async () => {
    try {
      const next = await source();
      current = sameTls(current.tls, next.tls) ? { headers: next.headers, tls: current.tls } : next;
    } catch {
      // A rotation in progress: what we have goes on until the next read. If it has really expired, the API server says 401.
    }
    readAt = clock.monotonicMs();
    reading = undefined;
  };
  return {
    server,
    namespace,
    async credentials(refresh = false) {
      if (refresh || clock.monotonicMs() - readAt >= rereadMs) {
        reading ??= reread();
        await reading;
      }
      return current;
    },
  };
}

function refusePlaintext(server: string, credentials: Credentials): void {
  if (!server.startsWith('https:') && 'authorization' in credentials.headers) {
    throw new Error(`${server} is not https: credentials are not sent there`);
  }
}

function tlsOf(applied: Readonly<Record<string, unknown>>): TlsMaterial {
  const text = (name: string) => {
    const value = applied[name];
    return typeof value === 'string' || Buffer.isBuffer(value) ? { [name]: value.toString() } : {};
  };
  const insecure = applied['rejectUnauthorized'] === false ? { rejectUnauthorized: false } : {};
  return { ...text('ca'), ...text('cert'), ...text('key'), ...text('servername'), ...insecure };
}

function sameTls(a: TlsMaterial, b: TlsMaterial): boolean {
  return (
    a.ca === b.ca &&
    a.cert === b.cert &&
    a.key === b.key &&
    a.servername === b.servername &&
    a.rejectUnauthorized === b.rejectUnauthorized
  );
}
