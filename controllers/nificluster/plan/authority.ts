// Replacing the cluster's own authority while the cluster runs, so that at no moment two of nodes and operator distrust
// each other. Three steps, each told by what the Secrets hold: (1) a new authority lies next to the present one and every
// ca.crt names both; (2) when all that runs is convinced of it, certificates are issued by it, one after another; (3) when
// none of the former is left, the Secret holds the new one alone, and then every ca.crt too. See docs/adr/0005.
// A crash after any write goes on from the Secrets. A node without a Pod counts for nothing: its next one reads its Secret,
// which names both from (1) on, and only the new one when nobody shows a certificate of the former any more.
// Surprise: a certificate that is missing in (1) still comes from the present authority, since everybody trusts that one.

import { madeAtMs, renewalDue, sameNames } from '../../../pkg/pki/inspect.ts';
import type { CertificateFacts } from '../../../pkg/pki/types.ts';
import { bearer, unconvinced } from './convincing.ts';
import { listed } from './gates.ts';
import type { PlanInput } from './input.ts';
import type { CertificateRequest, ClusterStep, Finding } from './steps.ts';
import type { ObservedSecret, World } from './world.ts';

export interface AuthorityPlan {
  readonly steps: readonly ClusterStep[];
  readonly findings: readonly Finding[];
  /** Who signs what has to be issued now. */
  readonly issuer: CertificateRequest['issuer'];
  /** Secret whose certificate is issued anew for the sake of the change; one at a time. */
  readonly turn: string | undefined;
}

const undisturbed: AuthorityPlan = { steps: [], findings: [], issuer: 'present', turn: undefined };

/** `wanted` are all certificates that the cluster has or should have, in the order in which they change. */
export function planAuthority(
  input: PlanInput,
  secret: ObservedSecret | undefined,
  wanted: readonly CertificateRequest[],
): AuthorityPlan {
  const { certificate: present, next } = secret ?? {};
  if (secret === undefined || present === undefined) return undisturbed;
  // Nothing is written for nodes that sleep, so nobody may go ahead of them.
  if (input.cluster.members.length === 0) return undisturbed;
  const steps = untold(input.world, [present, ...(next === undefined ? [] : [next])], wanted);
  if (next === undefined) return { ...undisturbed, steps: [...prepared(input, secret, present), ...steps] };

  const left = wanted.filter(({ secret: name }) => !isOf(next, input.world.secrets.get(name)));
  const waiting =
    steps.length > 0 ? wanted.filter((one) => isUntold(steps, one)).map(bearer) : unseen(input, present, wanted);
  if (waiting.length > 0) return { ...undisturbed, steps, findings: [changing(left.length, wanted, waiting)] };

  const turn = left.find(({ secret: name }) => input.world.secrets.has(name))?.secret;
  const { name, resourceVersion } = secret;
  const last: readonly ClusterStep[] = left.length === 0 ? [{ kind: 'PromoteAuthority', name, resourceVersion }] : [];
  return { steps: last, findings: [changing(left.length, wanted, [])], issuer: 'next', turn };
}

function prepared({ now }: PlanInput, secret: ObservedSecret, present: CertificateFacts): readonly ClusterStep[] {
  const { name, resourceVersion, renewRequestedAtMs: requested } = secret;
  // Certificates hold whole seconds: one that was made in the second of the request came after it.
  const asked =
    requested !== undefined && requested <= now.getTime() && madeAtMs(present) < Math.floor(requested / 1000) * 1000;
  if (!asked && !renewalDue(present, now)) return [];
  const note = asked ? 'as asked for on its Secret' : 'two thirds of its life are over';
  return [{ kind: 'PrepareAuthority', name, resourceVersion, note }];
}

/** Secrets whose ca.crt does not name exactly these; one that knows none of them is issued anew as a whole. */
function untold(
  world: World,
  authorities: readonly CertificateFacts[],
  wanted: readonly CertificateRequest[],
): readonly ClusterStep[] {
  const fingerprints = authorities.map(({ fingerprint256 }) => fingerprint256);
  return wanted.flatMap(({ secret: name }): readonly ClusterStep[] => {
    const secret = world.secrets.get(name);
    if (secret?.certificate === undefined || !secret.trusts.some((one) => fingerprints.includes(one))) return [];
    const same = sameNames(secret.trusts, fingerprints);
    return same ? [] : [{ kind: 'TrustAuthorities', name, resourceVersion: secret.resourceVersion }];
  });
}

function isUntold(steps: readonly ClusterStep[], { secret }: CertificateRequest): boolean {
  return steps.some((step) => step.kind === 'TrustAuthorities' && step.name === secret);
}

/** None when the former is past its end: what it signed is not valid any more, there is nobody left to cut off. */
function unseen(input: PlanInput, present: CertificateFacts, wanted: readonly CertificateRequest[]): readonly string[] {
  return present.notAfter <= input.now ? [] : unconvinced(input, wanted).map((node) => bearer({ node }));
}

function isOf(authority: CertificateFacts, secret: ObservedSecret | undefined): boolean {
  const issuer = secret?.certificate?.issuerKeyId;
  return issuer !== undefined && issuer === authority.subjectKeyId;
}

function changing(left: number, wanted: readonly CertificateRequest[], waiting: readonly string[]): Finding {
  const begun = left < wanted.length;
  const step = begun
    ? `step 2 of 3, ${wanted.length - left} of ${wanted.length} certificates are of the new one`
    : 'step 1 of 3, everybody is told to trust both';
  const whom = waiting.length === 0 ? '' : `. Waiting until ${listed(waiting)} runs with what its Secret holds`;
  const message = `The certificate authority is being replaced, no node restarts for it: ${step}${whom}`;
  return { reason: 'CertificateAuthorityChanging', message, effect: 'waits' };
}
