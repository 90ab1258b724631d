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

/**
 * What was seen of a node that is to be emptied, bound to one process by Pod UID and container id: a container that
 * restarted, or another Pod, voids it. `Offloaded`: NiFi had it OFFLOADED and its own queues were empty, so NiFi may be
 * told to forget it. `Proven`: it said 0 again after NiFi had forgotten it, so its Pod may be deleted. `PodDeleted`: our
 * delete of exactly that Pod was accepted; from here on the removal runs to its end.
 */
export interface Removal {
  readonly state: 'Offloaded' | 'Proven' | 'PodDeleted';
  readonly podUid: string;
  readonly containerId: string;
  /** What stands for the proof: it was emptied, NiFi never started on its volumes, or a person gave its data up. */
  readonly why: 'Emptied' | 'NeverStarted' | 'Abandoned';
  /** With `PodDeleted`: whether the node goes, with its volumes, or comes back on others. */
  readonly afterwards?: 'Leave' | 'Rebuild';
}

export interface NodeRecord {
  readonly id: number;
  readonly revision: string;
  readonly inputs: string;
  readonly renderVersion: number;
  readonly volumes: readonly StorageVolume[];
  /** NiFi version and image that the revision was rendered for; undefined in records of an operator that did not note them. */
  readonly version?: string;
  readonly image?: string;
  /** Version whose process last ran on these volumes: what a lower one may not be able to read. */
  readonly wrote?: string;
  /** How far the emptying of this node is proven; see Removal. */
  readonly removal?: Removal;
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
    ...(record.version === undefined ? {} : { version: record.version }),
    ...(record.image === undefined ? {} : { image: record.image }),
    ...(record.wrote === undefined ? {} : { wrote: record.wrote }),
    ...(record.keyCheck === undefined ? {} : { keyCheck: record.keyCheck }),
    ...(record.removal === undefined ? {} : { removal: JSON.stringify(record.removal) }),
    ...(record.established === undefined ? {} : { established: JSON.stringify(record.established) }),
  };
}

/** A merge patch of the data: what the record does not have (any more) is taken away, what somebody else put there stays. */
export function recordPatch(record: NodeRecord): Record<string, string | null> {
  const optional = [
    'version',
    'image',
    'wrote',
    'keyCheck',
    'removal',
    'established',
  ] as const satisfies (keyof NodeRecord)[];
  return { ...Object.fromEntries(optional.map((key) => [key, null])), ...recordData(record) };
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
      ...(data['version'] === undefined ? {} : { version: data['version'] }),
      ...(data['image'] === undefined ? {} : { image: data['image'] }),
      ...(data['wrote'] === undefined ? {} : { wrote: data['wrote'] }),
      ...(data['removal'] === undefined ? {} : { removal: JSON.parse(data['removal']) as Removal }),
      ...(data['keyCheck'] === undefined ? {} : { keyCheck: data['keyCheck'] }),
      ...(object.metadata.resourceVersion === undefined ? {} : { resourceVersion: object.metadata.resourceVersion }),
    };
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message : String(error) };
  }
}
