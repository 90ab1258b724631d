// What may be done to a running cluster of the nodes 0, 1 and 2, and what each must come to, whoever dies on the way.

import type { NiFiClusterSpec } from '../../api/v1/zz_generated.nificluster.ts';
import type { ClusterHandle } from '../lab/cluster.ts';
import type { PlayedNode } from '../nifi/played-node.ts';

export const spec: NiFiClusterSpec = {
  version: '2.6.0',
  replicas: 3,
  node: {
    storage: [
      { name: 'data', size: '1Gi' },
      { name: 'content', size: '1Gi' },
    ],
  },
};

export interface Scene {
  readonly cluster: ClusterHandle;
  readonly node: (id: number) => PlayedNode;
}

export interface Operation {
  /** Completes `after a crash, …`. */
  readonly name: string;
  readonly spec?: Partial<NiFiClusterSpec>;
  /** What the person does. */
  run(scene: Scene): Promise<void>;
  /** The nodes that there are afterwards, and whether each runs in the Pod of before. */
  readonly nodes: Readonly<Record<number, 'same Pod' | 'another Pod'>>;
  /** PersistentVolumeClaims afterwards, besides `data` and `content` of each node above. */
  readonly moreClaims?: readonly string[];
  /** The node that is emptied before its Pod is deleted. */
  readonly emptied?: number;
  /** How many of the nodes 0, 1 and 2 may be down at a time; 1 by default. */
  readonly down?: number;
  readonly coordinatorLast?: boolean;
}

const patient = { timeoutMs: 180_000 };
const properties = (threshold: string) => ({
  config: { nifiProperties: { 'nifi.queue.swap.threshold': threshold } },
});
const withVolume = { name: 'provenance', size: '1Gi' };

export const operations: readonly Operation[] = [
  {
    name: 'a property of node 1 restarts node 1 and no other',
    run: ({ cluster }) => cluster.patch({ spec: { nodes: [{ id: 1, node: properties('30000') }] } }),
    nodes: { 0: 'same Pod', 1: 'another Pod', 2: 'same Pod' },
  },
  {
    name: 'a property of all restarts each once, one at a time, the coordinator last',
    run: ({ cluster }) => cluster.patch({ spec: { node: properties('40000') } }),
    nodes: { 0: 'another Pod', 1: 'another Pod', 2: 'another Pod' },
    coordinatorLast: true,
  },
  {
    name: 'replicas: 2 with decommission: [1] leaves 0 and 2 alone, and nothing of 1',
    run: ({ cluster }) => cluster.patch({ spec: { replicas: 2, decommission: [1] } }),
    nodes: { 0: 'same Pod', 2: 'same Pod' },
    emptied: 1,
  },
  {
    name: 'decommission: [1] replaces 1 by 3, and keeps its volumes where the policy says so',
    spec: { volumeRetention: { whenDecommissioned: 'Retain' } },
    run: ({ cluster }) => cluster.patch({ spec: { decommission: [1] } }),
    nodes: { 0: 'same Pod', 2: 'same Pod', 3: 'another Pod' },
    moreClaims: ['content-prod-1', 'data-prod-1'],
    emptied: 1,
  },
  {
    name: 'replicas: 0 puts all to sleep, and replicas: 3 wakes all with what they had',
    async run({ cluster }) {
      await cluster.patch({ spec: { replicas: 0 } });
      await cluster.until('it sleeps', ({ status }) => status?.phase === 'Hibernated', patient);
      await cluster.patch({ spec: { replicas: 3 } });
    },
    nodes: { 0: 'another Pod', 1: 'another Pod', 2: 'another Pod' },
    down: 3,
  },
  {
    name: 'an id that is put back during its offload stays, restarted because its offload was stopped',
    async run({ cluster, node }) {
      node(2).blockOffload();
      await cluster.patch({ spec: { replicas: 2 } });
      await cluster.until('node 2 is offloading', ({ status }) => status?.nodes?.[2]?.state === 'OFFLOADING', patient);
      await cluster.patch({ spec: { replicas: 3 } });
    },
    nodes: { 0: 'same Pod', 1: 'same Pod', 2: 'another Pod' },
  },
  {
    name: 'a volume more for node 1 rebuilds node 1 after its data has left it',
    run: ({ cluster }) => cluster.patch({ spec: { nodes: [{ id: 1, node: { storage: [withVolume] } }] } }),
    nodes: { 0: 'same Pod', 1: 'another Pod', 2: 'same Pod' },
    moreClaims: ['provenance-prod-1'],
    emptied: 1,
  },
];
