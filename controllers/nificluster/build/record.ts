// The record of a node: which revision it runs, which volumes that revision mounts, and whether NiFi ever started on
// them. It is written before the acts that need it, so it is true after a crash at any line.
// `established` names the claims by UID: another claim under the same name is another, empty disk.

import { nodeLabels, recordName } from '../../../api/v1/labels.ts';
import type { StorageVolume } from '../../../api/v1/zz_generated.nificluster.ts';
import type { ConfigMap } from '../../../pkg/kube/resources.ts';
import type { KubeObject } from '../../../pkg/kube/types.ts';
import { type ClusterIdentity, clusterOwner } from './resources/owner.ts';

/** Raised when templates or the Pod change in a way that a reader of records must know of. */
export const renderVersion = 1;

export interface NodeRecord {
  readonly id: number;
  readonly revision: string;
  readonly inputs: string;
  readonly renderVersion: number;
  readonly volumes: readonly StorageVolume[];
  /** Mark of the sensitive properties key that the revision was made with; see key-check.ts. */
  readonly keyCheck?: string;
  /** Volume name → UID of its claim, of the first start on; undefined while NiFi never started: the node is empty. */
  readonly established: Readonly<Record<string, string>> | undefined;
  /** Of the ConfigMap that holds the record; undefined for one that is yet to be written. */
  readonly resourceVersion?: string;
}

export function buildRecord(cluster: ClusterIdentity, record: NodeRecord): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: recordName(cluster.name, record.id),
      namespace: cluster.namespace,
      labels: nodeLabels(cluster.name, record.id, 'record'),
      ownerReferences: [clusterOwner(cluster)],
      ...(record.resourceVersion === undefined ? {} : { resourceVersion: record.resourceVersion }),
    },
    data: recordData(record),
  } as KubeObject;
}

export function recordData(record: NodeRecord): Record<string, string> {
  return {
    revision: record.revision,
    inputs: record.inputs,
    renderVersion: String(record.renderVersion),
    volumes: JSON.stringify(record.volumes),
    ...(record.keyCheck === undefined ? {} : { keyCheck: record.keyCheck }),
    ...(record.established === undefined ? {} : { established: JSON.stringify(record.established) }),
  };
}

/** The record in a ConfigMap, or why it cannot be read: an unknown one is never taken for an absent one. */
export function readRecord(id: number, object: ConfigMap): NodeRecord | { readonly unreadable: string } {
  const data = object.data ?? {};
  const { revision, inputs } = data;
  if (revision === undefined || inputs === undefined) return { unreadable: 'the keys revision and inputs are missing' };
  try {
    const established = data['established'];
    return {
      id,
      revision,
      inputs,
      renderVersion: Number(data['renderVersion'] ?? '0'),
      volumes: JSON.parse(data['volumes'] ?? '[]') as readonly StorageVolume[],
      established: established === undefined ? undefined : (JSON.parse(established) as Record<string, string>),
      ...(data['keyCheck'] === undefined ? {} : { keyCheck: data['keyCheck'] }),
      ...(object.metadata.resourceVersion === undefined ? {} : { resourceVersion: object.metadata.resourceVersion }),
    };
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message : String(error) };
  }
}
