// The objects that a cluster has once, as they go to the API server.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NiFiClusterSpec } from '../../../../api/v1/zz_generated.nificluster.ts';
import {
  type NetworkPolicy,
  type PersistentVolumeClaim,
  type PodDisruptionBudget,
  roleBindings,
  roles,
  type Service,
  serviceAccounts,
  services,
} from '../../../../pkg/kube/resources.ts';
import type { KubeObject, ResourceType } from '../../../../pkg/kube/types.ts';
import { aCluster } from '../../testing.ts';
import { buildAccess } from './access.ts';
import { buildClaim } from './claim.ts';
import { buildDisruptionBudget } from './disruption-budget.ts';
import { buildNetworkPolicy } from './network-policy.ts';
import { buildPodMonitor } from './pod-monitor.ts';
import { serviceNames } from './service-names.ts';
import { buildServices } from './services.ts';
import { buildStart } from './start.ts';

const cluster = aCluster().resolved();
const of = (spec: Partial<NiFiClusterSpec>) => aCluster().withSpec(spec).resolved();

function named<T extends KubeObject>(type: ResourceType<T>, objects: readonly KubeObject[], name: string): T {
  const found = objects.find(({ kind, metadata }) => kind === type.kind && metadata.name === name);
  assert.ok(found, name);
  return found as T;
}

describe('Every object of a cluster', () => {
  const objects = [
    ...buildAccess(cluster),
    ...buildServices(cluster),
    buildStart(cluster),
    buildDisruptionBudget(cluster),
    buildNetworkPolicy(cluster),
    buildPodMonitor(cluster),
  ];
  for (const { kind, metadata } of objects) {
    test(`is found by its labels and goes with the cluster: ${kind} ${metadata.name}`, () => {
      assert.equal(metadata.namespace, 'data');
      assert.equal(metadata.labels?.['nifi.datadynamics.io/cluster'], 'prod');
      assert.equal(metadata.labels?.['app.kubernetes.io/managed-by'], 'nifi-operator');
      assert.deepEqual(
        metadata.ownerReferences?.map(({ uid, controller }) => [uid, controller]),
        [['cluster-uid', true]],
      );
    });
  }
});

describe('The Services', () => {
  test('name every node, also one that is not ready: nodes must find each other first', () => {
    const { spec } = named(services, buildServices(cluster), 'prod-nodes');
    assert.equal(spec?.clusterIP, 'None');
    assert.equal(spec?.publishNotReadyAddresses, true);
    assert.deepEqual(
      spec?.ports?.map(({ name, port }) => [name, port]),
      [
        ['https', 8443],
        ['cluster', 11443],
        ['load-balance', 6342],
      ],
    );
  });

  test('keep a person on one node, because a session is valid on no other', () => {
    const { spec } = named(services, buildServices(cluster), 'prod');
    assert.equal(spec?.sessionAffinity, 'ClientIP');
    assert.deepEqual(spec?.ports, [{ name: 'https', port: 8443, targetPort: 'https', protocol: 'TCP' }]);
    assert.equal(spec?.type, 'ClusterIP');
  });

  test('select Pods of the cluster only', () => {
    for (const service of buildServices(cluster)) {
      assert.deepEqual((service as Service).spec?.selector, {
        'nifi.datadynamics.io/cluster': 'prod',
        'app.kubernetes.io/component': 'node',
      });
    }
  });

  test('speak plain HTTP only where there is no TLS', () => {
    const { spec } = named(services, buildServices(of({ transport: 'InsecureHTTP' })), 'prod');
    assert.equal(spec?.ports?.[0]?.name, 'http');
  });

  test('are published as the spec says, and its labels never hide ours', () => {
    const labels = { team: 'flow', 'nifi.datadynamics.io/cluster': 'other' };
    const service = {
      type: 'LoadBalancer',
      port: 443,
      nodePort: 30443,
      labels,
      annotations: { a: 'b' },
      loadBalancerClass: 'x',
      externalTrafficPolicy: 'Local',
    } as const;
    const { spec, metadata } = named(services, buildServices(of({ service })), 'prod');
    assert.deepEqual(
      [spec?.type, spec?.loadBalancerClass, spec?.externalTrafficPolicy],
      ['LoadBalancer', 'x', 'Local'],
    );
    assert.deepEqual([spec?.ports?.[0]?.port, spec?.ports?.[0]?.nodePort], [443, 30443]);
    assert.equal(metadata.labels?.['team'], 'flow');
    assert.equal(metadata.labels?.['nifi.datadynamics.io/cluster'], 'prod');
    assert.deepEqual(metadata.annotations, { a: 'b' });
  });

  test('of listeners exist where they are asked for, sticky where that is asked for', () => {
    const listeners = [
      { name: 'syslog', port: 5140, protocol: 'UDP', service: { port: 514, sessionAffinity: 'ClientIP' } },
      { name: 'quiet', port: 9000 },
    ] as const;
    const all = buildServices(of({ listeners }));
    assert.deepEqual(
      all.map(({ metadata }) => metadata.name),
      ['prod-nodes', 'prod', 'prod-syslog'],
    );
    const { spec } = named(services, all, 'prod-syslog');
    assert.deepEqual(spec?.ports, [{ name: 'syslog', port: 514, targetPort: 'syslog', protocol: 'UDP' }]);
    assert.equal(spec?.sessionAffinity, 'ClientIP');
  });

  test('are reached by three names', () => {
    assert.deepEqual(serviceNames(cluster), ['prod', 'prod.data', 'prod.data.svc']);
  });
});

describe('The disruption budget', () => {
  const least = (replicas: number, maxUnavailable: number): unknown =>
    (buildDisruptionBudget(of({ replicas, rollout: { maxUnavailable } })) as PodDisruptionBudget).spec?.minAvailable;

  test('leaves all members but as many as may be down, as an integer, and never less than none', () => {
    assert.deepEqual([least(3, 1), least(5, 2), least(1, 1), least(1, 3), least(0, 1)], [2, 3, 0, 0, 0]);
  });

  test('lets a node go that is broken anyway', () => {
    const { spec } = buildDisruptionBudget(cluster) as PodDisruptionBudget;
    assert.equal(spec?.unhealthyPodEvictionPolicy, 'AlwaysAllow');
  });
});

describe('The rights of the nodes', () => {
  const objects = buildAccess(cluster);

  test('are those on Leases and ConfigMaps of their namespace, with patch, and no others', () => {
    const { rules } = named(roles, objects, 'prod-nodes');
    assert.deepEqual(
      rules.map(({ resources, verbs }) => [resources, verbs]),
      [
        [['leases'], ['create', 'get', 'patch', 'update']],
        [['configmaps'], ['create', 'delete', 'get', 'list', 'patch', 'update']],
      ],
    );
  });

  test('go to the nodes’ own account, which no other Pod gets a token of by itself', () => {
    const binding = named(roleBindings, objects, 'prod-nodes');
    assert.deepEqual(binding.subjects, [{ kind: 'ServiceAccount', name: 'prod-nodes', namespace: 'data' }]);
    assert.equal(binding.roleRef.name, 'prod-nodes');
    assert.equal(named(serviceAccounts, objects, 'prod-nodes').automountServiceAccountToken, false);
  });

  test('carry the annotations of a cloud identity', () => {
    const [account] = buildAccess(of({ serviceAccount: { annotations: { role: 'arn' } } }));
    assert.deepEqual(account?.metadata.annotations, { role: 'arn' });
  });
});

describe('The network policy', () => {
  const ingress = (spec: Partial<NiFiClusterSpec> = {}) => {
    const rules = (buildNetworkPolicy(of(spec)) as NetworkPolicy).spec?.ingress ?? [];
    return rules.map(({ from, ports }) => ({ from, ports: ports?.map(({ port }) => port) }));
  };
  const nodes = {
    podSelector: { matchLabels: { 'nifi.datadynamics.io/cluster': 'prod', 'app.kubernetes.io/component': 'node' } },
  };

  test('opens the cluster’s own ports to its nodes alone, and the web port to everybody', () => {
    assert.deepEqual(ingress(), [
      { from: undefined, ports: [8443] },
      { from: [nodes], ports: [11443, 6342] },
    ]);
  });

  test('opens listeners too, and both only to nodes, operator and those whom the spec names', () => {
    const peer = { namespaceSelector: { matchLabels: { team: 'flow' } } };
    const spec: Partial<NiFiClusterSpec> = {
      listeners: [{ name: 'syslog', port: 5140 }],
      networkPolicy: { ingressFrom: [peer] },
    };
    const operator = {
      namespaceSelector: {},
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'nifi-operator' } },
    };
    assert.deepEqual(ingress(spec)[0], { from: [nodes, operator, peer], ports: [8443, 5140] });
  });
});

describe('The start file', () => {
  test('says how many nodes vote for the flow, at least one', () => {
    const candidates = (replicas: number) => (buildStart(of({ replicas })) as KubeObject & { data: unknown }).data;
    assert.deepEqual([candidates(3), candidates(0)], [{ candidates: '3' }, { candidates: '1' }]);
  });

  test('has a token for each node that begins on a volume that was taken back, under a key of its own', () => {
    const { data } = buildStart(of({ replicas: 3 }), new Map([[12, 'r1abc']])) as KubeObject & { data: unknown };
    assert.deepEqual(data, { candidates: '3', 'set-aside-12': 'r1abc' });
  });
});

describe('A claim', () => {
  const claim = buildClaim(cluster, 2, {
    name: 'content',
    size: '20Gi',
    storageClassName: 'fast',
  }) as PersistentVolumeClaim;

  test('is named and marked for volume, node and this very cluster', () => {
    assert.equal(claim.metadata.name, 'content-prod-2');
    assert.equal(claim.metadata.labels?.['nifi.datadynamics.io/volume'], 'content');
    assert.equal(claim.metadata.labels?.['nifi.datadynamics.io/node'], '2');
    assert.deepEqual(claim.metadata.annotations, { 'nifi.datadynamics.io/cluster-uid': 'cluster-uid' });
  });

  test('asks for what the spec says, and leaves the class to Kubernetes where that says nothing', () => {
    assert.deepEqual(claim.spec, {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '20Gi' } },
      storageClassName: 'fast',
    });
    const plain = buildClaim(cluster, 2, { name: 'data', size: '1Gi' }) as PersistentVolumeClaim;
    assert.ok(!('storageClassName' in (plain.spec ?? {})));
  });

  test('has an owner only when it is to go with the cluster', () => {
    assert.deepEqual(claim.metadata.ownerReferences, []);
    const going = buildClaim(of({ volumeRetention: { whenDeleted: 'Delete' } }), 0, { name: 'data', size: '1Gi' });
    assert.deepEqual(
      going.metadata.ownerReferences?.map(({ uid }) => uid),
      ['cluster-uid'],
    );
  });
});
