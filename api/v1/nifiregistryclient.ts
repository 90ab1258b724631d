// The kind NiFiRegistryClient for code that reads and writes it: its resource type, and the decode boundary of a reconcile.

import type { ResourceType } from '../../pkg/kube/types.ts';
import { decoderOf } from './decode.ts';
import { nifiRegistryClient } from './nifiregistryclient.schema.ts';
import type { DefaultedNiFiRegistryClient } from './zz_generated.nifiregistryclient.ts';

/** NiFiRegistryClient for the Kubernetes client. */
export const nifiRegistryClientType: ResourceType<DefaultedNiFiRegistryClient> = {
  apiVersion: 'datadynamics.io/v1',
  kind: 'NiFiRegistryClient',
  plural: 'nifiregistryclients',
  namespaced: true,
};

export const decodeNiFiRegistryClient = decoderOf<DefaultedNiFiRegistryClient>(nifiRegistryClient);
