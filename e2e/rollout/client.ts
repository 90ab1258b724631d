// A user's client that reads and writes NiFi's API without a pause, always at the same node, and keeps what became of each
// request. It never tries again: every refusal is seen. The node it asks must not be the one that is restarted.

import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { hostName, operatorCertificateSecretName } from '../../api/v1/labels.ts';
import { secrets } from '../../pkg/kube/resources.ts';
import type { ClusterHandle } from '../lab/cluster.ts';
import type { Lab } from '../lab/lab.ts';

export interface Sample {
  readonly kind: 'read' | 'write';
  /** 0 when no answer came. */
  readonly status: number;
  readonly text: string;
  /** The node that is restarted was up and on its way into the cluster, before or after the request. */
  readonly returning: boolean;
}

export interface SteadyClient {
  /** Ends it and gives all samples, in order. */
  stop(): Promise<readonly Sample[]>;
}

export interface ClientOptions {
  /** The node that it asks. */
  readonly asks: number;
  /** Whether the node that is restarted is up and CONNECTING at this moment. */
  readonly returning: () => boolean;
  /** Pause between two requests. Default 10 ms. */
  readonly everyMs?: number;
}

/** Speaks with the operator's certificate: it is the first administrator, and the laboratory has no other user. */
export async function startClient(lab: Lab, cluster: ClusterHandle, options: ClientOptions): Promise<SteadyClient> {
  const ask = await asker(lab, cluster, options.asks);
  const samples: Sample[] = [];
  const end = new AbortController();
  const one = async (kind: Sample['kind'], number: number): Promise<void> => {
    const before = options.returning();
    const answer = kind === 'read' ? await ask('GET', '/flow/process-groups/root') : await ask(...newUser(number));
    samples.push({ kind, ...answer, returning: before || options.returning() });
  };
  const work = (async () => {
    for (let number = 0; !end.signal.aborted; number += 1) {
      await one('read', number);
      await one('write', number);
      await sleep(options.everyMs ?? 10);
    }
  })();
  return {
    async stop() {
      end.abort();
      await work;
      return samples;
    },
  };
}

/** What a planned restart must not do to a client, as it was seen on a real NiFi; empty when all is well. */
export function complaints(samples: readonly Sample[]): readonly string[] {
  return samples.flatMap(({ kind, status, text, returning }) => {
    if (status >= 200 && status < 300) return [];
    if (kind === 'read') return [`a read failed: ${status} ${text}`];
    const whileConnecting = status === 409 && text.includes('while a node is trying to connect to the cluster');
    if (!whileConnecting) return [`a write failed: ${status} ${text}`];
    return returning ? [] : ['a write was refused while no node was returning'];
  });
}

export function refusedWrites(samples: readonly Sample[]): number {
  return samples.filter(({ kind, status }) => kind === 'write' && status === 409).length;
}

function newUser(number: number): readonly ['POST', string, object] {
  const component = { identity: `CN=user-${number}-${Date.now()}` };
  return ['POST', '/tenants/users', { revision: { version: 0 }, component }];
}

type Ask = (method: string, path: string, json?: object) => Promise<{ readonly status: number; readonly text: string }>;

async function asker(lab: Lab, cluster: ClusterHandle, id: number): Promise<Ask> {
  const name = operatorCertificateSecretName(cluster.name);
  const { data = {} } = (await lab.client.get(secrets, cluster.key(name))) ?? {};
  const pem = (file: string): string => Buffer.from(data[file] ?? '', 'base64').toString();
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 1,
    cert: pem('tls.crt'),
    key: pem('tls.key'),
    ca: pem('ca.crt'),
  });
  const address = (await cluster.pod(id))?.status?.podIP ?? '';
  const host = hostName(cluster.name, id, cluster.namespace);
  return (method, path, json) =>
    new Promise((resolve) => {
      const headers = { host: `${host}:8443`, ...(json === undefined ? {} : { 'content-type': 'application/json' }) };
      const target = { agent, host: address, servername: host, port: 8443, method, path: `/nifi-api${path}`, headers };
      const failed = (error: Error): void => resolve({ status: 0, text: error.message });
      const sent = request(target, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', failed);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
      });
      sent.setTimeout(10_000, () => sent.destroy(new Error('no answer within 10 s')));
      sent.on('error', failed);
      sent.end(json === undefined ? undefined : JSON.stringify(json));
    });
}
