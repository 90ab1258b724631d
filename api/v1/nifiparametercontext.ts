// The kind NiFiParameterContext for code that reads and writes it: its resource type, and the decode boundary of a reconcile.

import type { ResourceType } from '../../pkg/kube/types.ts';
import { decoderOf } from './decode.ts';
import { nifiParameterContext } from './nifiparametercontext.schema.ts';
import type { DefaultedNiFiParameterContext } from './zz_generated.nifiparametercontext.ts';

/** NiFiParameterContext for the Kubernetes client. */
export const nifiParameterContextType: ResourceType<DefaultedNiFiParameterContext> = {
  apiVersion: 'datadynamics.io/v1',
  kind: 'NiFiParameterContext',
  plural: 'nifiparametercontexts',
  namespaced: true,
};

export const decodeNiFiParameterContext = decoderOf<DefaultedNiFiParameterContext>(nifiParameterContext);
