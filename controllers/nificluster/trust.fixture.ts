// Who trusts whom while certificates of a running cluster change: looked at all the time, between the nodes and as a client that
// shows what the operator has at that moment. Not for production code.

import assert from 'node:assert/strict';
import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { hostName, operatorCertificateSecretName } from '../../api/v1/labels.ts';
import type { ClusterHandle } from '../../e2e/lab/cluster.ts';
import type { Lab } from '../../e2e/lab/lab.ts';
import { until } from '../../e2e/lab/until.ts';
import { trusts } from '../../e2e/nifi/tls/keystore.ts';
import { secrets } from '../../pkg/kube/resources.ts';
import { decode } from './projections.ts';

export type Files = Readonly<Record<string, string>>;

/** What a Secret of the cluster holds, in clear; nothing while it is not there. */
export async function filesOf(lab: Lab, cluster: ClusterHandle, name: string): Promise<Files> {
  const { data = {} } = (await lab.client.get(secrets, cluster.key(name))) ?? {};
  return Object.fromEntries(Object.entries(data).map(([file, text]) => [file, decode(text)]));
}

/** The status with which a node answers a client with these files. */
export async function ask(lab: Lab, cluster: ClusterHandle, id: number, files: Files): Promise<number> {
  const servername = hostName('prod', id, cluster.namespace);
  const { ip: host } = lab.nifi.nodeOfPod(cluster.namespace, `prod-${id}`);
  const headers = { host: `${servername}:8443` };
  const tls = { ca: files['ca.crt'], cert: files['tls.crt'], key: files['tls.key'], servername, agent: false } as const;
  return await new Promise((resolve, reject) => {
    const asked = request({ ...tls, host, port: 8443, path: '/nifi-api/flow/about', headers });
    asked.once('error', reject);
    asked.once('response', (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    asked.end();
  });
}

export interface Watched {
  /** Who did not trust whom, whenever it was looked. */
  readonly distrust: string[];
  /** Requests of the client that failed. */
  readonly failed: unknown[];
  /** Ends looking; fails when anybody distrusted anybody, or when the client was kept from reading. */
  stop(): Promise<void>;
}

/** Looks at every two of these nodes again and again, and reads from each as a client, until it is stopped. */
export function watchTrust(lab: Lab, cluster: ClusterHandle, ids: readonly number[]): Watched {
  const distrust: string[] = [];
  const failed: unknown[] = [];
  const ending = new AbortController();
  const forever = async (look: () => Promise<void>, pauseMs: number): Promise<void> => {
    while (!ending.signal.aborted) {
      await look();
      await sleep(pauseMs);
    }
  };
  const look = async (): Promise<void> => {
    const nodes = ids.map((id) => lab.nifi.nodeOfPod(cluster.namespace, `prod-${id}`));
    for (const one of nodes)
      for (const other of nodes)
        if (!one.material || !other.material || !trusts(one.material.authorities, other.material.leaf))
          distrust.push(`${one.pod} does not trust ${other.pod}`);
  };
  let asked = 0;
  const read = async (): Promise<void> => {
    const id = ids[asked % ids.length] ?? 0;
    asked += 1;
    const files = await filesOf(lab, cluster, operatorCertificateSecretName('prod'));
    const status = await ask(lab, cluster, id, files).catch((error: unknown) => error);
    if (status !== 200) failed.push([id, status]);
  };
  const looking = Promise.all([forever(look, 5), forever(read, 10)]);
  return {
    distrust,
    failed,
    stop: async () => {
      // What is watched may be over before the client has been everywhere.
      const enough = (): boolean => asked > 2 * ids.length || failed.length > 0;
      try {
        await until('the client has read from each node', enough);
      } finally {
        ending.abort();
        await looking;
      }
      assert.deepEqual([distrust, failed], [[], []]);
    },
  };
}
