// Whether a flow runs as asked: its services first, then its components. Pure.
// It runs after every change, because a change that was cut short leaves stopped what NiFi had stopped for it.
// Surprise: NiFi starts what is valid and passes over the rest in silence, and takes the wish to enable an invalid service and never
// ends it; so only services that are valid are asked for, and what is invalid is told in the status.

import { working } from '../../nifi/verdict.ts';
import { mends, type Situation } from './situation.ts';
import { type Check, type FlowStep, firstOf, wait } from './world.ts';

export const running: Check<Situation> = (situation) => {
  if (!mends(situation)) return undefined;
  return situation.wish.state === 'Stopped' ? stopped(situation) : firstOf([unread, serving, started], situation);
};

function stopped({ group }: Situation): FlowStep | undefined {
  return group.counts.running > 0 ? { kind: 'Stop', id: group.id } : undefined;
}

/** A disabled service shows as invalid components that use it. */
const unread: Check<Situation> = ({ group, world }) =>
  world.services === undefined && group.counts.stopped + group.counts.invalid > 0
    ? { kind: 'Look', id: group.id }
    : undefined;

const serving: Check<Situation> = ({ group, world }) => {
  const services = world.services ?? [];
  if (services.some(({ state, validationStatus }) => state === 'DISABLED' && validationStatus === 'VALID'))
    return { kind: 'EnableServices', id: group.id };
  const pending = services.find(
    ({ state, validationStatus }) =>
      validationStatus === 'VALIDATING' || (validationStatus === 'VALID' && state !== 'ENABLED'),
  );
  return pending && wait(working('Applying', `the controller service ${pending.name} is being enabled in NiFi`));
};

const started: Check<Situation> = ({ group }) =>
  group.counts.stopped > 0 ? { kind: 'Start', id: group.id } : undefined;
