// Reads certificates that exist, ours or cert-manager's, and decides whether one must be issued anew.
// Renewal is due at two thirds of a certificate's life: with 90 days a month is left for whoever is asleep.
// It reads with what Node brings: thousands of certificates are read at every start, and issuing needs far more code.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { keyIdentifiers } from './extensions.ts';
import { chainsTo, splitPem, trustBundle } from './pem.ts';
import type { CertificateFacts, CertificateUsage } from './types.ts';

const usageOids: Readonly<Record<CertificateUsage, string>> = {
  server: '1.3.6.1.5.5.7.3.1',
  client: '1.3.6.1.5.5.7.3.2',
};

/** Facts of the first certificate of a PEM text. Throws Error when there is none or when it cannot be read. */
export function inspectCertificate(pem: string): CertificateFacts {
  const first = splitPem(pem)[0];
  if (first === undefined) throw new Error('The text holds no PEM certificate');
  const read = new X509Certificate(first);
  const { issuer, subject } = keyIdentifiers(read.raw);
  const { CN: commonName = '' } = read.toLegacyObject().subject as { readonly CN?: string | readonly string[] };
  return {
    subject: read.subject.split('\n').toReversed().join(','),
    commonName: typeof commonName === 'string' ? commonName : (commonName[0] ?? ''),
    dnsNames: dnsNamesOf(read),
    notBefore: read.validFromDate,
    notAfter: read.validToDate,
    issuerKeyId: issuer,
    subjectKeyId: subject,
    usages: usagesOf(read),
    fingerprint256: read.fingerprint256,
  };
}

/** How long before its making a certificate of ours becomes valid, because the clocks of nodes differ. */
export const clockSkewMs = 5 * 60_000;

/** When one of our own certificates was made, in milliseconds, rounded down to the second. */
export function madeAtMs({ notBefore }: { readonly notBefore: Date }): number {
  return notBefore.getTime() + clockSkewMs;
}

/** Whether two thirds of the life from notBefore to notAfter are over. */
export function renewalDue(certificate: { readonly notBefore: Date; readonly notAfter: Date }, now: Date): boolean {
  return now >= renewalTime(certificate);
}

/** The moment from which `renewalDue` is true: when to look again. */
export function renewalTime(certificate: { readonly notBefore: Date; readonly notAfter: Date }): Date {
  const start = certificate.notBefore.getTime();
  const life = certificate.notAfter.getTime() - start;
  return new Date(start + Math.ceil((life * 2) / 3));
}

export interface WantedCertificate {
  readonly commonName: string;
  readonly dnsNames: readonly string[];
  readonly usages: readonly CertificateUsage[];
  /** The authority that should have signed it: a PEM text. */
  readonly caPem: string;
}

export type ReissueReason =
  | 'Missing'
  | 'Unreadable'
  | 'KeyMismatch'
  | 'CommonNameChanged'
  | 'NamesChanged'
  | 'UsagesChanged'
  | 'IssuerChanged'
  | 'NotYetValid'
  | 'RenewalDue';

/**
 * Why the certificate and key at hand must be replaced, undefined when they serve.
 * The order of DNS names does not matter; a name too many is a difference, since it would let a node answer for another.
 */
export function reissueReason(
  have: { readonly certPem: string | undefined; readonly keyPem: string | undefined },
  wanted: WantedCertificate,
  now: Date,
): ReissueReason | undefined {
  if (have.certPem === undefined || have.keyPem === undefined) return 'Missing';
  const read = tryRead(have.certPem, have.keyPem);
  if (read === undefined) return 'Unreadable';
  if (!read.keyBelongs) return 'KeyMismatch';
  if (read.facts.commonName !== wanted.commonName) return 'CommonNameChanged';
  if (!sameNames(read.facts.dnsNames, wanted.dnsNames)) return 'NamesChanged';
  if (!wanted.usages.every((usage) => read.facts.usages.includes(usage))) return 'UsagesChanged';
  if (!chainsTo(have.certPem, wanted.caPem)) return 'IssuerChanged';
  // It was made by a clock that ran ahead: nobody takes it until the time has come.
  if (read.facts.notBefore > now) return 'NotYetValid';
  return renewalDue(read.facts, now) ? 'RenewalDue' : undefined;
}

/** A Secret that a person edited may hold anything: what cannot be parsed is not an error here, it is issued anew. */
function tryRead(certPem: string, keyPem: string): { facts: CertificateFacts; keyBelongs: boolean } | undefined {
  try {
    const keyBelongs = new X509Certificate(certPem).checkPrivateKey(createPrivateKey(keyPem));
    // Of a chain each has to be readable.
    trustBundle(certPem);
    return { facts: inspectCertificate(certPem), keyBelongs };
  } catch {
    return undefined;
  }
}

/** Whether both lists have the same members; order and repetitions do not matter. */
export function sameNames(left: readonly string[], right: readonly string[]): boolean {
  const wanted = new Set(right);
  const have = new Set(left);
  return wanted.size === have.size && [...wanted].every((name) => have.has(name));
}

/** Node writes `DNS:a, IP Address:1.2.3.4`, and puts a name that could be mistaken for several in quotes. */
function dnsNamesOf(certificate: X509Certificate): string[] {
  const names = (certificate.subjectAltName ?? '').matchAll(
    /(?:^|, )(?<type>[^:,]+):(?<name>"(?:[^"\\]|\\.)*"|[^,]*)/gu,
  );
  return [...names].flatMap(({ groups: { type, name } = {} }) => {
    if (type !== 'DNS' || name === undefined) return [];
    return [name.startsWith('"') ? (JSON.parse(name) as string) : name];
  });
}

function usagesOf(certificate: X509Certificate): CertificateUsage[] {
  const oids = new Set(certificate.keyUsage ?? []);
  return (['server', 'client'] as const).filter((usage) => oids.has(usageOids[usage]));
}
