// The place in NiFi that a dataflow asks for, and who has it when several ask for the same: the oldest. Pure.
// Surprise: one that is being deleted claims nothing, yet its flow may still work off what is queued, so the next waits until it has gone.

import type { DefaultedNiFiDataflow } from '../../../api/v1/zz_generated.nifidataflow.ts';
import { ownerAmong } from '../../nifi/claims.ts';
import { stalled, type Verdict, working } from '../../nifi/verdict.ts';

/** Same text, same place: cluster, parent group and name, within a namespace. */
export function targetOf({ metadata, spec }: DefaultedNiFiDataflow): string {
  const { id = '', name = '' } = spec.parentProcessGroup ?? {};
  const { namespace = '' } = metadata;
  return JSON.stringify([namespace, spec.clusterRef.name, id.toLowerCase(), name, spec.displayName ?? metadata.name]);
}

/** Index of dataflows by the place that they ask for. */
export function targetIndex(object: DefaultedNiFiDataflow): readonly string[] {
  // What an older schema let in may lack any field.
  const spec = object.spec as Partial<DefaultedNiFiDataflow['spec']> | undefined;
  return spec?.clusterRef === undefined ? [] : [targetOf(object)];
}

/** Why this one has to stand back; undefined when the place is its own. */
export function takenFrom(object: DefaultedNiFiDataflow, all: readonly DefaultedNiFiDataflow[]): Verdict | undefined {
  const rivals = all.filter((each) => targetOf(each) === targetOf(object));
  const owner = ownerAmong(rivals);
  if (owner !== undefined && owner.metadata.uid !== object.metadata.uid)
    return stalled(
      'TargetTaken',
      `the NiFiDataflow ${owner.metadata.name} is older and asks for the same group of the same parent: delete one of them, or give spec.displayName`,
    );
  const leaving = rivals.find(
    ({ metadata }) => metadata.deletionTimestamp !== undefined && metadata.uid !== object.metadata.uid,
  );
  return (
    leaving &&
    working('TargetTaken', `the NiFiDataflow ${leaving.metadata.name} had this place and has not left NiFi yet`)
  );
}
