// Certificates and authorities that are taken from Secrets of this cluster instead of being made. They are read when they are
// written: keys of nodes never stay in memory. What is not there as the plan saw it ends the step, and the event of whatever
// changed plans again.

import { type Secret, secrets } from '../../../pkg/kube/resources.ts';
import { inspectCertificate } from '../../../pkg/pki/inspect.ts';
import { splitPem, trustBundle } from '../../../pkg/pki/pem.ts';
import { clusterOwner } from '../build/resources/owner.ts';
import type { Authorities, CertificateRequest } from '../plan/steps.ts';
import { decode, nextAuthority } from '../projections.ts';
import { type ApplyContext, OutdatedError, ownerKey } from './context.ts';

/** Certificate and key, PEM, as the other Secret holds them. Throws OutdatedError when it holds others by now. */
export async function takenFrom(
  context: ApplyContext,
  { secret, fingerprint }: NonNullable<CertificateRequest['copies']>,
): Promise<{ readonly certPem: string; readonly keyPem: string }> {
  const { data = {} } = (await read(context, secret)) ?? {};
  const [certPem = '', keyPem = ''] = ['tls.crt', 'tls.key'].map((file) => decode(data[file] ?? ''));
  if (splitPem(certPem).length === 0 || inspectCertificate(certPem).fingerprint256 !== fingerprint || keyPem === '')
    throw new OutdatedError(`Secret ${secret} does not hold the certificate that was planned with`);
  return { certPem, keyPem };
}

/** One bundle of exactly these authorities, in this order. Throws OutdatedError when one is in none of the Secrets. */
export async function bundleFrom(
  context: ApplyContext,
  { fingerprints, secrets: names }: Authorities,
): Promise<string> {
  const read = await Promise.all(names.map((name) => authoritiesIn(context, name)));
  const known = new Map(read.flat().map((pem) => [inspectCertificate(pem).fingerprint256, pem]));
  const pems = fingerprints.map((one) => {
    const pem = known.get(one);
    if (pem === undefined) throw new OutdatedError(`no Secret of the cluster holds the authority ${one} any more`);
    return pem;
  });
  return trustBundle(...pems);
}

/** What makes a Secret that cert-manager wrote ours: only Certificates of an earlier version wrote it, and none does now. */
export function takeover({ world, cluster }: ApplyContext, name: string): object {
  const present = world.secrets.get(name);
  if (present === undefined || present.ownerUid === cluster.uid) return {};
  const annotations = Object.fromEntries(writtenByCertManager.map((key) => [`cert-manager.io/${key}`, null]));
  return { metadata: { annotations, ownerReferences: [clusterOwner(cluster)] } };
}

const writtenByCertManager = [
  'alt-names',
  'certificate-name',
  'common-name',
  'ip-sans',
  'issuer-group',
  'issuer-kind',
  'issuer-name',
  'uri-sans',
] as const;

async function authoritiesIn(context: ApplyContext, name: string): Promise<readonly string[]> {
  const { data = {} } = (await read(context, name)) ?? {};
  return ['ca.crt', nextAuthority.certificate].flatMap((file) => splitPem(decode(data[file] ?? '')));
}

async function read(context: ApplyContext, name: string): Promise<Secret | undefined> {
  return await context.client.get(secrets, { ...ownerKey(context), name });
}
