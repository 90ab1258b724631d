// Writes and reads the kubeconfigs of a control plane: one cluster, one user, one context, everything inline. Other kubeconfigs of the machine are
// never read.

import { readFile, writeFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';

export interface KubeconfigParts {
  readonly url: string;
  readonly caPem: string;
  readonly user: string;
  readonly token?: string;
  readonly certPem?: string;
  readonly keyPem?: string;
}

export async function writeKubeconfig(file: string, parts: KubeconfigParts): Promise<void> {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'controlplane', cluster: { server: parts.url, 'certificate-authority-data': base64(parts.caPem) } },
    ],
    users: [
      {
        name: parts.user,
        user: {
          ...(parts.token === undefined ? {} : { token: parts.token }),
          ...(parts.certPem === undefined ? {} : { 'client-certificate-data': base64(parts.certPem) }),
          ...(parts.keyPem === undefined ? {} : { 'client-key-data': base64(parts.keyPem) }),
        },
      },
    ],
    contexts: [{ name: 'controlplane', context: { cluster: 'controlplane', user: parts.user } }],
    'current-context': 'controlplane',
  };
  await writeFile(file, stringify(config), { mode: 0o600 });
}

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: Readonly<Record<string, string>> }];
  readonly users: readonly [{ readonly name: string; readonly user: Readonly<Record<string, string>> }];
}

/** Reads a kubeconfig that `writeKubeconfig` wrote. */
export async function readKubeconfig(file: string): Promise<KubeconfigParts> {
  const config = parse(await readFile(file, 'utf8')) as Kubeconfig;
  const [{ cluster }] = config.clusters;
  const [{ name, user }] = config.users;
  const decode = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : Buffer.from(text, 'base64').toString();
  const certPem = decode(user['client-certificate-data']);
  const keyPem = decode(user['client-key-data']);
  return {
    url: cluster['server'] ?? '',
    caPem: decode(cluster['certificate-authority-data']) ?? '',
    user: name,
    ...(user['token'] === undefined ? {} : { token: user['token'] }),
    ...(certPem === undefined ? {} : { certPem }),
    ...(keyPem === undefined ? {} : { keyPem }),
  };
}
