// The kind NiFiDataflow for code that reads and writes it: its resource type, and the decode boundary of a reconcile.

import type { ResourceType } from '../../pkg/kube/types.ts';
import { decoderOf } from './decode.ts';
import { nifiDataflow } from './nifidataflow.schema.ts';
import type { DefaultedNiFiDataflow } from './zz_generated.nifidataflow.ts';

/** NiFiDataflow for the Kubernetes client. */
export const nifiDataflowType: ResourceType<DefaultedNiFiDataflow> = {
  apiVersion: 'datadynamics.io/v1',
  kind: 'NiFiDataflow',
  plural: 'nifidataflows',
  namespaced: true,
};

export const decodeNiFiDataflow = decoderOf<DefaultedNiFiDataflow>(nifiDataflow);
