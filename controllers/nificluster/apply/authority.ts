// The cluster's own authority and its certificates: made here, because making them takes randomness, which plans do not have.
// Each step is one write of one Secret: a crash before it leaves nothing, a crash after it finds it by its name; so an
// authority that signed something is never made twice, and none signs before its key is in the cluster.

import { clusterLabels, nodeLabels } from '../../../api/v1/labels.ts';
import { type Secret, secrets as secretType } from '../../../pkg/kube/resources.ts';
import { trustBundle } from '../../../pkg/pki/pem.ts';
import { operatorCommonName } from '../build/config/identities.ts';
import { clusterOwner } from '../build/resources/owner.ts';
import { encoded } from '../build/secret-data.ts';
import type { CertificateRequest, ClusterStep } from '../plan/steps.ts';
import { decode, nextAuthority } from '../projections.ts';
import { type ApplyContext, createOwn, nodeEvent, ownedBy, ownerKey, written } from './context.ts';
import { bundleFrom, takenFrom, takeover } from './taken.ts';

const authorityDays = 3650;
const certificateDays = 90;

interface Signer {
  readonly certPem: string;
  readonly keyPem: string;
}

export interface Authority extends Signer {
  /** The one to follow, while this one is being replaced. */
  readonly next: Signer | undefined;
}

/** The authority's Secret as the cache has it, or as it was created a moment ago. */
export function knownAuthority(context: ApplyContext, name: string): Authority | undefined {
  const data = context.world.secrets.get(name)?.data;
  return data && authorityIn(data);
}

function authorityIn(data: Readonly<Record<string, string>>): Authority {
  const [certPem, keyPem, nextCertPem, nextKeyPem] = [
    'tls.crt',
    'tls.key',
    nextAuthority.certificate,
    nextAuthority.key,
  ].map((key) => decode(data[key] ?? ''));
  const next = nextCertPem && nextKeyPem ? { certPem: nextCertPem, keyPem: nextKeyPem } : undefined;
  return { certPem: certPem ?? '', keyPem: keyPem ?? '', next };
}

/** What everybody is to trust now. */
function bundleOf({ certPem, next }: Authority): string {
  return trustBundle(certPem, next?.certPem ?? '');
}

export async function createAuthority(context: ApplyContext, name: string): Promise<Authority> {
  const { cluster, now } = context;
  const commonName = `${cluster.name} CA`.slice(0, 64);
  // Loaded when something is to be issued: an operator whose clusters have their certificates goes without it.
  const { createCertificateAuthority } = await import('../../../pkg/pki/issue.ts');
  const { certPem, keyPem } = await createCertificateAuthority({ commonName, now, validForDays: authorityDays });
  const secret = ownSecret(context, name, 'kubernetes.io/tls', {
    'tls.crt': certPem,
    'tls.key': keyPem,
    'ca.crt': certPem,
  });
  const { object, created } = await createOwn(context, secretType, secret, ownedBy(cluster));
  if (created)
    context.event('Normal', 'CertificateAuthorityCreated', `Created the certificate authority in Secret ${name}`);
  return authorityIn(object.data ?? {});
}

/**
 * Puts the certificate into its Secret, issued or taken from where it lies, new or replaced under the optimistic lock of what
 * the plan saw. Without an authority that it takes, creating that failed a moment ago, and that failure brings us back.
 */
export async function issueInto(
  context: ApplyContext,
  request: CertificateRequest,
  authority: Authority | undefined,
): Promise<void> {
  const issued = request.copies ? await takenFrom(context, request.copies) : await signed(context, request, authority);
  const bundle = request.authorities
    ? await bundleFrom(context, request.authorities)
    : authority && bundleOf(authority);
  if (issued === undefined || bundle === undefined) return;
  const data = { 'tls.crt': issued.certPem, 'tls.key': issued.keyPem, 'ca.crt': bundle };
  if (request.replaces === undefined) {
    const secret = ownSecret(context, request.secret, 'kubernetes.io/tls', data, request.node);
    const { created } = await createOwn(context, secretType, secret, ownedBy(context.cluster));
    if (created)
      nodeEvent(context, request.node, 'CertificateIssued', `Issued the certificate in Secret ${request.secret}`);
    return;
  }
  const patch = { data: encoded(data), ...takeover(context, request.secret) };
  const key = { namespace: context.cluster.namespace, name: request.secret };
  written(context, secretType, await context.client.patch<Secret>(secretType, key, patch, request.replaces));
  context.event(
    'Normal',
    'CertificateRenewed',
    `Replaced the certificate in Secret ${request.secret}: no node restarts for it`,
  );
}

async function signed(
  { now }: ApplyContext,
  { issuer, commonName, dnsNames, usages }: CertificateRequest,
  authority: Authority | undefined,
): Promise<Signer | undefined> {
  if (authority === undefined) return undefined;
  const { issueCertificate } = await import('../../../pkg/pki/issue.ts');
  const ca = issuer === 'next' ? (authority.next ?? authority) : authority;
  return await issueCertificate({ ca, commonName, dnsNames, usages, now, validForDays: certificateDays });
}

type AuthorityStep = Extract<
  ClusterStep,
  { kind: 'PrepareAuthority' | 'TrustAuthorities' | 'PromoteAuthority' | 'ProveAuthority' }
>;

/**
 * One write of one Secret, under the lock of what the plan saw. The new key is in the cluster before anything is signed with it, and
 * the old one goes in the write that makes the new one the only one: a crash before or after any of them is a state of the plan.
 */
export async function changeAuthority(
  context: ApplyContext,
  step: AuthorityStep,
  authority: Authority | undefined,
): Promise<void> {
  const data = await authorityData(context, step, authority);
  if (data === undefined) return;
  const key = { ...ownerKey(context), name: step.name };
  const { resourceVersion } = step;
  written(context, secretType, await context.client.patch<Secret>(secretType, key, { data }, { resourceVersion }));
  if (step.kind === 'PrepareAuthority') {
    const note = `Made a new certificate authority in Secret ${step.name}, to replace the present one: ${step.note}`;
    context.event('Normal', 'CertificateAuthorityPrepared', note);
  }
  if (step.kind === 'PromoteAuthority') {
    const note = `The new certificate authority in Secret ${step.name} is the only one now: no node restarted for it`;
    context.event('Normal', 'CertificateAuthorityReplaced', note);
  }
}

/** A merge patch: null takes a key away. Undefined: there is nothing to make it of, the plan was made with another Secret. */
async function authorityData(
  context: ApplyContext,
  step: AuthorityStep,
  authority: Authority | undefined,
): Promise<Readonly<Record<string, string | null>> | undefined> {
  if (step.kind === 'PrepareAuthority') return encoded(await freshAuthority(context));
  if (step.kind === 'TrustAuthorities') {
    if (step.authorities !== undefined) return encoded({ 'ca.crt': await bundleFrom(context, step.authorities) });
    return authority && encoded({ 'ca.crt': bundleOf(authority) });
  }
  if (step.kind === 'ProveAuthority') return authority && encoded(await probeOf(context, authority.next ?? authority));
  if (authority?.next === undefined) return undefined;
  const { certPem, keyPem } = authority.next;
  return {
    ...encoded({ 'tls.crt': certPem, 'tls.key': keyPem, 'ca.crt': certPem }),
    ...Object.fromEntries(Object.values(nextAuthority).map((key) => [key, null])),
  };
}

/** Its name has the time in it: verifiers that look for an issuer by its name find one only. */
async function freshAuthority(context: ApplyContext): Promise<Readonly<Record<string, string>>> {
  const { cluster, now } = context;
  const { createCertificateAuthority } = await import('../../../pkg/pki/issue.ts');
  const suffix = ` CA ${now.toISOString().slice(0, 19)}Z`;
  const commonName = `${cluster.name.slice(0, 64 - suffix.length)}${suffix}`;
  const ca = await createCertificateAuthority({ commonName, now, validForDays: authorityDays });
  const probe = await probeOf(context, ca);
  return { [nextAuthority.certificate]: ca.certPem, [nextAuthority.key]: ca.keyPem, ...probe };
}

/** It lives as long as the authority, in the same Secret: who reads that may sign whatever he likes. */
async function probeOf({ cluster, now }: ApplyContext, ca: Signer): Promise<Readonly<Record<string, string>>> {
  const { issueCertificate } = await import('../../../pkg/pki/issue.ts');
  const probe = await issueCertificate({
    ca,
    commonName: operatorCommonName(cluster.name, cluster.namespace),
    dnsNames: [],
    usages: ['client'],
    now,
    validForDays: authorityDays,
  });
  return { [nextAuthority.probeCertificate]: probe.certPem, [nextAuthority.probeKey]: probe.keyPem };
}

function ownSecret(
  { cluster }: ApplyContext,
  name: string,
  type: string,
  data: Readonly<Record<string, string>>,
  node?: number,
): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace: cluster.namespace,
      labels:
        node === undefined ? clusterLabels(cluster.name, 'certificate') : nodeLabels(cluster.name, node, 'certificate'),
      ownerReferences: [clusterOwner(cluster)],
    },
    type,
    data: encoded(data),
  };
}
