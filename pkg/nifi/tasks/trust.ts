// Background task: whether a node has loaded what it should trust and what it should show, seen from outside by one HTTPS exchange
// as a client of its own: with a certificate that only an up-to-date node accepts.
// It must not go over the gateway's connections, whose credentials are older. Any HTTP status will do: a node that does not trust the
// client ends the connection instead, in TLS 1.3 only after the client took the handshake for done. Hence an exchange, no handshake.

import { request } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { GatewayTask, NodeAddress } from '../types.ts';
import { TaskWaiting } from './waiting.ts';

const TIMEOUT_MS = 10_000;

export interface TrustQuestion {
  readonly node: Pick<NodeAddress, 'id' | 'host' | 'ip' | 'port'>;
  /** What tells this run of the node's process from the one before: a new one has to show it anew. */
  readonly process: string;
  /** Authorities of which the node may show a certificate, PEM. */
  readonly caPem: string;
  /** The client to be accepted, PEM. */
  readonly certPem: string;
  readonly keyPem: string;
  /** SHA-256 fingerprint of the certificate that the node should show, as `X509Certificate.fingerprint256` has it. */
  readonly shows: string;
}

/** Done when the node accepted this client and showed that certificate; until then it waits, however the exchange failed. */
export function convince(question: TrustQuestion): GatewayTask {
  const { node, process, certPem, shows } = question;
  return {
    name: `convince node ${node.id}`,
    input: JSON.stringify([process, node.ip, certPem, shows]),
    async run({ signal }) {
      const shown = await exchange(question, signal).catch((error: unknown) => {
        throw new TaskWaiting(`node ${node.id} takes no client of the new authority: ${wordsOf(error)}`);
      });
      if (shown !== shows) throw new TaskWaiting(`node ${node.id} shows another certificate than its Secret holds`);
      return undefined;
    },
  };
}

/** The fingerprint of the certificate that the node showed, once it answered. */
async function exchange({ node, caPem, certPem, keyPem }: TrustQuestion, signal: AbortSignal): Promise<string> {
  return await new Promise((resolve, reject) => {
    const asked = request({
      host: node.ip,
      port: node.port,
      servername: node.host,
      headers: { host: `${node.host}:${node.port}`, 'user-agent': 'nifi-operator' },
      path: '/nifi-api/flow/about',
      agent: false,
      ca: caPem,
      cert: certPem,
      key: keyPem,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    asked.once('error', reject);
    asked.once('response', (response) => {
      const { fingerprint256 } = (response.socket as TLSSocket).getPeerCertificate();
      response.resume();
      response.once('error', reject);
      response.once('end', () => resolve(fingerprint256));
    });
    asked.end();
  });
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
