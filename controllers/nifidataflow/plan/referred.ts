// What of Kubernetes a dataflow refers to by name: its registry client and its parameter context, there and of the same cluster. Pure.
// Whether NiFi has them is asked later, of NiFi.

import type { DefaultedNiFiDataflow } from '../../../api/v1/zz_generated.nifidataflow.ts';
import type { DefaultedNiFiParameterContext } from '../../../api/v1/zz_generated.nifiparametercontext.ts';
import type { DefaultedNiFiRegistryClient } from '../../../api/v1/zz_generated.nifiregistryclient.ts';
import { stalled, type Verdict } from '../../nifi/verdict.ts';

export interface Referred {
  readonly client: DefaultedNiFiRegistryClient | undefined;
  readonly context: DefaultedNiFiParameterContext | undefined;
}

/** What is missing, or belongs to another cluster. */
export function referredObstacle({ spec }: DefaultedNiFiDataflow, { client, context }: Referred): Verdict | undefined {
  const clientName = spec.source.registry?.clientRef.name;
  const contextName = spec.parameterContextRef?.name;
  const of = (field: string, kind: string, name: string | undefined, object: OfCluster | undefined) =>
    name === undefined ? undefined : obstacle(`${field} names the ${kind} ${name}`, object, spec.clusterRef.name);
  return (
    of('spec.source.registry.clientRef', 'NiFiRegistryClient', clientName, client) ??
    of('spec.parameterContextRef', 'NiFiParameterContext', contextName, context)
  );
}

interface OfCluster {
  readonly spec: { readonly clusterRef: { readonly name: string } };
}

function obstacle(names: string, object: OfCluster | undefined, cluster: string): Verdict | undefined {
  if (object === undefined)
    return stalled('ReferenceMissing', `${names}, which does not exist: create it or correct the name`);
  const theirs = object.spec.clusterRef.name;
  if (theirs === cluster) return undefined;
  const message = `${names}, which belongs to the NiFiCluster ${theirs} and not to ${cluster}: name one of ${cluster}`;
  return stalled('ReferenceInvalid', message);
}
