// The objects that a cluster has once: written when they differ from what should be, and left alone otherwise.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubeObject } from '../../../pkg/kube/types.ts';
import { aCluster, base64 } from '../testing.ts';
import { covers } from './covers.ts';
import { planProvision } from './provision.ts';
import { planShared } from './shared.ts';
import { aWorld, type WorldBuilder } from './testing.ts';

function names(world: WorldBuilder): readonly string[] {
  return planShared(world.input()).map((step) =>
    step.kind === 'ApplyShared' ? `${step.object.kind}/${step.object.metadata.name}` : step.kind,
  );
}

function shared(world: WorldBuilder, key: string): KubeObject {
  const object = world.world.shared.get(key);
  assert.ok(object, key);
  return object;
}

const cluster = aCluster();
const up = aWorld(cluster).provisioned();

describe('A new cluster', () => {
  test('gets its key first, then the account without which no Pod is admitted, and everything else', () => {
    assert.deepEqual(names(aWorld(cluster)), [
      'CreateSensitiveKey',
      'ServiceAccount/prod-nodes',
      'Role/prod-nodes',
      'RoleBinding/prod-nodes',
      'Service/prod-nodes',
      'Service/prod',
      'ConfigMap/prod-start',
      'PodDisruptionBudget/prod',
      'NetworkPolicy/prod',
    ]);
  });

  test('of ZooKeeper needs no rights in Kubernetes, and none has a policy where that is switched off', () => {
    const zookeeper = { connectString: 'zk:2181', rootNode: '/nifi' };
    const other = cluster.withSpec({ clusterManager: 'ZooKeeper', zookeeper, networkPolicy: { enabled: false } });
    assert.deepEqual(
      names(aWorld(other)).filter((name) => /Role|NetworkPolicy/.test(name)),
      [],
    );
  });
});

describe('A cluster that is up', () => {
  test('has nothing written', () => {
    assert.deepEqual(names(up), []);
  });

  test('has nothing written for what the API server and others added to its objects', () => {
    const service = shared(up, 'Service/prod') as KubeObject & { spec: object };
    const defaulted = {
      ...service,
      metadata: {
        ...service.metadata,
        uid: 'u',
        resourceVersion: '9',
        annotations: { ...service.metadata.annotations, 'example.com/seen': 'yes' },
      },
      spec: { ...service.spec, clusterIP: '10.96.0.7', ipFamilies: ['IPv4'], internalTrafficPolicy: 'Cluster' },
    };
    assert.deepEqual(names(up.withShared(defaulted)), []);
  });

  test('loses what the spec asks for no more, and nothing else', () => {
    const listeners = [
      { name: 'syslog', port: 5140, service: {} },
      { name: 'http', port: 8080, service: {} },
    ];
    const before = aWorld(cluster.withSpec({ listeners })).provisioned();
    const after = before.when(cluster.withSpec({ listeners: listeners.slice(1), networkPolicy: { enabled: false } }));
    const steps = planShared(after.input());
    assert.deepEqual(
      steps.map((step) => (step.kind === 'DeleteShared' ? `${step.object.kind}/${step.object.name}` : step.kind)),
      ['Service/prod-syslog', 'NetworkPolicy/prod'],
    );
    assert.deepEqual(names(after.after(...steps)), []);
  });

  test('has a field written that was taken out of the spec, since what is there would cover what is left', () => {
    const annotated = cluster.withSpec({ service: { annotations: { 'example.com/class': 'internal' } } });
    assert.deepEqual(names(aWorld(annotated).provisioned().when(cluster)), ['Service/prod']);
  });

  test('has an object put right that somebody changed, or that is gone', () => {
    const budget = shared(up, 'PodDisruptionBudget/prod') as KubeObject & { spec: object };
    assert.deepEqual(names(up.withShared({ ...budget, spec: { ...budget.spec, minAvailable: 0 } } as KubeObject)), [
      'PodDisruptionBudget/prod',
    ]);
    const shrunk = new Map([...up.world.shared].filter(([key]) => key !== 'Service/prod'));
    const input = up.input();
    assert.equal(planShared({ ...input, world: { ...input.world, shared: shrunk } }).length, 1);
  });

  test('changes, when it grows, the start file, the budget and no node', () => {
    const { steps } = planProvision(up.when(cluster.withNodes(4)).input());
    const touched = steps.flatMap((step) => ('id' in step ? [step.id] : []));
    assert.deepEqual([...new Set(touched)], [3]);
    assert.deepEqual(names(up.when(cluster.withNodes(4))), ['ConfigMap/prod-start', 'PodDisruptionBudget/prod']);
  });

  test('takes over the key of an earlier cluster under the lock of what was seen', () => {
    const left = aWorld(cluster).withSecret('prod-sensitive-key', {
      clusterUid: 'earlier',
      resourceVersion: '5',
      data: base64({ key: 'old' }),
    });
    const [step] = planShared(left.input());
    assert.deepEqual(step, { kind: 'AdoptSecret', name: 'prod-sensitive-key', resourceVersion: '5' });
  });
});

describe('What is there covers what is wanted', () => {
  const cases: readonly { live: unknown; wanted: unknown; covered: boolean; why: string }[] = [
    { live: { a: 1, b: 2 }, wanted: { a: 1 }, covered: true, why: 'what we do not name is not ours' },
    { live: { a: 2 }, wanted: { a: 1 }, covered: false, why: 'another value' },
    { live: {}, wanted: { a: { b: 1 } }, covered: false, why: 'a missing branch' },
    { live: undefined, wanted: {}, covered: true, why: 'an empty map is like none' },
    { live: [1, 2], wanted: [1], covered: false, why: 'lists are whole' },
    { live: [{ a: 1, x: 0 }], wanted: [{ a: 1 }], covered: true, why: 'elements are covered one by one' },
    { live: [2, 1], wanted: [1, 2], covered: false, why: 'lists have an order' },
    { live: '1', wanted: 1, covered: false, why: 'a text is no number' },
    { live: null, wanted: { a: 1 }, covered: false, why: 'null is nothing' },
  ];
  for (const { live, wanted, covered, why } of cases) {
    test(`${covered ? 'when' : 'not when'} ${JSON.stringify(live)} is there for ${JSON.stringify(wanted)}: ${why}`, () => {
      assert.equal(covers(live, wanted), covered);
    });
  }
});
