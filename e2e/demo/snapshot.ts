// What the API server says of all clusters now: the demo shows this and nothing it could know by other ways.

import { annotations, labels, revisionName } from '../../api/v1/labels.ts';
import { nifiClusterType } from '../../api/v1/nificluster.ts';
import type { DefaultedNiFiCluster, NodeStatus } from '../../api/v1/zz_generated.nificluster.ts';
import type { KubeClient } from '../../pkg/kube/client.ts';
import { Reflector } from '../../pkg/kube/reflector.ts';
import { type ConfigMap, configMaps, type Pod, pods } from '../../pkg/kube/resources.ts';
import { keyOf } from '../../pkg/kube/types.ts';

export interface NodeRow {
  readonly id: number;
  readonly pod: string;
  readonly ip: string;
  readonly state: string;
  readonly ready: boolean;
  readonly updated: boolean;
  readonly restarts: number;
  readonly heap: string;
  /** ConfigMap that its Pod was made from. */
  readonly configMap: string | undefined;
  /** What is being done to it, waited for, or keeps it from being ready. */
  readonly note: string;
}

export interface ClusterState {
  readonly name: string;
  readonly namespace: string;
  readonly phase: string;
  readonly ready: boolean;
  readonly reason: string;
  readonly message: string;
  /** `type=status (reason): message` of every condition. */
  readonly conditions: readonly string[];
  readonly nodes: readonly NodeRow[];
  /** A node that the spec gives a property of its own. */
  readonly special: { readonly id: number; readonly property: string } | undefined;
  /** Nodes that the spec has an entry for. */
  readonly entries: readonly number[];
}

interface Watching {
  snapshot(): readonly ClusterState[];
  stop(): Promise<void>;
}

/** Follows clusters, Pods and configurations; `onChange` is called after every change. */
export function watchClusters(client: KubeClient, onChange: () => void): Watching {
  const clusters = new Reflector<DefaultedNiFiCluster>({ client, type: nifiClusterType });
  const nodePods = new Reflector<Pod>({ client, type: pods, labelSelector: labels.node });
  const configurations = new Reflector<ConfigMap>({
    client,
    type: configMaps,
    labelSelector: `${labels.component}=configuration`,
    project: onlyHeap,
  });
  const reflectors = [clusters, nodePods, configurations] as const;
  for (const { store } of reflectors) store.subscribe(onChange);
  for (const reflector of reflectors) reflector.start();
  return {
    snapshot() {
      const facts = { pods: nodePods.store.list(), configurations: configurations.store.list() };
      const all = clusters.store.list().toSorted((a, b) => a.metadata.name.localeCompare(b.metadata.name));
      return all.map((cluster) => stateOf(cluster, facts));
    },
    async stop() {
      await Promise.all(reflectors.map((reflector) => reflector.stop()));
    },
  };
}

/** The heap is all that is shown of a node's files. */
function onlyHeap({ data, ...rest }: ConfigMap): ConfigMap {
  const heap = /-Xmx(\S+)/u.exec(data?.['bootstrap.conf'] ?? '')?.[1];
  return heap === undefined ? rest : { ...rest, data: { heap } };
}

interface Facts {
  readonly pods: readonly Pod[];
  readonly configurations: readonly ConfigMap[];
}

export function stateOf(cluster: DefaultedNiFiCluster, facts: Facts): ClusterState {
  const { metadata, status } = cluster;
  const conditions = status?.conditions ?? [];
  const ready = conditions.find(({ type }) => type === 'Ready');
  const current = status?.observedGeneration === metadata.generation;
  const mine = facts.pods.filter((pod) => pod.metadata.labels?.[labels.cluster] === metadata.name);
  const ids = new Set([...mine.map(nodeId), ...(status?.nodes ?? []).map(({ id }) => id)]);
  return {
    ...keyOf(cluster),
    phase: status?.phase ?? '-',
    ready: ready?.status === 'True' && current,
    reason: ready?.reason ?? 'NotObserved',
    message: ready?.message ?? '',
    conditions: conditions.map(
      ({ type, status: value, reason, message }) => `${type}=${value} (${reason}): ${message}`,
    ),
    nodes: [...ids].toSorted((a, b) => a - b).map((id) => nodeRow(cluster, id, facts)),
    special: specialNode(cluster),
    entries: (cluster.spec.nodes ?? []).map(({ id }) => id),
  };
}

function specialNode({ spec }: DefaultedNiFiCluster): ClusterState['special'] {
  for (const { id, node } of spec.nodes ?? []) {
    const [property] = Object.keys(node?.config?.nifiProperties ?? {});
    if (property !== undefined) return { id, property };
  }
  return undefined;
}

function nodeRow({ metadata, status }: DefaultedNiFiCluster, id: number, facts: Facts): NodeRow {
  const pod = facts.pods.find((one) => one.metadata.labels?.[labels.cluster] === metadata.name && nodeId(one) === id);
  const node = status?.nodes?.find((one) => one.id === id);
  const revision = pod?.metadata.annotations?.[annotations.revision];
  const configMap = revision === undefined ? undefined : revisionName(metadata.name, id, revision);
  const configuration = facts.configurations.find((one) => one.metadata.name === configMap);
  return {
    id,
    ...podFacts(pod),
    ...nodeFacts(node),
    heap: configuration?.data?.['heap'] ?? '-',
    configMap,
  };
}

function podFacts(pod: Pod | undefined): Pick<NodeRow, 'pod' | 'ip' | 'restarts'> {
  const [container] = pod?.status?.containerStatuses ?? [];
  return {
    pod: pod?.metadata.name ?? '-',
    ip: pod?.status?.podIP ?? '-',
    restarts: container?.restartCount ?? 0,
  };
}

function nodeFacts(node: NodeStatus | undefined): Pick<NodeRow, 'state' | 'ready' | 'updated' | 'note'> {
  return {
    state: node?.state ?? '-',
    ready: node?.ready ?? false,
    updated: node?.updated ?? false,
    note: [node?.reason, node?.message].filter((word) => word !== undefined).join(': '),
  };
}

function nodeId(pod: Pod): number {
  return Number(pod.metadata.labels?.[labels.node]);
}
