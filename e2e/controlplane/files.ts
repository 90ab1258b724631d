// The files that the programs of a control plane read at their start, all below one folder: keys, certificates, the admin's token, the audit policy.

import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Authority,
  createAuthority,
  generateSigningKey,
  issueClientCertificate,
  issueServerCertificate,
} from './certificates.ts';

export type AuditLevel = 'None' | 'Metadata' | 'Request';

/** Paths, and what was put there. */
export interface ControlPlaneFiles {
  readonly dir: string;
  readonly authority: Authority;
  readonly caFile: string;
  readonly servingCert: string;
  readonly servingKey: string;
  readonly signingKey: string;
  readonly signingPublicKey: string;
  readonly tokenFile: string;
  readonly adminToken: string;
  readonly auditPolicy: string;
  readonly auditLog: string;
  /** With these the API server asks a kubelet for logs and to run a command; only a real node has one. */
  readonly kubeletClientCert: string;
  readonly kubeletClientKey: string;
}

/** `addresses`: where the API server is reached, but for the loopback. */
export async function writeFiles(
  dir: string,
  auditLevel: AuditLevel,
  addresses: readonly string[] = [],
): Promise<ControlPlaneFiles> {
  await mkdir(join(dir, 'pki'), { recursive: true, mode: 0o700 });
  const authority = await createAuthority('controlplane');
  const serving = await issueServerCertificate(authority, addresses);
  const kubeletClient = await issueClientCertificate(authority, 'kube-apiserver-kubelet-client', ['system:masters']);
  const signing = generateSigningKey();
  const adminToken = randomBytes(24).toString('hex');
  const put = async (name: string, content: string): Promise<string> => {
    const path = join(dir, name);
    await writeFile(path, content, { mode: 0o600 });
    return path;
  };
  const auditLog = await put('audit.jsonl', '');
  return {
    dir,
    authority,
    adminToken,
    auditLog,
    caFile: await put('pki/ca.crt', authority.certPem),
    servingCert: await put('pki/apiserver.crt', serving.certPem),
    servingKey: await put('pki/apiserver.key', serving.keyPem),
    kubeletClientCert: await put('pki/kubelet-client.crt', kubeletClient.certPem),
    kubeletClientKey: await put('pki/kubelet-client.key', kubeletClient.keyPem),
    signingKey: await put('pki/sa.key', signing.privatePem),
    signingPublicKey: await put('pki/sa.pub', signing.publicPem),
    tokenFile: await put('pki/tokens.csv', `${adminToken},admin,admin,"system:masters"\n`),
    auditPolicy: await put('audit-policy.json', auditPolicy(auditLevel)),
  };
}

/** Everything but probes, discovery and what the API server does for itself. ResponseStarted is kept: it is how an open watch is seen. */
function auditPolicy(level: AuditLevel): string {
  return JSON.stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    omitManagedFields: true,
    rules: [{ level: 'None', nonResourceURLs: ['*'] }, { level: 'None', users: ['system:apiserver'] }, { level }],
  });
}
