// What a node shows to whoever connects, by its Pod's address.

import { connect } from 'node:tls';
import type { TestCluster } from './cluster.ts';

/** The fingerprint of the certificate; empty while nobody answers. */
export async function servedCertificate(cluster: TestCluster, id: number): Promise<string> {
  const host = (await cluster.handle.pod(id))?.status?.podIP;
  if (host === undefined) return '';
  return new Promise((resolve) => {
    // Whose it is does not matter: only whether it is another one.
    const socket = connect({ host, port: 8443, rejectUnauthorized: false, timeout: 3000 });
    const finish = (fingerprint: string): void => {
      socket.destroy();
      resolve(fingerprint);
    };
    socket.once('secureConnect', () => finish(socket.getPeerCertificate().fingerprint256));
    socket.once('error', () => finish(''));
    socket.once('timeout', () => finish(''));
  });
}
