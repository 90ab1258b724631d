// The fields of the API whose part this version does not have. Setting one is told and never silently ignored.
// A field leaves this list in the change that builds its part.

import type { DefaultedNiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import type { Finding } from './plan/steps.ts';

type Spec = DefaultedNiFiClusterSpec;

const unsupported: Readonly<Record<string, (spec: Spec) => boolean>> = {
  'spec.auth.ldap.clientCertificateSecretRef': ({ auth }) => auth?.ldap?.clientCertificateSecretRef !== undefined,
};

export function unsupportedFields(spec: Spec): readonly Finding[] {
  const fields = Object.entries(unsupported)
    .filter(([, isSet]) => isSet(spec))
    .map(([field]) => field);
  if (fields.length === 0) return [];
  const message = `This version has no part for ${fields.join(', ')}: take it out; the rest of the spec is carried out`;
  return [{ reason: 'FieldNotSupported', message, effect: 'blocks' }];
}
