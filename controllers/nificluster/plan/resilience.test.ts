// What provision must keep doing, and never do, while something else is wrong: a view whose parts are of different ages,
// machines without a place, images that take long, an operator that was away. All of it without a word to NiFi.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nodeLabels } from '../../../api/v1/labels.ts';
import type { Pod } from '../../../pkg/kube/resources.ts';
import { observePod } from '../observe.ts';
import { projectPod } from '../projections.ts';
import { aCluster } from '../testing.ts';
import { planProvision } from './provision.ts';
import type { Step } from './steps.ts';
import { claim, now, ready, starting, waiting } from './testing.objects.ts';
import { aWorld, type WorldBuilder } from './testing.ts';
import type { World } from './world.ts';

const one = aCluster().withNodes(1);
const three = aCluster().withNodes(3);
const minute = 60_000;

function stepsOf(world: WorldBuilder): readonly Step[] {
  return planProvision(world.input()).steps;
}

function told(steps: readonly Step[]): readonly string[] {
  return steps.map((step) => ('id' in step ? `${step.kind} ${step.id}` : step.kind));
}

describe('A view', () => {
  const atEachStep = (): readonly World[] => {
    let builder = aWorld(one);
    const steps = stepsOf(builder);
    const firstOfNode = steps.findIndex((step) => 'id' in step);
    builder = builder.after(...steps.slice(0, firstOfNode));
    return [
      ...steps.slice(firstOfNode).map((step) => {
        const { world } = builder;
        builder = builder.after(step);
        return world;
      }),
      builder.world,
      builder.withPod(0, ready(0)).world,
    ];
  };

  test('whose kinds are of different ages takes no Pod down and no volume away', () => {
    const taking: readonly Step['kind'][] = ['DeletePod', 'DeleteClaim', 'DeleteRecord', 'PatchClaim', 'MarkPod'];
    const worlds = atEachStep();
    const mixes = worlds.flatMap(({ pods }) =>
      worlds.flatMap(({ claims }) =>
        worlds.map(({ records, revisions }): Partial<World> => ({ pods, claims, records, revisions })),
      ),
    );
    assert.ok(mixes.length >= 6 ** 3);
    const input = aWorld(one).provisioned().input();
    for (const mix of mixes) {
      const { steps } = planProvision({ ...input, world: { ...input.world, ...mix } });
      assert.deepEqual(
        steps.filter(({ kind }) => taking.includes(kind)),
        [],
      );
      assert.equal(told(steps).includes('CreatePod 0'), mix.pods?.size === 0);
    }
  });

  test('in another order is the same view', () => {
    const builder = aWorld(three).provisioned();
    const { world } = builder;
    const reversed: World = {
      ...world,
      pods: new Map([...world.pods].toReversed()),
      claims: new Map([...world.claims].toReversed()),
      records: new Map([...world.records].toReversed()),
      revisions: world.revisions.toReversed(),
      secrets: new Map([...world.secrets].toReversed()),
      shared: new Map([...world.shared].toReversed()),
    };
    assert.deepEqual(planProvision({ ...builder.input(), world: reversed }), { steps: [], findings: [] });
  });
});

test('A Pod that webhooks have filled with sidecars, defaults and annotations is the one that was asked for', () => {
  const builder = aWorld(one).provisioned();
  const seen = builder.world.pods.get(0);
  assert.ok(seen);
  const injected: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'prod-0',
      namespace: 'data',
      uid: seen.uid,
      resourceVersion: '7',
      labels: { ...nodeLabels('prod', 0), 'security.istio.io/tlsMode': 'istio' },
      annotations: { 'nifi.datadynamics.io/revision': seen.revision ?? '', 'sidecar.istio.io/status': '{}' },
      ownerReferences: [
        { apiVersion: 'datadynamics.io/v1', kind: 'NiFiCluster', name: 'prod', uid: 'cluster-uid', controller: true },
      ],
    },
    spec: {
      containers: [{ name: 'istio-proxy' }, { name: 'nifi', image: 'mirror.example.com/apache/nifi:2.6.0' }],
      initContainers: [{ name: 'istio-init' }],
      tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }],
    },
    status: {
      phase: 'Running',
      podIP: '10.0.0.9',
      conditions: [{ type: 'Ready', status: 'True' }],
      initContainerStatuses: [
        { name: 'istio-init', ready: true, restartCount: 0, state: { terminated: { exitCode: 0 } } },
      ],
      containerStatuses: [
        { name: 'istio-proxy', ready: true, restartCount: 0, state: { running: {} } },
        { name: 'nifi', ready: true, started: true, restartCount: 0, containerID: 'c', state: { running: {} } },
      ],
    },
  };
  assert.deepEqual(stepsOf(builder.withPod(0, observePod(0, projectPod(injected)))), []);
});

test('All that ended while no operator ran is made again by the first plan', () => {
  const world = aWorld(three).provisioned().withoutPod(0).withPod(1, { phase: 'Failed' });
  assert.deepEqual(told(stepsOf(world)), ['CreatePod 0', 'DeletePod 1']);
  assert.deepEqual(told(stepsOf(world.withoutPod(1))), ['CreatePod 0', 'CreatePod 1']);
});

test('A Pod that is killed while another node is being taken down comes back in the next plan', () => {
  const world = aWorld(three)
    .provisioned()
    .withPod(0, { disconnectedBy: 'Restart 2026-11-21T11:59:00Z' })
    .withoutPod(1);
  assert.deepEqual(told(stepsOf(world)), ['CreatePod 1']);
  assert.deepEqual(told(stepsOf(world.withPod(0, { deleting: true }).withView({ 0: 'DISCONNECTED' }))), [
    'CreatePod 1',
  ]);
});

describe('A Pod is waited for and not deleted', () => {
  for (const [what, change] of Object.entries({
    'no machine takes it': { unschedulable: 'Insufficient memory' },
    'its image takes twenty minutes': waiting('ContainerCreating'),
    'its image cannot be pulled for now': waiting('ErrImagePull'),
    'its NiFi takes an hour to start': starting(0),
  })) {
    test(`while ${what}`, () => {
      const world = aWorld(one).provisioned();
      const pod = { ready: false, ...change, createdAtMs: now.getTime() - 60 * minute };
      assert.deepEqual(stepsOf(world.withPod(0, pod)), []);
    });
  }
});

describe('A volume that is to grow', () => {
  const larger = one.withNode({ storage: [{ name: 'data', size: '20Gi' }] });

  test('grows also while its node has no Pod, which comes back with it', () => {
    const world = aWorld(one).provisioned().withoutPod(0).when(larger);
    assert.deepEqual(told(stepsOf(world)), ['PatchClaim 0', 'CreatePod 0']);
  });

  test('grows at once when other settings change with it, which wait for their restart', () => {
    const both = larger.withNode({ storage: [{ name: 'data', size: '20Gi' }], jvm: { heap: '2g' } });
    const world = aWorld(one).provisioned().when(both);
    assert.deepEqual(told(stepsOf(world)), ['PatchClaim 0']);
  });
});

test('A Pod that comes back mounts the volumes on record, whatever volumes the spec has by then', () => {
  const two = one.withNode({
    storage: [
      { name: 'data', size: '10Gi' },
      { name: 'content', size: '1Gi' },
    ],
  });
  const more = stepsOf(aWorld(one).provisioned().withoutPod(0).when(two));
  const fewer = stepsOf(aWorld(two).provisioned().withoutPod(0).when(one));
  for (const steps of [more, fewer]) {
    assert.deepEqual(told(steps), ['CreatePod 0']);
    assert.ok(steps.every((step) => step.kind === 'CreatePod' && step.source.kind === 'Stored'));
  }
  assert.ok(aWorld(two).provisioned().world.claims.has(claim(0, 'content')));
});
