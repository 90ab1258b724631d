// What a person reads of a cluster: conditions as kstatus understands them, stable as long as nothing changes.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NiFiClusterStatus } from '../../api/v1/zz_generated.nificluster.ts';
import type { Condition } from '../../pkg/kube/conditions.ts';
import { planDisrupt } from './plan/disrupt/disrupt.ts';
import { planHealth } from './plan/health.ts';
import { planProvision } from './plan/provision.ts';
import type { Finding } from './plan/steps.ts';
import { crashed, daysFromNow, now, starting } from './plan/testing.objects.ts';
import { aWorld, type WorldBuilder } from './plan/testing.ts';
import { invalidStatus, type Summary, summarize } from './status.ts';
import { aCluster } from './testing.ts';

const up = aWorld(aCluster()).provisioned();
const connected = { 0: 'CONNECTED', 1: 'CONNECTED', 2: 'CONNECTED' } as const;
const well = up.withView(connected);

function statusOf(
  world: WorldBuilder,
  extra: readonly Finding[] = [],
  change: Partial<Summary> = {},
): NiFiClusterStatus {
  const input = world.input();
  const provision = planProvision(input);
  const findings = [...extra, ...provision.findings, ...planDisrupt(input, provision).findings, ...planHealth(input)];
  return summarize({ input, findings, object: { metadata: { generation: 4 } }, now, ...change });
}

function condition(status: NiFiClusterStatus, type: string) {
  return status.conditions?.find((one) => one.type === type);
}

function brief(status: NiFiClusterStatus, ...types: readonly string[]): readonly (string | undefined)[] {
  return types.map((type) => {
    const found = condition(status, type);
    return found && `${found.status} ${found.reason}`;
  });
}

const worlds: readonly {
  what: string;
  world: WorldBuilder;
  verdict: 'ready' | 'waiting' | 'stalled';
  reason: string;
  /** Of a cluster that was up before. */
  phase: string;
}[] = [
  { what: 'is connected', world: well, verdict: 'ready', reason: 'Ready', phase: 'Running' },
  {
    what: 'is new',
    world: aWorld(aCluster()).created(),
    verdict: 'waiting',
    reason: 'WaitingForNodes',
    phase: 'Creating',
  },
  { what: 'has no view yet', world: up, verdict: 'waiting', reason: 'NiFiUnreachable', phase: 'Updating' },
  {
    what: 'has a member that NiFi does not know',
    world: up.withView({ 0: 'CONNECTED', 1: 'CONNECTED' }),
    verdict: 'waiting',
    reason: 'NodeDisconnected',
    phase: 'Updating',
  },
  {
    what: 'has a disconnected member',
    world: well.withView({ ...connected, 1: 'DISCONNECTED' }),
    verdict: 'waiting',
    reason: 'NodeDisconnected',
    phase: 'Updating',
  },
  {
    what: 'has a member that starts again',
    world: well.withPod(1, { ...starting(1), ready: false }),
    verdict: 'waiting',
    reason: 'WaitingForNodes',
    phase: 'Updating',
  },
  {
    what: 'has a member that crashes',
    world: well.withPod(1, crashed('bad key')),
    verdict: 'stalled',
    reason: 'NodeCrashLooping',
    phase: 'Error',
  },
  {
    what: 'grows',
    world: well.when(aCluster().withNodes(4)).created(),
    verdict: 'waiting',
    reason: 'WaitingForNodes',
    phase: 'Scaling',
  },
  {
    what: 'was asked to shrink',
    world: well.when(aCluster().withNodes(2)),
    verdict: 'waiting',
    reason: 'Removing',
    phase: 'Scaling',
  },
  {
    what: 'is given another configuration',
    world: well.when(aCluster().withNode({ jvm: { heap: '2g' } })),
    verdict: 'waiting',
    reason: 'Restarting',
    phase: 'Updating',
  },
  {
    what: 'is paused with a restart due',
    world: well.when(
      aCluster()
        .withNode({ jvm: { heap: '2g' } })
        .withSpec({ paused: true }),
    ),
    verdict: 'stalled',
    reason: 'Paused',
    phase: 'Updating',
  },
  {
    what: 'is to sleep',
    world: well.when(aCluster().withNodes(0)),
    verdict: 'waiting',
    reason: 'Hibernating',
    phase: 'Scaling',
  },
  {
    what: 'sleeps',
    world: well.when(aCluster().withNodes(0)).withoutPod(0, 1, 2),
    verdict: 'ready',
    reason: 'Hibernated',
    phase: 'Hibernated',
  },
  {
    what: 'never had a member',
    world: aWorld(aCluster().withNodes(0)).created(),
    verdict: 'ready',
    reason: 'Hibernated',
    phase: 'Hibernated',
  },
  {
    what: 'lost a volume',
    world: well.withoutClaim('data-prod-1'),
    verdict: 'stalled',
    reason: 'VolumeLost',
    phase: 'Error',
  },
];

describe('A cluster that', () => {
  for (const { what, world, verdict, reason, phase } of worlds) {
    test(`${what} is ${verdict}: ${reason}`, () => {
      const object = { metadata: { generation: 4 }, status: { phase: 'Running' } as const };
      const status = statusOf(world, [], { object });
      const ready = verdict === 'ready' ? `True ${reason}` : `False ${reason}`;
      const present = (kind: string) => (verdict === kind ? `True ${reason}` : undefined);
      assert.deepEqual(brief(status, 'Ready', 'Reconciling', 'Stalled'), [
        ready,
        present('waiting'),
        present('stalled'),
      ]);
      assert.equal(status.phase, phase);
      assert.equal(status.observedGeneration, 4);
      assert.ok(status.conditions?.every(({ observedGeneration }) => observedGeneration === 4));
    });
  }

  test('was never up is being created, however far it is, and one that was up is not', () => {
    const phaseAfter = (phase: NiFiClusterStatus['phase']) => {
      const object = { metadata: {}, status: phase === undefined ? {} : { phase } };
      return statusOf(up, [], { object }).phase;
    };
    assert.deepEqual(
      [phaseAfter(undefined), phaseAfter('Creating'), phaseAfter('Running')],
      ['Creating', 'Creating', 'Updating'],
    );
  });

  test('has an annotation that nobody understands is Ready all the same, and says so', () => {
    const status = statusOf(well, [{ reason: 'InvalidAnnotation', message: 'cannot be understood', effect: 'notes' }]);
    assert.deepEqual(brief(status, 'Ready', 'SpecAccepted'), ['True Ready', 'False InvalidAnnotation']);
  });

  test('has a node that has not told its version yet keeps the last that it told', () => {
    const object = { metadata: {}, status: { nodes: [{ id: 1, version: '2.5.0' }] } };
    const { nodes, version } = statusOf(well, [], { object });
    assert.deepEqual([nodes?.map((node) => node.version), version], [[undefined, '2.5.0', undefined], '2.5.0']);
  });

  test('is Ready never says that its members are not connected', () => {
    for (const { world } of worlds) {
      const [ready, all] = brief(statusOf(world), 'Ready', 'ClusterConnected');
      if (ready === 'True Ready') assert.equal(all, 'True Ready');
    }
  });
});

describe('A condition', () => {
  test('says which part is not well and leaves the others alone', () => {
    const status = statusOf(well.withoutClaim('data-prod-1'));
    assert.deepEqual(
      brief(status, 'SpecAccepted', 'NodesHealthy', 'ClusterConnected', 'ConfigurationApplied', 'CertificatesValid'),
      ['True Ready', 'False VolumeLost', 'True Ready', 'True Ready', 'True Ready'],
    );
  });

  const parts: readonly [Finding['reason'], string][] = [
    ['InvalidSpec', 'SpecAccepted'],
    ['ReferenceMissing', 'SpecAccepted'],
    ['PodRefused', 'NodesHealthy'],
    ['RestartPending', 'ConfigurationApplied'],
    ['RolloutStalled', 'ConfigurationApplied'],
    ['CertificatePending', 'CertificatesValid'],
  ];
  for (const [reason, type] of parts) {
    test(`${type} has the reason ${reason}`, () => {
      const status = statusOf(well, [{ reason, message: 'told', effect: 'blocks' }]);
      assert.deepEqual(brief(status, type), [`False ${reason}`]);
      assert.equal(condition(status, type)?.message, 'told');
    });
  }

  test('is Unknown about connections while nobody tells', () => {
    assert.deepEqual(brief(statusOf(up), 'ClusterConnected'), ['Unknown WaitingForNodes']);
  });

  test('tells first what only a person can mend, and how much more there is', () => {
    const status = statusOf(well, [
      { reason: 'WaitingForNodes', message: 'wait', effect: 'waits' },
      { reason: 'PodRefused', message: 'quota', effect: 'blocks' },
      { reason: 'PodRefused', message: 'quota again', effect: 'blocks' },
    ]);
    assert.equal(condition(status, 'Ready')?.message, 'quota (and 1 more: PodRefused)');
  });

  test('is not shaken by a note', () => {
    const status = statusOf(well, [{ reason: 'VersionMismatch', message: 'note', effect: 'notes' }]);
    assert.deepEqual(brief(status, 'Ready'), ['True Ready']);
  });

  test('keeps the time of its last change, and the whole status does not change by itself', () => {
    const first = statusOf(well);
    const object = { metadata: { generation: 4 }, status: first };
    assert.deepEqual(statusOf(well, [], { object, now: daysFromNow(1) }), first);
    const later = statusOf(well.withPod(1, crashed('x')), [], { object, now: daysFromNow(1) });
    assert.equal(condition(later, 'Ready')?.lastTransitionTime, '2026-11-22T12:00:00Z');
    assert.equal(condition(later, 'SpecAccepted')?.lastTransitionTime, '2026-11-21T12:00:00Z');
  });

  test('that no longer holds is taken away, also one of somebody’s former version', () => {
    const former: Condition = {
      type: 'Former',
      status: 'True',
      reason: 'X',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    const object = { metadata: { generation: 4 }, status: { conditions: [former] } };
    assert.equal(condition(statusOf(well, [], { object }), 'Former'), undefined);
  });
});

describe('The status', () => {
  test('counts members, and as ready only those that kubelet and NiFi agree about', () => {
    const { replicas, readyNodes } = statusOf(
      well.withPod(0, { ready: false }).withView({ ...connected, 1: 'CONNECTING' }),
    );
    assert.deepEqual([replicas, readyNodes], [3, 1]);
  });

  test('names address, selector, coordinator and primary', () => {
    const { url, selector, coordinator, primary } = statusOf(well);
    assert.equal(url, 'https://prod.data.svc:8443/nifi');
    assert.equal(selector, 'app.kubernetes.io/component=node,nifi.datadynamics.io/cluster=prod');
    assert.deepEqual([coordinator, primary], ['prod-0', 'prod-0']);
  });

  test('names who joins and who leaves before anything is done', () => {
    assert.deepEqual(statusOf(well.when(aCluster().withSpec({ decommission: [1] }))).planned, {
      joining: [3],
      leaving: [1],
    });
  });

  test('has every node with its state and the reason why it is not well, leaving ones too', () => {
    const { nodes } = statusOf(well.when(aCluster().withNodes(2)).withPod(1, crashed('bad key')));
    assert.deepEqual(
      nodes?.map(({ id, state, ready, updated, reason }) => [id, state, ready, updated, reason]),
      [
        [0, 'CONNECTED', true, true, undefined],
        [1, 'CONNECTED', false, true, 'NodeCrashLooping'],
        [2, 'CONNECTED', true, undefined, 'RemovalPending'],
      ],
    );
  });

  test('of a sleeping cluster names its nodes and why they are down, and nobody who leaves', () => {
    const status = statusOf(well.when(aCluster().withNodes(0)).withoutPod(0, 1, 2));
    assert.deepEqual(
      status.nodes?.map(({ id, state, ready, reason }) => [id, state, ready, reason]),
      [0, 1, 2].map((id) => [id, undefined, false, 'Hibernated']),
    );
    assert.deepEqual(status.planned, { joining: [], leaving: [] });
    assert.deepEqual([status.coordinator, status.primary, status.replicas], [undefined, undefined, 0]);
    assert.deepEqual(brief(status, 'ClusterConnected', 'ConfigurationApplied'), ['True Hibernated', 'True Ready']);
  });

  test('has the state of a node that starts again, by its address', () => {
    const input = well
      .withView({ ...connected, 1: 'DISCONNECTED' })
      .withPod(1, starting(1))
      .input();
    const { view } = input.world;
    assert.ok(view);
    const unnumbered = view.nodes.map(({ nodeId, address, apiPort, status, sinceMs, roles, events }) => {
      return { nodeId, address, apiPort, status, sinceMs, roles, events };
    });
    const world = { ...input.world, view: { ...view, nodes: unnumbered } };
    const status = summarize({ input: { ...input, world }, findings: [], object: { metadata: {} }, now });
    assert.equal(status.nodes?.[1]?.state, 'DISCONNECTED');
  });

  test('says of a node that it is not updated while it runs something older', () => {
    const { nodes } = statusOf(well.when(aCluster().withNode({ jvm: { heap: '2g' } })));
    assert.deepEqual(
      nodes?.map(({ updated }) => updated),
      [false, false, false],
    );
  });

  test('of an object that does not fit the schema keeps what was known and says what is wrong', () => {
    const before = statusOf(well.withPod(1, { ...starting(1), ready: false }));
    const status = invalidStatus({ metadata: { generation: 5 }, status: before }, ['a', 'b', 'c', 'd'], now);
    assert.deepEqual(brief(status, 'Ready', 'Stalled', 'Reconciling', 'SpecAccepted'), [
      'False InvalidSpec',
      'True InvalidSpec',
      undefined,
      'False InvalidSpec',
    ]);
    assert.equal(condition(status, 'Ready')?.message, 'The spec does not fit the schema: a; b; c');
    assert.deepEqual([status.observedGeneration, status.phase, status.nodes], [5, 'Error', before.nodes]);
  });
});
