// What the rules of NiFiCluster let in and refuse when a cluster that exists is changed.

import type { Spec } from './admission.fixture.ts';

export interface UpdateCase {
  readonly what: string;
  readonly from: Spec;
  readonly good: Spec;
  readonly bad: readonly Spec[];
  readonly says: string;
}

const data = { name: 'data', size: '2Gi' };
const content = { name: 'content', size: '20Gi' };
const zookeeper = { connectString: 'zk-0.zk:2181,zk-1.zk:2181' };

function node(settings: Spec): Spec {
  return { node: settings };
}

function nodeOverride(settings: Spec): Spec {
  return { nodes: [{ id: 1, node: settings }] };
}

export const updateCases: readonly UpdateCase[] = [
  {
    what: 'members by count stay members by count',
    from: { replicas: 3 },
    good: { replicas: 5, decommission: [1] },
    bad: [{ nodeIds: [0, 1, 2] }],
    says: 'the choice between replicas and nodeIds cannot be changed',
  },
  {
    what: 'members by name stay members by name',
    from: { nodeIds: [0, 1] },
    good: { nodeIds: [0, 7] },
    bad: [{ replicas: 2 }],
    says: 'the choice between replicas and nodeIds cannot be changed',
  },
  {
    what: 'the transport stays',
    from: {},
    good: { transport: 'TLS' },
    bad: [{ transport: 'InsecureHTTP' }],
    says: 'transport cannot be changed',
  },
  {
    what: 'the manager stays',
    from: {},
    good: { clusterManager: 'Kubernetes' },
    bad: [{ clusterManager: 'ZooKeeper', zookeeper }],
    says: 'clusterManager cannot be changed',
  },
  {
    what: 'the ZooKeeper stays',
    from: { clusterManager: 'ZooKeeper', zookeeper },
    good: { clusterManager: 'ZooKeeper', zookeeper, paused: true },
    bad: [
      { clusterManager: 'ZooKeeper', zookeeper: { ...zookeeper, rootNode: '/other' } },
      { clusterManager: 'ZooKeeper', zookeeper: { connectString: 'other:2181' } },
    ],
    says: 'zookeeper cannot be changed',
  },
  {
    what: 'the sensitive key stays where it is',
    from: { sensitivePropsKey: { secretKeyRef: { name: 'key' } } },
    good: { sensitivePropsKey: { secretKeyRef: { name: 'key', key: 'key' } } },
    bad: [
      {},
      { sensitivePropsKey: { value: 'abcdefghijkl' } },
      { sensitivePropsKey: { secretKeyRef: { name: 'other' } } },
    ],
    says: 'sensitivePropsKey cannot be changed',
  },
  {
    what: 'a generated sensitive key stays generated',
    from: {},
    good: { paused: true },
    bad: [{ sensitivePropsKey: { secretKeyRef: { name: 'key' } } }],
    says: 'sensitivePropsKey cannot be changed',
  },
  {
    what: 'a volume stays',
    from: node({ storage: [data, content] }),
    good: node({ storage: [content, data, { name: 'provenance', size: '1Gi' }] }),
    bad: [
      node({ storage: [data] }),
      node({ storage: [data, { name: 'content-9', repository: 'content', size: '20Gi' }] }),
      {},
    ],
    says: 'storage entries may be added, never removed or renamed',
  },
  {
    what: 'a volume grows and never shrinks',
    from: node({ storage: [data, content] }),
    good: node({ storage: [data, { ...content, size: '20481Mi' }] }),
    bad: [
      node({ storage: [data, { ...content, size: '19Gi' }] }),
      node({ storage: [{ ...data, size: '2G' }, content] }),
    ],
    says: 'size may not shrink',
  },
  {
    what: 'a volume of a single node never shrinks either',
    from: nodeOverride({ storage: [content] }),
    good: nodeOverride({ storage: [{ ...content, size: '30Gi' }] }),
    bad: [nodeOverride({ storage: [{ ...content, size: '10Gi' }] })],
    says: 'size may not shrink',
  },
  {
    what: 'the class of a volume stays',
    from: node({ storage: [data, { ...content, storageClassName: 'fast' }] }),
    good: node({ storage: [data, { ...content, storageClassName: 'fast', size: '40Gi' }] }),
    bad: [node({ storage: [data, content] }), node({ storage: [data, { ...content, storageClassName: 'slow' }] })],
    says: 'storageClassName cannot be changed',
  },
  {
    what: 'the repository of a volume stays',
    from: node({ storage: [data, { name: 'fast', repository: 'content', size: '1Gi' }] }),
    good: node({ storage: [data, { name: 'fast', repository: 'content', size: '2Gi' }] }),
    bad: [node({ storage: [data, { name: 'fast', repository: 'provenance', size: '1Gi' }] })],
    says: 'repository cannot be changed',
  },
];
