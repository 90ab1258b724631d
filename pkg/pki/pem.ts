// PEM files with several certificates: chains and bundles of trusted authorities.
// A bundle is what makes a change of authority possible without an outage: first every node trusts old and new,
// then the leaves are issued anew, then the old one leaves the bundle. Dropping it earlier cuts running nodes off.

import { X509Certificate } from 'node:crypto';

const certificatePattern = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** The certificates of a PEM text in their order, each with one newline at its end; keys and comments are left out. */
export function splitPem(text: string): string[] {
  return (text.match(certificatePattern) ?? []).map((block) => `${block.replaceAll('\r\n', '\n')}\n`);
}

/**
 * One bundle of the authorities given, in their order, each once: `trustBundle(new, old)`.
 * The text is the same for the same certificates, so that writing it again changes nothing.
 */
export function trustBundle(...pems: readonly string[]): string {
  const seen = new Map<string, string>();
  for (const pem of pems.flatMap((text) => splitPem(text))) {
    const { fingerprint256 } = new X509Certificate(pem);
    if (!seen.has(fingerprint256)) seen.set(fingerprint256, pem);
  }
  return [...seen.values()].join('');
}

/** Whether every certificate of `ca` is in the bundle. */
export function bundleContains(bundle: string, ca: string): boolean {
  const trusted = new Set(splitPem(bundle).map(fingerprint));
  const wanted = splitPem(ca).map(fingerprint);
  return wanted.length > 0 && wanted.every((one) => trusted.has(one));
}

/** Whether the leaf in `certPem` leads, over the chain behind it, to an authority of `bundle`. Dates are not looked at. */
export function chainsTo(certPem: string, bundle: string): boolean {
  return leadsTo(read(certPem), read(bundle));
}

/** SHA-256 fingerprints of those certificates of `bundle` that the leaf in `certPem` leads to. Dates are not looked at. */
export function anchorsOf(certPem: string, bundle: string): string[] {
  const leafAndChain = read(certPem);
  return read(bundle)
    .filter((root) => leadsTo(leafAndChain, [root]))
    .map(({ fingerprint256 }) => fingerprint256);
}

function read(pems: string): readonly X509Certificate[] {
  return splitPem(pems).map((pem) => new X509Certificate(pem));
}

function leadsTo([leaf, ...chain]: readonly X509Certificate[], roots: readonly X509Certificate[]): boolean {
  if (leaf === undefined) return false;
  let current = leaf;
  for (;;) {
    const subject = current;
    if (roots.some((root) => signed(root, subject))) return true;
    const next = chain.findIndex((candidate) => signed(candidate, subject));
    const [issuer] = next < 0 ? [] : chain.splice(next, 1);
    if (issuer === undefined) return false;
    current = issuer;
  }
}

export function isSelfSigned(pem: string): boolean {
  const certificate = new X509Certificate(pem);
  return signed(certificate, certificate);
}

function signed(issuer: X509Certificate, subject: X509Certificate): boolean {
  return subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
}

function fingerprint(pem: string): string {
  return new X509Certificate(pem).fingerprint256;
}
