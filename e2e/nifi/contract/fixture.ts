// A world of its own for contract cases: nodes with rendered files and certificates in a temporary directory, and a client.
// The files are written here and not by the operator's templates, so that a mistake in those cannot hide one in the stand-in.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority, issueCertificate } from '../../../pkg/pki/issue.ts';
import type { CertificateAuthority } from '../../../pkg/pki/types.ts';
import type { ContainerStart, RunningNiFi } from '../../kubelet/types.ts';
import { NiFiWorld, type WorldOptions } from '../world.ts';
import { authorizersText, propertiesText, stateText } from './files.ts';

export const home = '/opt/nifi/nifi-current';
export const clusterKey = 'test/contract';

export interface NodeOptions {
  /** Lines that replace or add properties; an undefined value takes one away. */
  readonly properties?: Readonly<Record<string, string | undefined>>;
  /** Text put behind the properties file as it is. */
  readonly appended?: string;
  /** Whole files that replace the fixture's. */
  readonly files?: Readonly<Record<string, string>>;
  /** Names in the certificate; default the node's host name. */
  readonly dnsNames?: readonly string[];
  /** Default `nifi-<index>`. */
  readonly commonName?: string;
  readonly volumes?: Readonly<Record<string, string>>;
  readonly authority?: CertificateAuthority;
  readonly candidates?: number;
  /** With both, the node uses real Leases. */
  readonly serviceAccountToken?: string;
  readonly apiServer?: { readonly url: string; readonly caFile: string };
}

export interface StartedNode {
  readonly index: number;
  readonly host: string;
  readonly container: ContainerStart;
  readonly running: RunningNiFi;
}

export interface ClientRequest {
  readonly method?: string;
  readonly path: string;
  /** A client's name (its certificate is `CN=<name>`), or undefined for none. */
  readonly client?: string | undefined;
  readonly json?: unknown;
  readonly form?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Name in TLS and in the Host header; default the node's. */
  readonly host?: string;
  readonly timeoutMs?: number;
}

export interface ClientAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly location: string | undefined;
  readonly text: string;
  /** The parsed body where it is JSON, else undefined. */
  readonly json: Record<string, unknown> | undefined;
}

let networks = Math.floor(Math.random() * 200);

export class Fixture {
  readonly world: NiFiWorld;
  readonly dir: string;
  readonly authority: CertificateAuthority;
  private readonly clients = new Map<string, { certPem: string; keyPem: string }>();
  private readonly network: string;
  private readonly running = new Map<number, RunningNiFi>();
  private starts = 0;

  private constructor(world: NiFiWorld, dir: string, authority: CertificateAuthority) {
    this.world = world;
    this.dir = dir;
    this.authority = authority;
    networks = (networks + 1) % 250;
    this.network = `127.${30 + Math.floor(Math.random() * 200)}.${networks}`;
  }

  static async open(options?: WorldOptions): Promise<Fixture> {
    const dir = await mkdtemp(join(tmpdir(), 'nifi-stand-in-'));
    const authority = await createCertificateAuthority({ commonName: 'contract', now: new Date(), validForDays: 30 });
    return new Fixture(new NiFiWorld(options), dir, authority);
  }

  async close(): Promise<void> {
    await this.world.stop();
    await rm(this.dir, { recursive: true, force: true });
  }

  ip(index: number): string {
    return `${this.network}.${index + 1}`;
  }

  /** Writes the node's files; a second call for the same index is another container of the same Pod. */
  async container(index: number, options: NodeOptions = {}): Promise<ContainerStart> {
    this.starts += 1;
    const root = join(this.dir, `node-${index}`);
    const host = hostOf(index);
    const conf = join(root, home, 'conf');
    const tls = join(root, 'etc/nifi/tls');
    await mkdir(conf, { recursive: true });
    await mkdir(tls, { recursive: true });
    const certificate = await issueCertificate({
      ca: options.authority ?? this.authority,
      commonName: options.commonName ?? `nifi-${index}`,
      dnsNames: options.dnsNames ?? [host],
      usages: ['server', 'client'],
      now: new Date(),
      validForDays: 10,
    });
    const files: Record<string, string> = {
      'nifi.properties': propertiesText(host, options),
      'bootstrap.conf': 'java.arg.2=-Xms256m\n',
      'authorizers.xml': authorizersText(),
      'state-management.xml': stateText,
      'login-identity-providers.xml': '<loginIdentityProviders></loginIdentityProviders>',
      ...options.files,
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(conf, name), text);
    await writeFile(join(tls, 'tls.crt'), certificate.certPem);
    await writeFile(join(tls, 'tls.key'), certificate.keyPem);
    await writeFile(join(tls, 'ca.crt'), (options.authority ?? this.authority).certPem);
    const volumes = options.volumes ?? { '/var/lib/nifi/data': `pvc-${index}` };
    for (const mount of Object.keys(volumes)) await mkdir(join(root, mount), { recursive: true });
    return {
      namespace: 'test',
      pod: `contract-${index}`,
      podUid: `pod-${index}`,
      containerId: `container-${this.starts}`,
      ip: this.ip(index),
      env: {},
      root,
      home,
      volumes,
      ...(options.serviceAccountToken === undefined ? {} : { serviceAccountToken: options.serviceAccountToken }),
      ...(options.apiServer === undefined ? {} : { apiServer: options.apiServer }),
    };
  }

  async start(index: number, options: NodeOptions = {}): Promise<StartedNode> {
    const container = await this.container(index, options);
    const running = await this.world.start(container);
    this.running.set(index, running);
    return { index, host: hostOf(index), container, running };
  }

  /** Stops the newest container of this index in good order. */
  async stop(index: number): Promise<void> {
    await this.running.get(index)?.stop(30);
  }

  /** Starts nodes 0 to count-1 as one cluster and waits until all are CONNECTED. */
  async cluster(count: number, options: NodeOptions = {}): Promise<readonly StartedNode[]> {
    const nodes = await Promise.all(
      Array.from({ length: count }, (_, index) => this.start(index, { candidates: count, ...options })),
    );
    for (const node of nodes) await this.healthy(node);
    return nodes;
  }

  async healthy(node: StartedNode): Promise<void> {
    await eventually(
      async () => (await this.health(node)) === 'Cluster Status: CONNECTED\n',
      `${node.host} is CONNECTED`,
    );
  }

  /** Body of /health/cluster; `refused` while nothing listens. */
  async health(node: StartedNode): Promise<string> {
    try {
      return (await node.running.health('/health/cluster')).body;
    } catch {
      return 'refused';
    }
  }

  /** Rejects when TLS or the connection fails. */
  async ask(index: number, asked: ClientRequest): Promise<ClientAnswer> {
    const host = asked.host ?? hostOf(index);
    const body = asked.form ?? (asked.json === undefined ? undefined : JSON.stringify(asked.json));
    const type = asked.form === undefined ? 'application/json' : 'application/x-www-form-urlencoded';
    const credentials = asked.client === undefined ? undefined : await this.credentials(asked.client);
    return new Promise((resolve, reject) => {
      const request = httpsRequest(
        {
          host: this.ip(index),
          port: 8443,
          servername: host,
          method: asked.method ?? 'GET',
          path: asked.path,
          ca: this.authority.certPem,
          checkServerIdentity: () => undefined,
          agent: false,
          ...(credentials ? { cert: credentials.certPem, key: credentials.keyPem } : {}),
          headers: { host: `${host}:8443`, ...(body === undefined ? {} : { 'content-type': type }), ...asked.headers },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => resolve(answerOf(response, Buffer.concat(chunks).toString())));
        },
      );
      request.setTimeout(asked.timeoutMs ?? 30_000, () => request.destroy(new Error('timeout')));
      request.on('error', reject);
      request.end(body);
    });
  }

  private async credentials(name: string): Promise<{ certPem: string; keyPem: string }> {
    const known = this.clients.get(name);
    if (known) return known;
    const issued = await issueCertificate({
      ca: this.authority,
      commonName: name,
      dnsNames: [],
      usages: ['client'],
      now: new Date(),
      validForDays: 10,
    });
    this.clients.set(name, issued);
    return issued;
  }
}

export function hostOf(index: number): string {
  return `contract-${index}.contract-nodes.test.svc`;
}

/** Tries until it is true; fails with `what` after a minute. */
export async function eventually(check: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`It never came to be that ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}

function answerOf(response: IncomingMessage, text: string): ClientAnswer {
  const contentType = response.headers['content-type'];
  const location = response.headers['location'];
  const json = contentType === 'application/json' && text.startsWith('{');
  return {
    status: response.statusCode ?? 0,
    contentType: typeof contentType === 'string' ? contentType : undefined,
    location: typeof location === 'string' ? location : undefined,
    text,
    json: json ? (JSON.parse(text) as Record<string, unknown>) : undefined,
  };
}
