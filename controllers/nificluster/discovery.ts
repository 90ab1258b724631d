// Whether the OIDC provider answers, asked through the gateway's background tasks. NiFi does not start without it, so it is
// asked while a node may have to start: whenever one is not as the spec asks, and not once all are.

import type { Gateway } from '../../pkg/nifi/gateway.ts';
import { discover, discovered } from '../../pkg/nifi/tasks/discovery.ts';
import type { SignIn } from './build/config/sign-in.ts';
import type { Discovery, PlanInput } from './plan/input.ts';
import type { Finding } from './plan/steps.ts';
import { isReadable } from './plan/world.ts';

type Known = Pick<PlanInput, 'cluster' | 'world' | 'desired'>;

/** Undefined where nobody needs to ask. */
export function discoveryOf(
  gateway: Pick<Gateway, 'run'>,
  signIn: SignIn | undefined,
  known: Known,
): Discovery | undefined {
  if (signIn?.kind !== 'Oidc' || !mayStart(known)) return undefined;
  const outcome = discovered(gateway.run(discover({ url: signIn.discoveryUrl, authorities: signIn.authorities })));
  if (outcome === undefined) return { state: 'asking' };
  return outcome === 'answers' ? { state: 'answers' } : { state: 'fails', ...outcome };
}

/** Said before anything is restarted, and also where nothing has to be. */
export function discoveryFindings(signIn: SignIn | undefined, discovery: Discovery | undefined): readonly Finding[] {
  if (signIn?.kind !== 'Oidc' || discovery?.state !== 'fails') return [];
  const next = discovery.answered
    ? 'No node is restarted until it does better'
    : 'One node is tried first, in case only the operator cannot reach it, and of a single node none';
  const message = `NiFi would not start: ${signIn.discoveryUrl} (spec.auth.oidc.discoveryUrl) ${discovery.because}. ${next}`;
  return [{ reason: 'DiscoveryFailed', message, effect: 'blocks' }];
}

function mayStart({ cluster, world, desired }: Known): boolean {
  return cluster.members.some((id) => {
    const record = world.records.get(id);
    return !isReadable(record) || record.inputs !== desired.get(id)?.inputs || world.pods.get(id)?.ready !== true;
  });
}
