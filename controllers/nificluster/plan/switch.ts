// Going over from one authority to another that is not ours to order: to cert-manager, back, to another issuer, or after one
// whose authority changed. At no moment do two of nodes and operator distrust each other: (1) every ca.crt names the authorities
// of all that is shown and of all that is offered; (2) when all that runs is convinced, certificates change one after another;
// (3) when none of a former authority is left, no ca.crt names it any more. See docs/adr/0005.
// It is told by the Secrets alone, so a crash after any write goes on. A certificate of the authority that its bearer has anyway
// is a renewal, and waits for nobody.
// Surprise: nothing names the former authority. Whatever is shown counts, so any number of changes may overlap.

import { sameNames } from '../../../pkg/pki/inspect.ts';
import { bearer, unconvinced } from './convincing.ts';
import { listed } from './gates.ts';
import type { PlanInput } from './input.ts';
import type { Authorities, CertificateRequest, ClusterStep, Finding } from './steps.ts';
import type { ObservedSecret, World } from './world.ts';

/** One certificate of the cluster: what its bearer shows and trusts, and what there is to take instead. */
export interface Slot {
  readonly wanted: CertificateRequest;
  readonly mounted: ObservedSecret | undefined;
  readonly offer: Offer | undefined;
}

export interface Offer {
  /** SHA-256 of the certificate; undefined: it is made when it is taken. */
  readonly fingerprint: string | undefined;
  /** Authorities that it leads to, and those that come with it, by fingerprint. */
  readonly anchors: readonly string[];
  readonly trusts: readonly string[];
}

export interface Switch {
  readonly steps: readonly ClusterStep[];
  /** What is offered to these is to be written into their Secrets now. */
  readonly take: readonly Slot[];
  readonly findings: readonly Finding[];
  /** Everybody shows what is offered, and trusts what goes with it and nothing else. */
  readonly settled: boolean;
  /** Authorities that count now: of all that is shown or offered. */
  readonly counting: readonly string[];
}

/** `probe`: authorities of which the client was that `world.convinced` speaks of; none while there is no such client. */
export function planSwitch(input: PlanInput, slots: readonly Slot[], probe: readonly string[], target: string): Switch {
  const needed = neededAuthorities(input, slots);
  return { counting: needed, ...nextOf(input, { slots, probe, target, needed }) };
}

interface Scene {
  readonly slots: readonly Slot[];
  readonly probe: readonly string[];
  readonly target: string;
  readonly needed: readonly string[];
}

function nextOf(input: PlanInput, { slots, probe, target, needed }: Scene): Omit<Switch, 'counting'> {
  const renewed = slots.filter((slot) => isRenewal(slot, input.cluster.uid));
  const missing = slots.filter(({ mounted, offer }) => offer !== undefined && mounted?.certificate === undefined);
  const foreign = slots.filter(isForeign);
  const present = slots.filter(({ mounted }) => mounted?.certificate !== undefined);
  const isExact = present.every(({ mounted }) => sameNames(mounted?.trusts ?? [], needed));
  // Nothing is written for nodes that sleep, so nobody may go ahead of them.
  if (input.cluster.members.length === 0) return { steps: [], take: renewed, findings: [], settled: false };
  if (isExact && foreign.length === 0)
    return { steps: [], take: [...renewed, ...missing], findings: [], settled: slots.every(({ offer }) => offer) };

  const untold = present.filter(({ mounted }) => !needed.every((one) => mounted?.trusts.includes(one)));
  const steps = untold.map((slot) => trusting(input.world, slot, widened(slot, needed)));
  // Where all that is shown is past its end, there is nobody left to cut off.
  const anyValid = present.some(({ mounted }) => isValid(input, mounted));
  const waiting = anyValid
    ? unconvinced(
        input,
        slots.map(({ wanted }) => wanted),
      )
    : [];
  const isTried = ({ offer }: Slot): boolean => shareAny(offer?.anchors, probe);
  const tell = (whom: readonly string[]): readonly Finding[] => [changing(foreign, slots, target, whom)];
  if (untold.length > 0) return { steps, take: renewed, findings: tell(untold.map(nameOf)), settled: false };

  // One without a Secret cannot be convinced before it has one: it must trust both, and the others the new one.
  const lacking = new Set(missing.map(({ wanted }) => wanted.node));
  const forMissing = waiting.every((id) => lacking.has(id)) ? missing.filter(isTried) : [];
  if (waiting.length > 0)
    return {
      steps,
      take: [...renewed, ...forMissing],
      findings: tell(waiting.map((node) => bearer({ node }))),
      settled: false,
    };

  const turn = foreign.filter(isTried).slice(0, 1);
  const last = foreign.length === 0 ? present.filter(({ mounted }) => !sameNames(mounted?.trusts ?? [], needed)) : [];
  // One that is written anew in this pass is told afterwards, from what is there then.
  const dropped = last.filter((slot) => !renewed.includes(slot)).map((slot) => trusting(input.world, slot, needed));
  return { steps: dropped, take: [...renewed, ...forMissing, ...turn], findings: tell([]), settled: false };
}

/** The request for what is offered: with everything to trust besides that its bearer trusts now or will have to. */
export function taking(input: PlanInput, slots: readonly Slot[], slot: Slot): CertificateRequest {
  const fingerprints = widened(slot, neededAuthorities(input, slots));
  return { ...slot.wanted, authorities: found(input.world, fingerprints) };
}

/** Authorities of all that is shown and may be valid, and of all that is offered. */
function neededAuthorities(input: PlanInput, slots: readonly Slot[]): readonly string[] {
  const shown = slots.flatMap(({ mounted }) => (isValid(input, mounted) ? (mounted?.anchors ?? []) : []));
  return [...new Set([...shown, ...slots.flatMap(({ offer }) => offer?.trusts ?? [])])];
}

function isValid({ now }: PlanInput, secret: ObservedSecret | undefined): boolean {
  return secret?.certificate !== undefined && secret.certificate.notAfter > now;
}

function widened({ mounted }: Slot, needed: readonly string[]): readonly string[] {
  return [...new Set([...(mounted?.trusts ?? []), ...needed])];
}

/** Its bearer has another certificate of the same authority already, or the same in a Secret that is not ours yet. */
function isRenewal({ mounted, offer }: Slot, clusterUid: string): boolean {
  if (offer === undefined || mounted?.certificate === undefined || !shareAny(mounted.anchors, offer.anchors))
    return false;
  return mounted.certificate.fingerprint256 !== offer.fingerprint || mounted.ownerUid !== clusterUid;
}

export function isForeign({ mounted, offer }: Slot): boolean {
  return offer !== undefined && mounted?.certificate !== undefined && !shareAny(mounted.anchors, offer.anchors);
}

export function shareAny(some: readonly string[] = [], others: readonly string[] = []): boolean {
  return some.some((one) => others.includes(one));
}

function trusting(world: World, { wanted, mounted }: Slot, fingerprints: readonly string[]): ClusterStep {
  const { resourceVersion = '' } = mounted ?? {};
  return { kind: 'TrustAuthorities', name: wanted.secret, resourceVersion, authorities: found(world, fingerprints) };
}

/** In which Secrets the certificates of these authorities are: one for each, as few as it happens to be. */
function found(world: World, fingerprints: readonly string[]): Authorities {
  const secrets = [...world.secrets.values()];
  const holders = fingerprints.flatMap((one) => {
    const holder = secrets.find(
      ({ trusts, next, certificate }) =>
        trusts.includes(one) || next?.fingerprint256 === one || certificate?.fingerprint256 === one,
    );
    return holder === undefined ? [] : [holder.name];
  });
  return { fingerprints, secrets: [...new Set(holders)] };
}

function nameOf({ wanted }: Slot): string {
  return bearer(wanted);
}

function changing(
  foreign: readonly Slot[],
  slots: readonly Slot[],
  target: string,
  waiting: readonly string[],
): Finding {
  const done = slots.filter(({ mounted, offer }) => shareAny(mounted?.anchors, offer?.anchors)).length;
  const begun =
    done === 0 ? 'step 1 of 3, everybody is told to trust both' : `step 2 of 3, ${done} of ${slots.length} have theirs`;
  const step = foreign.length === 0 ? 'step 3 of 3, what nobody shows any more is trusted no more' : begun;
  const whom = waiting.length === 0 ? '' : `. Waiting until ${listed(waiting)} runs with what its Secret holds`;
  const message = `Certificates change to those of ${target}, no node restarts for it: ${step}${whom}`;
  return { reason: 'CertificateAuthorityChanging', message, effect: 'waits' };
}
