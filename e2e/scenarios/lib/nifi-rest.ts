// Calls to a real NiFi, as the operator makes them: to a Pod's address, by its name, with the operator's certificate. A scenario does with it
// what a person would do in the UI.

import { type RequestOptions, request } from 'node:https';
import { hostName, operatorCertificateSecretName } from '../../../api/v1/labels.ts';
import type { KubeClient } from '../../../pkg/kube/client.ts';
import { secrets } from '../../../pkg/kube/resources.ts';
import type { ClusterHandle } from '../../lab/cluster.ts';

const PORT = 8443;
const PATIENCE_MS = 30_000;

export type Json = Readonly<Record<string, unknown>>;

/** Gives what NiFi answers at this path below `/nifi-api/`; throws with its words when it is not 2xx. */
export type Ask = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: object) => Promise<Json>;

/** Calls to this node; its Pod and the certificate are looked up for each. */
export function askNode(client: KubeClient, handle: ClusterHandle, id: number): Ask {
  return async (method, path, body) => {
    const secret = await client.get(secrets, handle.key(operatorCertificateSecretName(handle.name)));
    const host = (await handle.pod(id))?.status?.podIP;
    if (host === undefined) throw new Error(`node ${id} of ${handle.name} has no address`);
    const pem = (key: string): string => Buffer.from(secret?.data?.[key] ?? '', 'base64').toString();
    const name = hostName(handle.name, id, handle.namespace);
    const options = {
      host,
      port: PORT,
      servername: name,
      agent: false,
      timeout: PATIENCE_MS,
      ca: pem('ca.crt'),
      cert: pem('tls.crt'),
      key: pem('tls.key'),
      method,
      path: `/nifi-api/${path}`,
      headers: {
        host: `${name}:${PORT}`,
        'content-type': 'application/json',
      },
    } as const;
    return exchange(options, body);
  };
}

async function exchange(options: RequestOptions, body: object | undefined): Promise<Json> {
  return new Promise((resolve, reject) => {
    const asked = request(options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.once('error', reject);
      response.once('end', () => {
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) resolve((text === '' ? {} : JSON.parse(text)) as Json);
        else reject(new Error(`NiFi answered ${status}: ${text}`));
      });
    });
    asked.once('error', reject);
    asked.once('timeout', () => asked.destroy(new Error(`NiFi did not answer in ${PATIENCE_MS} ms`)));
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
