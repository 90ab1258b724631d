// The certificate of the webhooks and the authority that signed it, all in one Secret: what is to be done next, and how it is done.
// A new authority goes three ways, as a cluster's does: trusted beside the present one, then signing, then alone. So at no moment is
// there a certificate that the API server does not trust.
// Surprise: each step is one write of one object, and the next follows from what is stored. There is nothing to lose in a crash.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { inspectCertificate, madeAtMs, reissueReason, renewalDue } from '../pki/inspect.ts';
import { createCertificateAuthority, issueCertificate } from '../pki/issue.ts';
import { bundleContains, trustBundle } from '../pki/pem.ts';

/** Keys of the Secret. The first three are what every certificate Secret has. */
export const secretKeys = {
  certificate: 'tls.crt',
  key: 'tls.key',
  /** Every authority that callers have to trust now. */
  trust: 'ca.crt',
  authority: 'authority.crt',
  authorityKey: 'authority.key',
  nextAuthority: 'next-authority.crt',
  nextAuthorityKey: 'next-authority.key',
} as const;

export type Held = { readonly [K in keyof typeof secretKeys]?: string | undefined };

export interface Wanted {
  readonly dnsNames: readonly string[];
  /** A person wants an authority that is no older, in milliseconds. */
  readonly renewRequestedAtMs: number | undefined;
}

export interface Moment {
  readonly now: Date;
  /** For how long everybody who calls the webhooks has been given `trust` as it is stored; 0 while somebody has not. */
  readonly trustedForMs: number;
  /** How long it may take until everybody acts on what it was given. */
  readonly settleMs: number;
}

export type CertificateStep =
  | 'MakeAuthority'
  | 'IssueCertificate'
  | 'TrustAuthorities'
  | 'PrepareAuthority'
  | 'PromoteAuthority'
  | 'ForgetAuthority';

const commonName = 'nifi-operator-webhook';
const authorityDays = 3_650;
const leafDays = 90;

/** What is to be written next; undefined while what is held serves. */
export function dueStep(held: Held, wanted: Wanted, moment: Moment): CertificateStep | undefined {
  const { authority, authorityKey, nextAuthority } = held;
  const trust = readable(held.trust);
  const { now } = moment;
  if (authority === undefined || !isAuthority(authority, authorityKey, now)) return 'MakeAuthority';
  const { dnsNames } = wanted;
  const leaf = { certPem: held.certificate, keyPem: held.key };
  const wantedLeaf = { commonName, dnsNames, usages: ['server'], caPem: authority } as const;
  if (reissueReason(leaf, wantedLeaf, now) !== undefined) return 'IssueCertificate';
  if (!bundleContains(trust, authority)) return 'TrustAuthorities';
  return nextAuthority !== undefined && isAuthority(nextAuthority, held.nextAuthorityKey, now)
    ? stepTowards(nextAuthority, trust, moment)
    : stepOf({ ...held, authority, trust }, wanted, moment);
}

/** With another authority in waiting. */
function stepTowards(next: string, trust: string, { trustedForMs, settleMs }: Moment): CertificateStep | undefined {
  if (!bundleContains(trust, next)) return 'TrustAuthorities';
  return trustedForMs >= settleMs ? 'PromoteAuthority' : undefined;
}

/** With the present authority alone, or with a former one that is still trusted. */
function stepOf(
  { authority, trust }: Held & { readonly authority: string },
  { renewRequestedAtMs: asked = 0 }: Wanted,
  { now, trustedForMs, settleMs }: Moment,
): CertificateStep | undefined {
  const made = inspectCertificate(authority);
  const isOld = asked <= now.getTime() && madeAtMs(made) < Math.floor(asked / 1000) * 1000;
  if (renewalDue(made, now) || isOld) return 'PrepareAuthority';
  // A process may wait for as long itself before it serves what the authority signed.
  return trust !== trustBundle(authority) && trustedForMs >= 2 * settleMs ? 'ForgetAuthority' : undefined;
}

/** Whether a change of authority is under way, so that the next step is a matter of minutes. */
export function isChanging({ authority, nextAuthority, trust }: Held): boolean {
  return nextAuthority !== undefined || readable(trust) !== readable(authority);
}

/** What of the Secret a step changes; undefined for what goes. */
export async function carryOut(step: CertificateStep, held: Held, wanted: Wanted, now: Date): Promise<Held> {
  return steps[step](held, wanted, now);
}

const noNext = { nextAuthority: undefined, nextAuthorityKey: undefined } as const;

const steps: Readonly<Record<CertificateStep, (held: Held, wanted: Wanted, now: Date) => Promise<Held>>> = {
  async MakeAuthority({ trust }, wanted, now) {
    const made = await newAuthority(now);
    const leaf = await leafOf(made.authority, made.authorityKey, wanted, now);
    return { ...made, ...noNext, ...leaf, trust: trustBundle(made.authority, readable(trust)) };
  },
  async IssueCertificate({ authority = '', authorityKey = '' }, wanted, now) {
    return leafOf(authority, authorityKey, wanted, now);
  },
  async TrustAuthorities({ authority = '', nextAuthority = '', trust }) {
    return { trust: trustBundle(authority, nextAuthority, readable(trust)) };
  },
  async PrepareAuthority({ trust }, _, now) {
    const made = await newAuthority(now);
    const next = { nextAuthority: made.authority, nextAuthorityKey: made.authorityKey };
    return { ...next, trust: trustBundle(readable(trust), made.authority) };
  },
  async PromoteAuthority({ nextAuthority = '', nextAuthorityKey = '', trust }, wanted, now) {
    const promoted = { authority: nextAuthority, authorityKey: nextAuthorityKey };
    const leaf = await leafOf(nextAuthority, nextAuthorityKey, wanted, now);
    return { ...promoted, ...noNext, ...leaf, trust: trustBundle(nextAuthority, readable(trust)) };
  },
  async ForgetAuthority({ authority = '' }) {
    return { trust: trustBundle(authority) };
  },
};

async function newAuthority(now: Date): Promise<{ readonly authority: string; readonly authorityKey: string }> {
  const made = await createCertificateAuthority({ commonName: `${commonName}-ca`, now, validForDays: authorityDays });
  return { authority: made.certPem, authorityKey: made.keyPem };
}

async function leafOf(certPem: string, keyPem: string, { dnsNames }: Wanted, now: Date): Promise<Held> {
  const ca = { certPem, keyPem };
  const usages = ['server'] as const;
  const issued = await issueCertificate({ ca, commonName, dnsNames, usages, now, validForDays: leafDays });
  return { certificate: issued.certPem, key: issued.keyPem };
}

/** Whether it can sign now: a person may have edited the Secret, and what cannot be read is made anew. */
function isAuthority(certPem: string, keyPem: string | undefined, now: Date): boolean {
  try {
    const certificate = new X509Certificate(trustBundle(certPem));
    const isValid = certificate.validFromDate <= now && certificate.validToDate > now;
    return isValid && certificate.checkPrivateKey(createPrivateKey(keyPem ?? ''));
  } catch {
    return false;
  }
}

/** A bundle that cannot be read trusts nobody. */
function readable(bundle = ''): string {
  try {
    return trustBundle(bundle);
  } catch {
    return '';
  }
}
