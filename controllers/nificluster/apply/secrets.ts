// Keys and certificates: made here, because making them takes randomness, which plans do not have.
// A Secret is created whole in one write. A crash before it leaves nothing, a crash after it finds it by its name;
// so a key that something was encrypted with, or an authority that signed something, is never made twice.

import { annotations, clusterLabels, nodeLabels, sensitiveKeySecretName } from '../../../api/v1/labels.ts';
import { type Secret, secrets as secretType } from '../../../pkg/kube/resources.ts';
import { clusterOwner } from '../build/resources/owner.ts';
import { encoded } from '../build/secret-data.ts';
import type { CertificateRequest, ClusterStep } from '../plan/steps.ts';
import { decode } from '../projections.ts';
import { type ApplyContext, createOwn, nodeEvent, ownedBy, ownerKey, written } from './context.ts';

const authorityDays = 3650;
const certificateDays = 90;

export interface Authority {
  readonly certPem: string;
  readonly keyPem: string;
}

/** The authority's Secret as the cache has it, or as it was created a moment ago. */
export function knownAuthority(context: ApplyContext, name: string): Authority | undefined {
  const data = context.world.secrets.get(name)?.data;
  return data && authorityIn(data);
}

function authorityIn(data: Readonly<Record<string, string>>): Authority {
  return { certPem: decode(data['tls.crt'] ?? ''), keyPem: decode(data['tls.key'] ?? '') };
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

/** Issues the certificate into its Secret, new or replaced under the optimistic lock of what the plan saw. */
export async function issueInto(
  context: ApplyContext,
  request: CertificateRequest,
  authority: Authority,
): Promise<void> {
  const { commonName, dnsNames, usages } = request;
  const { issueCertificate } = await import('../../../pkg/pki/issue.ts');
  const issued = await issueCertificate({
    ca: authority,
    commonName,
    dnsNames,
    usages,
    now: context.now,
    validForDays: certificateDays,
  });
  const data = { 'tls.crt': issued.certPem, 'tls.key': issued.keyPem, 'ca.crt': authority.certPem };
  if (request.replaces === undefined) {
    const secret = ownSecret(context, request.secret, 'kubernetes.io/tls', data, request.node);
    const { created } = await createOwn(context, secretType, secret, ownedBy(context.cluster));
    if (created)
      nodeEvent(context, request.node, 'CertificateIssued', `Issued the certificate in Secret ${request.secret}`);
    return;
  }
  const patch = { data: encoded(data) };
  const key = { namespace: context.cluster.namespace, name: request.secret };
  written(context, secretType, await context.client.patch<Secret>(secretType, key, patch, request.replaces));
  context.event(
    'Normal',
    'CertificateRenewed',
    `Replaced the certificate in Secret ${request.secret}: no node restarts for it`,
  );
}

type KeyStep = Extract<ClusterStep, { kind: 'CreateSensitiveKey' | 'AdoptSecret' }>;

/**
 * The key has no owner: it must outlive the cluster as long as there is a volume that was written with it.
 * False when one of ours was there that the cache did not show: what was planned was planned with another key.
 */
export async function applyKey(context: ApplyContext, step: KeyStep): Promise<boolean> {
  const { cluster } = context;
  const marked = { annotations: { [annotations.clusterUid]: cluster.uid } };
  if (step.kind === 'AdoptSecret') {
    const options = { resourceVersion: step.resourceVersion };
    written(
      context,
      secretType,
      await context.client.patch(secretType, { ...ownerKey(context), name: step.name }, { metadata: marked }, options),
    );
    context.event('Normal', 'SensitiveKeyAdopted', `Took back the sensitive properties key in Secret ${step.name}`);
    return true;
  }
  const secret: Secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: sensitiveKeySecretName(cluster.name),
      namespace: cluster.namespace,
      labels: clusterLabels(cluster.name, 'sensitive-key'),
      ...marked,
    },
    type: 'Opaque',
    data: encoded({ key: step.value }),
  };
  const isOurs = (live: Secret): boolean => live.metadata.annotations?.[annotations.clusterUid] === cluster.uid;
  const { object: live, created } = await createOwn(context, secretType, secret, isOurs);
  if (!created) await relabel(context, secret, live);
  if (created)
    context.event(
      'Normal',
      'SensitiveKeyCreated',
      `Created the sensitive properties key in Secret ${step.name}: back it up`,
    );
  return created;
}

/** Without its labels no cache shows it, and every reconcile would find it anew and stop here. */
async function relabel(context: ApplyContext, { metadata: { name, labels } }: Secret, live: Secret): Promise<void> {
  const missing = Object.entries(labels ?? {}).some(([key, value]) => live.metadata.labels?.[key] !== value);
  if (!missing) return;
  const patch = { metadata: { labels } };
  written(context, secretType, await context.client.patch(secretType, { ...ownerKey(context), name }, patch));
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
