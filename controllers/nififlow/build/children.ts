// The two objects that a NiFiFlow is made of: where its flow comes from, and the flow in NiFi. Pure.
// Both have its name and belong to it: when it goes, Kubernetes deletes them, and each leaves NiFi in its own way.

import { flowLabels } from '../../../api/v1/labels.ts';
import type { NiFiDataflow } from '../../../api/v1/zz_generated.nifidataflow.ts';
import type { NiFiRegistryClient } from '../../../api/v1/zz_generated.nifiregistryclient.ts';
import { nifiFlowType } from '../../../api/v1alpha1/nififlow.ts';
import type { DefaultedNiFiFlow } from '../../../api/v1alpha1/zz_generated.nififlow.ts';
import type { KubeObject, ObjectMeta } from '../../../pkg/kube/types.ts';

export function registryClientOf(flow: DefaultedNiFiFlow): NiFiRegistryClient {
  const { clusterRef, registryUrl } = flow.spec;
  return {
    apiVersion: 'datadynamics.io/v1',
    kind: 'NiFiRegistryClient',
    metadata: childMetadata(flow),
    spec: { clusterRef, type: 'NiFiRegistry', properties: { url: registryUrl } },
  };
}

export function dataflowOf(flow: DefaultedNiFiFlow): NiFiDataflow {
  const { clusterRef, bucketId, flowId, flowVersion, processGroupId, autoStart } = flow.spec;
  const version = flowVersion === undefined ? { latest: true } : { version: String(flowVersion) };
  const clientRef = { name: flow.metadata.name };
  return {
    apiVersion: 'datadynamics.io/v1',
    kind: 'NiFiDataflow',
    metadata: childMetadata(flow),
    spec: {
      clusterRef,
      source: { registry: { clientRef, bucket: bucketId, flow: flowId, ...version } },
      ...(processGroupId === 'root' ? {} : { parentProcessGroup: { id: processGroupId } }),
      state: autoStart ? 'Running' : 'Stopped',
    },
  };
}

/** Fields of the specs above that come from the NiFiFlow, there or not; the others are whoever's who sets them. */
export const ownedFields: Readonly<Record<string, readonly string[]>> = {
  NiFiRegistryClient: ['clusterRef', 'type', 'properties'],
  NiFiDataflow: ['clusterRef', 'source', 'parentProcessGroup', 'state'],
};

/** Whether the object belongs to this very NiFiFlow. */
export function belongsTo(flow: KubeObject, { metadata }: KubeObject): boolean {
  return (
    metadata.ownerReferences?.some(({ uid, controller }) => controller === true && uid === flow.metadata.uid) === true
  );
}

function childMetadata({ metadata }: DefaultedNiFiFlow): ObjectMeta {
  const { name, namespace = '', uid = '' } = metadata;
  const { apiVersion, kind } = nifiFlowType;
  const ownerReferences = [{ apiVersion, kind, name, uid, controller: true }];
  return { name, namespace, labels: flowLabels(), ownerReferences };
}
