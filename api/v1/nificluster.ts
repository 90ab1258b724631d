// The kind NiFiCluster for code that reads and writes it: its resource type, and the decode boundary of a reconcile.
// An object that does not fit the schema (an older CRD, a hand-made store) becomes a list of problems here, and never a crash later.

import type { ResourceType } from '../../pkg/kube/types.ts';
import { applyDefaults } from '../../pkg/schema/defaults.ts';
import { rootSchema } from '../../pkg/schema/kind.ts';
import type { Json } from '../../pkg/schema/structural.ts';
import { type Validate, validatorOf } from '../../pkg/schema/validator.ts';
import { nifiCluster } from './nificluster.schema.ts';
import type { DefaultedNiFiCluster, NiFiCluster } from './zz_generated.nificluster.ts';

/** NiFiCluster for the Kubernetes client. */
export const nifiClusterType: ResourceType<DefaultedNiFiCluster> = {
  apiVersion: 'datadynamics.io/v1',
  kind: 'NiFiCluster',
  plural: 'nificlusters',
  namespaced: true,
};

export type Decoded =
  | { readonly ok: true; readonly cluster: DefaultedNiFiCluster }
  | { readonly ok: false; readonly problems: readonly string[] };

let validate: Validate | undefined;

/** Checks an object as the API server returned it. */
export function decodeNiFiCluster(object: unknown): Decoded {
  validate ??= validatorOf(rootSchema(nifiCluster));
  const problems = validate(object);
  return problems.length === 0 ? { ok: true, cluster: object as DefaultedNiFiCluster } : { ok: false, problems };
}

/** The object as the API server would return it, defaults filled in: for tests and for files that were not applied yet. */
export function withDefaults(cluster: NiFiCluster): DefaultedNiFiCluster {
  return applyDefaults(rootSchema(nifiCluster), cluster as unknown as Json) as unknown as DefaultedNiFiCluster;
}
