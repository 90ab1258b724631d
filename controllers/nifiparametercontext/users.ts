// What uses a parameter context in Kubernetes: while there is such an object, the context is not deleted. Pure.

import type { DefaultedNiFiDataflow } from '../../api/v1/zz_generated.nifidataflow.ts';
import type { DefaultedNiFiParameterContext } from '../../api/v1/zz_generated.nifiparametercontext.ts';
import { stalled, type Verdict } from '../nifi/verdict.ts';
import { leadsTo, type Siblings } from './plan/inheritance.ts';

export interface ContextUsers {
  /** Names of the dataflows that name the context. */
  readonly dataflows: readonly string[];
  /** The contexts that inherit from it. */
  readonly heirs: readonly DefaultedNiFiParameterContext[];
}

/** Index of dataflows by the context they name, as `namespace/name`. */
export function contextIndex({ metadata, spec }: DefaultedNiFiDataflow): readonly string[] {
  // What an older schema let in may lack any field.
  const name = (spec as Partial<DefaultedNiFiDataflow['spec']> | undefined)?.parameterContextRef?.name;
  return name === undefined ? [] : [`${metadata.namespace ?? ''}/${name}`];
}

/** An heir that is inherited from in turn is in a circle, which NiFi never had: they would wait for each other for ever. */
export function holderOf(
  object: DefaultedNiFiParameterContext,
  { dataflows, heirs }: ContextUsers,
  siblings: Siblings,
): Verdict | undefined {
  const holding = heirs.map(({ metadata }) => metadata.name).filter((name) => !leadsTo(name, object, siblings));
  const users = [
    ...dataflows.toSorted().map((name) => `NiFiDataflow ${name}`),
    ...holding.toSorted().map((name) => `NiFiParameterContext ${name}`),
  ];
  if (users.length === 0) return undefined;
  return stalled('InUse', `the deletion waits for what uses this context: ${users.join(', ')}`);
}
