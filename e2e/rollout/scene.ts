// What the tests of rollouts share: which process runs where, what counts as restarted, and the node that is not the coordinator.

import { hostName, podName } from '../../api/v1/labels.ts';
import type { DefaultedNiFiCluster } from '../../api/v1/zz_generated.nificluster.ts';
import type { ClusterHandle } from '../lab/cluster.ts';
import type { Lab } from '../lab/lab.ts';
import type { Cluster } from '../nifi/cluster/cluster.ts';

/** Somebody waits for every restart that a rollout needs. */
export const patient = { timeoutMs: 120_000, everyMs: 50 };

/** The NiFi cluster that these Pods play. */
export function played(lab: Lab, { namespace, name }: ClusterHandle): Cluster {
  return lab.nifi.cluster(`${namespace}/${name}`);
}

/** NiFi's state of a node, as its coordinator has it. */
export function stateOf(lab: Lab, cluster: ClusterHandle, id: number): string | undefined {
  const address = hostName(cluster.name, id, cluster.namespace);
  return played(lab, cluster)
    .table.all()
    .find((entry) => entry.address === address)?.state;
}

/** Whether the process of this node is up and being connected. */
export function isReturning(lab: Lab, cluster: ClusterHandle, id: number): boolean {
  const pod = podName(cluster.name, id);
  const up = lab.nifi.nodes().some((node) => node.namespace === cluster.namespace && node.pod === pod && node.running);
  return up && stateOf(lab, cluster, id) === 'CONNECTING';
}

/** Ids of the members, the coordinator's last. */
export function coordinatorLast(lab: Lab, cluster: ClusterHandle, ids: readonly number[]): readonly number[] {
  const address = played(lab, cluster).leaders.coordinator?.address;
  const leads = (id: number): number => (hostName(cluster.name, id, cluster.namespace) === address ? 1 : 0);
  return ids.toSorted((a, b) => leads(a) - leads(b));
}

/** The containers that run, by Pod: another one is a restart. */
export function containers(lab: Lab, { namespace }: ClusterHandle): Readonly<Record<string, string | undefined>> {
  const own = [...lab.kubelet.pods.values()].filter((pod) => pod.namespace === namespace);
  return Object.fromEntries(own.map(({ name, containerId }) => [name, containerId] as const));
}

/** Every node runs what the spec asks for now, and is Ready. */
export function isRolledOut({ metadata, status }: DefaultedNiFiCluster): boolean {
  const nodes = status?.nodes ?? [];
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const current = status?.observedGeneration === metadata.generation && ready?.status === 'True';
  return current && nodes.length > 0 && nodes.every((node) => node.updated === true && node.ready === true);
}
