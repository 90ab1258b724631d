// The keys and certificates of one control plane: a CA, the API server's serving certificate, client certificates for any user name and groups, and
// the key that signs service account tokens. All of it lives as long as the control plane's folder and must never be used elsewhere.

import 'reflect-metadata';
import { generateKeyPairSync, randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const VALID_MS = 365 * 24 * 3600 * 1000;
const CLOCK_SKEW_MS = 3600 * 1000;

export interface Authority {
  readonly certPem: string;
  readonly certificate: x509.X509Certificate;
  readonly key: webcrypto.CryptoKey;
}

export interface KeyPair {
  readonly certPem: string;
  readonly keyPem: string;
}

export async function createAuthority(commonName: string): Promise<Authority> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity(),
    name: subject(commonName, []),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certPem: certificate.toString('pem'), certificate, key: keys.privateKey };
}

/** A certificate for a server on the loopback and at `addresses`, also under the names that Pods use for the API server. */
export async function issueServerCertificate(
  authority: Authority,
  addresses: readonly string[] = [],
): Promise<KeyPair> {
  const names = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  const alternatives = new x509.SubjectAlternativeNameExtension([
    ...names.map((value) => ({ type: 'dns' as const, value })),
    ...['127.0.0.1', ...addresses].map((value) => ({ type: 'ip' as const, value })),
  ]);
  return await issue(authority, subject('kube-apiserver', []), [alternatives, extendedUsage('serverAuth')]);
}

/** A certificate that the API server takes for the user `name` (its CN) in `groups` (its Os). */
export async function issueClientCertificate(
  authority: Authority,
  name: string,
  groups: readonly string[],
): Promise<KeyPair> {
  return await issue(authority, subject(name, groups), [extendedUsage('clientAuth')]);
}

/** A private key (PKCS#8) and its public key (SPKI), both PEM, to sign and to check service account tokens with. */
export function generateSigningKey(): { readonly privatePem: string; readonly publicPem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

async function issue(
  authority: Authority,
  name: x509.JsonName,
  extensions: readonly x509.Extension[],
): Promise<KeyPair> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity(),
    subject: name,
    issuer: authority.certificate.subjectName,
    publicKey: keys.publicKey,
    signingKey: authority.key,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate),
      ...extensions,
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { certPem: certificate.toString('pem'), keyPem: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') };
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function validity(): { serialNumber: string; notBefore: Date; notAfter: Date } {
  const now = Date.now();
  // The first bit stays 0: a serial number is a positive integer.
  const serial = randomBytes(16);
  serial[0] = (serial[0] ?? 0) & 0x7f;
  return {
    serialNumber: serial.toString('hex'),
    notBefore: new Date(now - CLOCK_SKEW_MS),
    notAfter: new Date(now + VALID_MS),
  };
}

function subject(commonName: string, organizations: readonly string[]): x509.JsonName {
  return [...organizations.map((organization) => ({ O: [organization] })), { CN: [commonName] }];
}

function extendedUsage(usage: 'serverAuth' | 'clientAuth'): x509.Extension {
  return new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage[usage]]);
}
