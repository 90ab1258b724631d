// Issues certificates: a cluster's own authority, and leaves below it for nodes and for the operator.
// Every date follows from `now`, which is passed in; only keys and serial numbers are random.
// Surprising rule: a certificate is valid from five minutes before `now`, because the clocks of nodes differ,
// and never longer than the authority that signs it.

import 'reflect-metadata';
import { createPrivateKey, KeyObject, webcrypto, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { clockSkewMs } from './inspect.ts';
import { isSelfSigned, splitPem } from './pem.ts';
import type { CertificateAuthority, CertificateUsage, IssuedCertificate } from './types.ts';

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const;
const dayMs = 24 * 60 * 60_000;
const longestCommonName = 64;
const usageOids = { server: x509.ExtendedKeyUsage.serverAuth, client: x509.ExtendedKeyUsage.clientAuth } as const;

x509.cryptoProvider.set(webcrypto);

export interface AuthorityRequest {
  readonly commonName: string;
  readonly now: Date;
  readonly validForDays: number;
}

export interface CertificateRequest {
  readonly ca: Pick<CertificateAuthority, 'certPem' | 'keyPem'>;
  /** At most 64 characters; the only part of the subject. */
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly usages: readonly CertificateUsage[];
  readonly now: Date;
  readonly validForDays: number;
}

/**
 * Makes a self-signed authority that may sign leaves but no further authorities.
 * Throws RangeError for a common name that is empty or longer than 64 characters.
 */
export async function createCertificateAuthority(request: AuthorityRequest): Promise<CertificateAuthority> {
  checkCommonName(request.commonName);
  const keys = await webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
  const { notBefore, notAfter } = validity(request.now, request.validForDays);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [request.commonName] }],
    keys,
    signingAlgorithm,
    notBefore,
    notAfter,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certPem: pemOf(certificate), keyPem: privateKeyPem(keys.privateKey), notAfter };
}

/**
 * Issues a leaf with a fresh P-256 key. `ca.certPem` may be a chain, the signing authority first.
 * Throws RangeError for a bad common name, Error when the authority's certificate and key do not belong together
 * or when it is no longer valid at `now`.
 */
export async function issueCertificate(request: CertificateRequest): Promise<IssuedCertificate> {
  checkCommonName(request.commonName);
  const authority = openAuthority(request.ca, request.now);
  const keys = await webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
  const { notBefore, notAfter } = validity(request.now, request.validForDays, authority.certificate.notAfter);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [request.commonName] }],
    issuer: authority.certificate.subjectName,
    publicKey: keys.publicKey,
    signingKey: authority.key,
    signingAlgorithm,
    notBefore,
    notAfter,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(request.usages.map((usage) => usageOids[usage])),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey),
      ...subjectAlternativeNames(request.dnsNames),
    ],
  });
  const chain = authority.chain.filter((pem) => !isSelfSigned(pem));
  return {
    certPem: [pemOf(certificate), ...chain].join(''),
    keyPem: privateKeyPem(keys.privateKey),
    notBefore,
    notAfter,
  };
}

interface OpenAuthority {
  readonly certificate: x509.X509Certificate;
  readonly key: webcrypto.CryptoKey;
  readonly chain: readonly string[];
}

function openAuthority(ca: CertificateRequest['ca'], now: Date): OpenAuthority {
  const chain = splitPem(ca.certPem);
  const first = chain[0];
  if (first === undefined) throw new Error('The authority has no certificate');
  const certificate = new x509.X509Certificate(first);
  if (certificate.notAfter <= now) {
    throw new Error(`The authority ${certificate.subject} expired at ${certificate.notAfter.toISOString()}`);
  }
  const keyObject = createPrivateKey(ca.keyPem);
  if (keyObject.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new Error('The authority needs an EC key on P-256');
  }
  if (!new X509Certificate(first).checkPrivateKey(keyObject)) {
    throw new Error(`The key does not belong to the authority ${certificate.subject}`);
  }
  return { certificate, key: keyObject.toCryptoKey(keyAlgorithm, false, ['sign']), chain };
}

function subjectAlternativeNames(dnsNames: readonly string[]): x509.Extension[] {
  if (dnsNames.length === 0) return [];
  return [new x509.SubjectAlternativeNameExtension(dnsNames.map((value) => ({ type: 'dns', value })))];
}

function validity(now: Date, days: number, atMost?: Date): { readonly notBefore: Date; readonly notAfter: Date } {
  const notBefore = wholeSeconds(now.getTime() - clockSkewMs);
  const notAfter = wholeSeconds(now.getTime() + days * dayMs);
  return { notBefore, notAfter: atMost !== undefined && atMost < notAfter ? atMost : notAfter };
}

/** Certificates hold seconds; what is returned must equal what `inspectCertificate` reads back. */
function wholeSeconds(ms: number): Date {
  return new Date(Math.floor(ms / 1000) * 1000);
}

function checkCommonName(commonName: string): void {
  if (commonName.length === 0 || commonName.length > longestCommonName) {
    throw new RangeError(`A common name has 1 to ${longestCommonName} characters: ${JSON.stringify(commonName)}`);
  }
}

function pemOf(certificate: x509.X509Certificate): string {
  return `${certificate.toString('pem').trim()}\n`;
}

function privateKeyPem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString();
}
