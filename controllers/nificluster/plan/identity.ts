// Which certificates to issue: for the operator and for every node, from the cluster's own authority or from
// cert-manager. NiFi reloads them, so a certificate may be replaced at any time and restarts nothing.
// An authority that vanished is never replaced silently: nodes that trust the old one would refuse the new ones.

import { caSecretName } from '../../../api/v1/labels.ts';
import { planAuthority } from './authority.ts';
import { planCertManager } from './cert-manager.ts';
import type { PlanInput } from './input.ts';
import { metricsRemoval } from './monitoring.ts';
import { planOwnAgain } from './own-again.ts';
import { isDue, issuing, requests } from './requests.ts';
import type { CertificateRequest, ClusterStep, Finding, NodeStep } from './steps.ts';
import type { ObservedSecret } from './world.ts';

export interface IdentityPlan {
  readonly cluster: readonly ClusterStep[];
  readonly nodes: ReadonlyMap<number, readonly NodeStep[]>;
  readonly findings: readonly Finding[];
}

export function planIdentity(input: PlanInput, ids: readonly number[]): IdentityPlan {
  const plan = identityOf(input, ids);
  return { ...plan, cluster: [...plan.cluster, ...metricsRemoval(input)] };
}

function identityOf(input: PlanInput, ids: readonly number[]): IdentityPlan {
  if (input.cluster.spec.transport === 'InsecureHTTP') return { cluster: [], nodes: new Map(), findings: [] };
  if (input.cluster.spec.tls !== undefined) return planCertManager(input, ids);
  return planOwnAgain(input, ids) ?? ownAuthority(input, ids);
}

function ownAuthority(input: PlanInput, ids: readonly number[]): IdentityPlan {
  const { cluster, world } = input;
  const name = caSecretName(cluster.name);
  const authority = world.secrets.get(name);
  // What nobody owns is what cert-manager left of an earlier cluster: that authority's certificates are replaced.
  const issued = [...world.secrets.values()].some(
    (secret) => secret.certificate !== undefined && secret.name !== name && secret.ownerUid === cluster.uid,
  );
  if (authority === undefined && issued) return { cluster: [], nodes: new Map(), findings: [authorityMissing(name)] };

  const wanted = requests(input, ids);
  const change = planAuthority(input, authority, wanted);
  const anew = wanted
    .filter((one) => one.secret === change.turn || isNotServing(input, one, authority))
    .map((one) => ({ ...one, issuer: change.issuer }));
  const { cluster: shared, nodes } = issuing(anew);
  const names = new Set(anew.map(({ secret }) => secret));
  return {
    cluster: [
      ...(authority === undefined ? [{ kind: 'CreateAuthority', name } as const] : []),
      // One that is issued anew is told whom to trust in the same write.
      ...change.steps.filter((step) => step.kind !== 'TrustAuthorities' || !names.has(step.name)),
      ...shared,
    ],
    nodes,
    findings: change.findings,
  };
}

function authorityMissing(name: string): Finding {
  return {
    reason: 'CertificateAuthorityMissing',
    message:
      `Secret ${name}, the authority that issued this cluster's certificates, is gone: restore it. ` +
      'Nothing stops as long as the present certificates are valid, but no certificate can be issued or renewed',
    effect: 'blocks',
  };
}

/** It is due, or of an authority that is none of the cluster's. */
function isNotServing(input: PlanInput, wanted: CertificateRequest, authority: ObservedSecret | undefined): boolean {
  const present = input.world.secrets.get(wanted.secret);
  const known = [authority?.certificate, authority?.next].flatMap((one) => one?.fingerprint256 ?? []);
  const foreign =
    known.length > 0 && present?.certificate !== undefined && !present.trusts.some((one) => known.includes(one));
  return foreign || isOfAnother(present, authority) || isDue(input, wanted);
}

/** As in a Secret that was restored as it was before the authority was replaced. */
function isOfAnother(present: ObservedSecret | undefined, authority: ObservedSecret | undefined): boolean {
  const keys = [authority?.certificate, authority?.next].flatMap((one) => one?.subjectKeyId ?? []);
  const issuer = present?.certificate?.issuerKeyId;
  return keys.length > 0 && issuer !== undefined && !keys.includes(issuer);
}
