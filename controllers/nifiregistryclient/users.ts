// Which dataflows name a registry client: while there is one, the client is not deleted. Pure.

import type { DefaultedNiFiDataflow } from '../../api/v1/zz_generated.nifidataflow.ts';

/** Index of dataflows by the client they name, as `namespace/name`. */
export function clientIndex({ metadata, spec }: DefaultedNiFiDataflow): readonly string[] {
  // What an older schema let in may lack any field.
  const source = (spec as Partial<DefaultedNiFiDataflow['spec']> | undefined)?.source;
  const name = source?.registry?.clientRef.name;
  return name === undefined ? [] : [`${metadata.namespace ?? ''}/${name}`];
}
