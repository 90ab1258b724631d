// What is told of a registry client, out of what NiFi last said of it. Pure.

import type {
  DefaultedNiFiRegistryClient,
  NiFiRegistryClientStatus,
} from '../../api/v1/zz_generated.nifiregistryclient.ts';
import type { RegistryClient } from '../../pkg/nifi/endpoints/registry-clients.ts';
import { stalled, type Verdict } from '../nifi/verdict.ts';
import type { ClientWish } from './plan/plan.ts';

/** What is reported beside the conditions. */
export type ClientFacts = Pick<NiFiRegistryClientStatus, 'id' | 'type' | 'observedVersion'>;

export function factsOf({ id, type, revision }: RegistryClient): ClientFacts {
  return { id, type, observedVersion: String(revision.version) };
}

/** What is told already. */
export function factsIn({ status }: DefaultedNiFiRegistryClient): ClientFacts {
  const { id, type, observedVersion } = status ?? {};
  return { ...(id && { id }), ...(type && { type }), ...(observedVersion && { observedVersion }) };
}

/** Of a client that has the name, the class and the properties that the spec asks for. */
export function readiness({ validationStatus, validationErrors }: RegistryClient): Verdict {
  if (validationStatus === 'INVALID') {
    return stalled('InvalidInNiFi', `NiFi calls the client invalid: ${validationErrors.slice(0, 5).join('; ')}`);
  }
  return { is: 'Ready', reason: 'Ready', message: 'the client is in NiFi as the spec asks' };
}

export function nameConflict({ name }: ClientWish, { id }: RegistryClient): Verdict {
  return stalled(
    'NameConflict',
    `NiFi has another registry client ${name} (${id}) that somebody else made: remove or rename it, or give spec.displayName`,
  );
}
