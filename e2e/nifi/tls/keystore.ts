// A node's keystore and truststore, read from PEM files, and what can be told from them.
// It refuses files that Java's loader would refuse; that a certificate lacks the node's name is no reason to refuse it.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { subjectOf } from '../config/identity.ts';
import { inRoot } from '../config/in-root.ts';
import type { NodePaths } from '../config/node-config.ts';
import { type Properties, property } from '../config/properties.ts';
import { StartRefused } from '../errors.ts';

export interface KeyMaterial {
  readonly certPem: string;
  readonly keyPem: string;
  readonly caPem: string;
  readonly leaf: X509Certificate;
  readonly authorities: readonly X509Certificate[];
  /** The leaf's subject before identity mapping. */
  readonly subject: string;
  readonly dnsNames: readonly string[];
}

const pemBlock = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Reads the files below `root`. Throws StartRefused naming the file that is missing, unreadable or does not fit. */
export async function readKeyMaterial(root: string, paths: NodePaths, properties: Properties): Promise<KeyMaterial> {
  requirePem(properties, 'nifi.security.keystoreType');
  requirePem(properties, 'nifi.security.truststoreType');
  const certPem = await readPem(root, paths.keystoreCertificate, 'nifi.security.keystore.certificate');
  const keyPem = await readPem(root, paths.keystoreKey, 'nifi.security.keystore.privateKey');
  const caPem = await readPem(root, paths.truststoreCertificate, 'nifi.security.truststore.certificate');
  const [leaf] = certificates(certPem, 'nifi.security.keystore.certificate');
  const authorities = certificates(caPem, 'nifi.security.truststore.certificate');
  if (!leaf) throw new StartRefused('KeyStore loading failed: no certificate in [nifi.security.keystore.certificate]');
  if (!fits(leaf, keyPem)) {
    throw new StartRefused(
      'KeyStore loading failed: Private Key in [nifi.security.keystore.privateKey] not matched with Certificate',
    );
  }
  return { certPem, keyPem, caPem, leaf, authorities, subject: subjectOf(leaf), dnsNames: dnsNames(leaf) };
}

export function secureContext(material: KeyMaterial): SecureContext {
  return createSecureContext({
    cert: material.certPem,
    key: material.keyPem,
    ca: material.caPem,
    minVersion: 'TLSv1.2',
  });
}

/** Whether a Host header may name this certificate: Jetty compares it with the subject alternative names. */
export function certifies(leaf: X509Certificate, host: string): boolean {
  const bare = host.startsWith('[') ? host.slice(1, -1) : host;
  const isAddress = /^[\d.]+$/.test(bare) || bare.includes(':');
  return isAddress ? leaf.checkIP(bare) !== undefined : leaf.checkHost(bare, { subject: 'never' }) !== undefined;
}

const chains = new Map<string, boolean>();

/** Whether the holder of `authorities` accepts `leaf`. Remembered, because a cluster asks the same over and over. */
export function trusts(authorities: readonly X509Certificate[], leaf: X509Certificate): boolean {
  return authorities.some((authority) => {
    const pair = `${authority.fingerprint256} ${leaf.fingerprint256}`;
    const known = chains.get(pair);
    if (known !== undefined) return known;
    const signed = leaf.checkIssued(authority) && leaf.verify(authority.publicKey);
    chains.set(pair, signed);
    return signed;
  });
}

function requirePem(properties: Properties, key: string): void {
  const type = property(properties, key);
  if (type !== 'PEM')
    throw new StartRefused(`KeyStore loading failed: [${key}] is ${type ?? 'not set'}, and the stand-in reads PEM`);
}

async function readPem(root: string, path: string | undefined, key: string): Promise<string> {
  if (path === undefined) throw new StartRefused(`KeyStore loading failed: [${key}] is not set`);
  try {
    return await readFile(await inRoot(root, path), 'utf8');
  } catch (error) {
    throw new StartRefused(
      `KeyStore loading failed: ${path} [${key}]: ${(error as NodeJS.ErrnoException).code ?? 'unreadable'}`,
    );
  }
}

function certificates(pem: string, key: string): readonly X509Certificate[] {
  const blocks = pem.match(pemBlock) ?? [];
  if (blocks.length === 0) throw new StartRefused(`KeyStore loading failed: no certificate in [${key}]`);
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    throw new StartRefused(`KeyStore loading failed: a certificate in [${key}] cannot be read`);
  }
}

function fits(leaf: X509Certificate, keyPem: string): boolean {
  try {
    return leaf.checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    throw new StartRefused('KeyStore loading failed: the key in [nifi.security.keystore.privateKey] cannot be read');
  }
}

function dnsNames(leaf: X509Certificate): readonly string[] {
  const names = (leaf.subjectAltName ?? '').split(', ').filter((name) => name.startsWith('DNS:'));
  return names.map((name) => name.slice('DNS:'.length));
}
