// Sends the request that the flow rendered, as InvokeHTTP would from NiFi's Pod: to the host that its URL names, trusting the authorities
// that the flow trusts. Only the address is another one, since the name leads to the API server in a Pod alone.

import { request as open } from 'node:https';
import type { RenderedRequest } from './play.ts';

export interface Answer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

/** `server` is the URL at which the API server answers; `ca` the contents of the authorities' file. */
export function send(
  { method, url, headers, body }: Omit<RenderedRequest, 'authorities'>,
  server: string,
  ca: string,
): Promise<Answer> {
  const { hostname, pathname, search } = new URL(url);
  const at = new URL(server);
  return new Promise((resolve, reject) => {
    const sent = open(
      {
        host: at.hostname,
        port: at.port,
        servername: hostname,
        path: `${pathname}${search}`,
        method,
        headers: { ...headers, host: hostname, 'content-length': Buffer.byteLength(body) },
        ca,
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const json = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Answer['json'];
          resolve({ status: response.statusCode ?? 0, json });
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}
