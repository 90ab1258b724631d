// Certificates from cert-manager: a Certificate for each, which writes a Secret that nothing mounts. What it holds goes into the
// Secret that the Pod mounts once everybody trusts its authority; for a renewal that is at once. So cert-manager may change
// its authority whenever it likes, and never writes what the operator writes.
// As long as the cluster's own authority is what everybody trusts, it goes on issuing what is due: cert-manager may never deliver.

import { caSecretName, issuedSecretName } from '../../../api/v1/labels.ts';
import { type Certificate, type CertificateReadiness, certificateReadiness } from '../../../pkg/pki/certmanager.ts';
import { certificateObject } from '../build/resources/certificate.ts';
import type { ResolvedCluster } from '../resolved.ts';
import { covers } from './covers.ts';
import type { IdentityPlan } from './identity.ts';
import type { PlanInput } from './input.ts';
import { isDue, issuing, requests } from './requests.ts';
import type { CertificateRequest, ClusterStep, Finding, NodeStep } from './steps.ts';
import { isForeign, type Offer, planSwitch, type Slot, shareAny, taking } from './switch.ts';
import type { ObservedSecret } from './world.ts';

export function planCertManager(input: PlanInput, ids: readonly number[]): IdentityPlan {
  const { cluster, world } = input;
  const asked = requests(input, ids).map((wanted) => askedFor(input, wanted));
  const slots = asked.map(({ slot }) => slot);
  const { issuerRef } = cluster.spec.tls ?? {};
  const change = planSwitch(input, slots, slots[0]?.offer?.anchors ?? [], `${issuerRef?.kind} ${issuerRef?.name}`);
  const taken = change.take.map((slot) => ({ ...taking(input, slots, slot), copies: copiesOf(slot) }));
  const kept = slots.filter((slot) => !change.take.includes(slot)).flatMap((slot) => upkeep(input, slots, slot));
  const { cluster: shared, nodes } = issuing([...taken, ...kept]);
  const anew = new Set([...taken, ...kept].map(({ secret }) => secret));
  if (world.certManager !== true) {
    const trust = change.steps.filter((step) => step.kind !== 'TrustAuthorities' || !anew.has(step.name));
    return { cluster: [...trust, ...shared], nodes, findings: [issuerUnavailable()] };
  }
  const orders = asked.flatMap(({ orders: some }) => some);
  return {
    cluster: [
      ...orders.filter((step) => step.kind === 'ApplyShared'),
      // One that is written anew is told whom to trust in the same write.
      ...change.steps.filter((step) => step.kind !== 'TrustAuthorities' || !anew.has(step.name)),
      ...shared,
      ...outdatedProbe(input, slots),
      ...(change.settled ? formerAuthority(input, change.counting) : []),
    ],
    nodes: byNode([...orders.filter((step) => step.kind === 'ApplyForNode'), ...[...nodes.values()].flat()]),
    findings: [...change.findings, ...asked.flatMap(({ findings }) => findings)],
  };
}

function byNode(steps: readonly NodeStep[]): ReadonlyMap<number, readonly NodeStep[]> {
  return Map.groupBy(steps, ({ id }) => id);
}

interface Asked {
  readonly slot: Slot;
  readonly orders: readonly Extract<ClusterStep | NodeStep, { kind: 'ApplyShared' | 'ApplyForNode' }>[];
  readonly findings: readonly Finding[];
}

/** The Certificate for it, as it is and as it should be, and what cert-manager has made of it. */
function askedFor(input: PlanInput, wanted: CertificateRequest): Asked {
  const { cluster, world } = input;
  const object = certificateObject(cluster, wanted);
  const live = world.shared.get(`${object.kind}/${object.metadata.name}`);
  const isAsked = live !== undefined && covers(live, object);
  const { node } = wanted;
  const order =
    node === undefined
      ? ({ kind: 'ApplyShared', object } as const)
      : ({ kind: 'ApplyForNode', id: node, object } as const);
  const readiness = certificateReadiness(live as Certificate | undefined);
  const issued = world.secrets.get(issuedSecretName(wanted.secret));
  const isReady = isAsked && readiness.ready && issued?.certificate !== undefined;
  const offer = isReady ? offerIn(issued) : undefined;
  const mounted = world.secrets.get(wanted.secret);
  const findings = isReady ? (offer === undefined ? [untold(wanted)] : []) : [pending(cluster, wanted, readiness)];
  return { slot: { wanted, mounted, offer }, orders: isAsked ? [] : [order], findings };
}

function offerIn({ certificate, anchors, trusts }: ObservedSecret): Offer | undefined {
  if (certificate === undefined || anchors.length === 0) return undefined;
  return { fingerprint: certificate.fingerprint256, anchors, trusts };
}

function copiesOf({ wanted, offer }: Slot): NonNullable<CertificateRequest['copies']> {
  return { secret: issuedSecretName(wanted.secret), fingerprint: offer?.fingerprint ?? '' };
}

/** What the cluster's own authority still issues: where its certificate is due, and where none is and all trust it. */
function upkeep(input: PlanInput, slots: readonly Slot[], slot: Slot): readonly CertificateRequest[] {
  const own = input.world.secrets.get(caSecretName(input.cluster.name));
  const { mounted } = slot;
  if (input.cluster.members.length === 0 || !isDue(input, slot.wanted)) return [];
  const trusted = (mounted?.certificate === undefined ? slots[0]?.mounted : mounted)?.anchors ?? [];
  const [present, next] = [own?.certificate, own?.next].map(
    (one) => one !== undefined && trusted.includes(one.fingerprint256),
  );
  if (!present && !next) return [];
  return [{ ...taking(input, slots, slot), issuer: present ? 'present' : 'next' }];
}

/**
 * The operator's own certificate is what nodes are tried with. Where cert-manager has issued a newer one of another authority
 * to a node, the operator's is asked for again, by deleting the Secret that nobody reads: no order is given twice for the same.
 */
function outdatedProbe({ world }: PlanInput, slots: readonly Slot[]): readonly ClusterStep[] {
  const probe = slots.find(({ wanted }) => wanted.node === undefined);
  const issued = probe && world.secrets.get(issuedSecretName(probe.wanted.secret));
  if (probe?.offer === undefined || issued?.certificate === undefined) return [];
  const { name, uid, certificate } = issued;
  const isNewer = ({ wanted, mounted, offer }: Slot): boolean => {
    if (offer === undefined || shareAny(offer.anchors, probe.offer?.anchors)) return false;
    const made = world.secrets.get(issuedSecretName(wanted.secret))?.certificate?.notBefore;
    const isWaiting = mounted?.certificate === undefined || isForeign({ wanted, mounted, offer });
    return isWaiting && made !== undefined && made > certificate.notBefore;
  };
  return slots.some(isNewer) ? [{ kind: 'DeleteShared', object: { kind: 'Secret', name, uid } }] : [];
}

/** The key of an authority that nobody trusts any more is of use to nobody but a thief. An issuer may use that very one. */
function formerAuthority({ cluster, world }: PlanInput, counting: readonly string[]): readonly ClusterStep[] {
  const own = world.secrets.get(caSecretName(cluster.name));
  if (own === undefined || own.ownerUid !== cluster.uid || cluster.members.length === 0) return [];
  const keys = [own.certificate, own.next].flatMap((one) => one?.fingerprint256 ?? []);
  if (shareAny(keys, counting)) return [];
  return [{ kind: 'DeleteShared', object: { kind: 'Secret', name: own.name, uid: own.uid } }];
}

function issuerUnavailable(): Finding {
  const message =
    'spec.tls.issuerRef is given, but cert-manager is not installed in this Kubernetes cluster: install it. ' +
    'No certificate is asked for until then, nor ever by an operator that runs with --cert-manager=false';
  return { reason: 'IssuerUnavailable', message, effect: 'blocks' };
}

/** As issuers of public certificates do. */
function untold({ secret, node }: CertificateRequest): Finding {
  const message =
    `Secret ${issuedSecretName(secret)} has no ca.crt that its certificate leads to: the issuer of spec.tls.issuerRef does not ` +
    'tell its authority, so nodes could not know whom to trust. Take one that does, such as an issuer of the kind CA';
  return { reason: 'CertificateInvalid', message, effect: 'blocks', ...(node === undefined ? {} : { node }) };
}

/** The Certificate does not say what its issuer says: that is in the CertificateRequest. */
function pending(
  { spec }: ResolvedCluster,
  { secret, node }: CertificateRequest,
  readiness: CertificateReadiness,
): Finding {
  const said = readiness.ready ? 'it is issued, its Secret is not there yet' : readiness.message;
  const { kind, name } = spec.tls?.issuerRef ?? { kind: 'issuer', name: '' };
  const message =
    `Waiting for cert-manager to issue Certificate ${secret}: ${said}. If it lasts, see that ` +
    `${kind} ${name} of spec.tls.issuerRef exists and is ready; its words are in the CertificateRequests of this Certificate`;
  return { reason: 'CertificatePending', message, effect: 'waits', ...(node === undefined ? {} : { node }) };
}
