// The kind NiFiFlow for code that reads and writes it: its resource type, and the decode boundary of a reconcile.

import type { ResourceType } from '../../pkg/kube/types.ts';
import { decoderOf } from '../v1/decode.ts';
import { nifiFlow } from './nififlow.schema.ts';
import type { DefaultedNiFiFlow } from './zz_generated.nififlow.ts';

/** NiFiFlow for the Kubernetes client. */
export const nifiFlowType: ResourceType<DefaultedNiFiFlow> = {
  apiVersion: 'datadynamics.io/v1alpha1',
  kind: 'NiFiFlow',
  plural: 'nififlows',
  namespaced: true,
};

export const decodeNiFiFlow = decoderOf<DefaultedNiFiFlow>(nifiFlow);
