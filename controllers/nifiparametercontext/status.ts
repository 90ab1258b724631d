// What is told of a parameter context, out of what NiFi last said of it and how the last update went. Pure.

import type {
  DefaultedNiFiParameterContext,
  NiFiParameterContextStatus,
  ParameterUpdate,
} from '../../api/v1/zz_generated.nifiparametercontext.ts';
import type { ParameterContext } from '../../pkg/nifi/endpoints/parameter-contexts.ts';
import type { TaskState } from '../../pkg/nifi/types.ts';
import { stalled, type Verdict } from '../nifi/verdict.ts';
import type { ContextInNiFi, ContextWish } from './plan/plan.ts';

/** What is reported beside the conditions. */
export type ContextFacts = Pick<NiFiParameterContextStatus, 'id' | 'observedVersion' | 'parameters' | 'lastRequest'>;

const longestMessage = 4096;

export function factsOf({ id, revision, parameters }: ParameterContext): ContextFacts {
  return { id, observedVersion: String(revision.version), parameters: parameters.length };
}

/** What is told already. */
export function factsIn({ status }: DefaultedNiFiParameterContext): ContextFacts {
  const { id, observedVersion, parameters, lastRequest } = status ?? {};
  return {
    ...(id && { id }),
    ...(observedVersion && { observedVersion }),
    ...(parameters !== undefined && { parameters }),
    ...(lastRequest && { lastRequest }),
  };
}

/** What to tell of the last update, given what is told; a time that is told stays as long as it is about the same update. */
export function requestAfter(
  told: ParameterUpdate | undefined,
  state: TaskState | undefined,
  now: Date,
): ParameterUpdate | undefined {
  const begun = told?.state === 'Running' && told.startedAt !== undefined ? told.startedAt : now.toISOString();
  // Nothing has been asked of NiFi while the task waits.
  if (state?.state === 'running') return state.waitingFor === undefined ? { startedAt: begun, state: 'Running' } : told;
  if (state?.state === 'failed') {
    const message = state.error.slice(0, longestMessage);
    return told?.state === 'Failed' && told.message === message ? told : { startedAt: begun, state: 'Failed', message };
  }
  return told?.state === 'Running' ? { startedAt: begun, state: 'Succeeded' } : told;
}

export const readiness: Verdict = { is: 'Ready', reason: 'Ready', message: 'the context is in NiFi as the spec asks' };

export function nameConflict({ name, adopt }: ContextWish, { id }: ContextInNiFi): Verdict {
  const whose = adopt
    ? 'that another NiFiParameterContext made, or beside the one of this object'
    : 'that somebody else made';
  const mend = `remove or rename it, give spec.displayName${adopt ? '' : ', or take it over with spec.adopt'}`;
  return stalled('NameConflict', `NiFi has another parameter context ${name} (${id}) ${whose}: ${mend}`);
}
