// The fields of the API whose part this version does not have. Setting one is told and never silently ignored.
// A field leaves this list in the change that builds its part.

import type { DefaultedNiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import type { Finding } from './plan/steps.ts';

type Spec = DefaultedNiFiClusterSpec;

const unsupported: Readonly<Record<string, (spec: Spec) => boolean>> = {
  'spec.auth': ({ auth }) => auth !== undefined && Object.keys(auth).length > 0,
  'spec.access': ({ access }) =>
    Boolean(access.admins?.length || access.readers?.length || access.operators?.length || access.strict),
  'spec.monitoring.enabled': ({ monitoring }) => monitoring.enabled,
};

/** Fields about restarts and removals, which this version refuses anyway: without effect, and so no reason to wait. */
const withoutEffect: Readonly<Record<string, (spec: Spec) => boolean>> = {
  'spec.rollout.progressDeadline': ({ rollout }) => rollout.progressDeadline !== '70m',
  'spec.decommissioning.offloadTimeout': ({ decommissioning }) => decommissioning.offloadTimeout !== '30m',
  'spec.volumeRetention.whenDecommissioned': ({ volumeRetention }) => volumeRetention.whenDecommissioned !== 'Delete',
};

export function unsupportedFields(spec: Spec): readonly Finding[] {
  const [missing, idle] = [named(unsupported, spec), named(withoutEffect, spec)];
  const part = `This version has no part for ${missing}: take it out; the rest of the spec is carried out`;
  const effect = `This version does nothing with ${idle}: it neither restarts running nodes nor takes nodes out`;
  return [
    ...(missing === '' ? [] : [{ reason: 'FieldNotSupported', message: part, effect: 'blocks' } as const]),
    ...(idle === '' ? [] : [{ reason: 'FieldNotSupported', message: effect, effect: 'notes' } as const]),
  ];
}

function named(fields: typeof unsupported, spec: Spec): string {
  return Object.entries(fields)
    .filter(([, isSet]) => isSet(spec))
    .map(([field]) => field)
    .join(', ');
}
