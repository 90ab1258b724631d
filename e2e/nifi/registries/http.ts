// The HTTP client with which a NiFi node calls a registry. What it takes over from the real one: it follows redirects without asking
// where to, within one protocol (HttpURLConnection below Jersey), and trusts what is in the node's own truststore.

import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { NodeFlows } from '../flow/node-flows.ts';

export interface RegistryResponse {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** The registry could not be talked to; `message` is what Java would say. */
export class RegistryUnreachable extends Error {
  override readonly name = 'RegistryUnreachable';
}

const mostRedirects = 20;

/** Rejects with RegistryUnreachable. `body` makes it a POST. */
export async function call(flows: NodeFlows, url: URL, body?: unknown, redirects = 0): Promise<RegistryResponse> {
  const { response, text } = await exchange(flows, url, body);
  const location = response.headers.location;
  const status = response.statusCode ?? 0;
  if (status >= 300 && status < 400 && location !== undefined && redirects < mostRedirects) {
    const target = new URL(location, url);
    if (target.protocol === url.protocol) return call(flows, target, body, redirects + 1);
  }
  return { status, contentType: response.headers['content-type'] ?? '', text };
}

interface Exchange {
  readonly response: IncomingMessage;
  readonly text: string;
}

function exchange(flows: NodeFlows, url: URL, body: unknown): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(new RegistryUnreachable(javaWords(error)));
    const material = flows.material();
    const options = {
      method: body === undefined ? 'GET' : 'POST',
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      agent: false as const,
    };
    const request =
      url.protocol === 'https:'
        ? httpsRequest(url, {
            ...options,
            ...(material ? { ca: material.caPem, cert: material.certPem, key: material.keyPem } : {}),
          })
        : httpRequest(url, options);
    request.setTimeout(flows.timing.registryTimeoutMs, () => request.destroy(new Error('Read timed out')));
    request.on('error', failed);
    request.on('response', (response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', failed);
      response.on('end', () => resolve({ response, text: Buffer.concat(chunks).toString('utf8') }));
    });
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function javaWords(error: Error & { readonly code?: string }): string {
  if (error.code === 'ECONNREFUSED') return 'Connection refused';
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') return 'Name or service not known';
  return error.message;
}
