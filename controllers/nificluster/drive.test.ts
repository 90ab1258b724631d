// What NiFi is had to do, and what is told of it: once when it was accepted, and why when it is not.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HealWish } from '../../pkg/nifi/healer.ts';
import { PolicyWorld } from '../../pkg/nifi/testing/policy-world.ts';
import type { GatewayProblem, GatewayTask, NodeConnection, TaskState } from '../../pkg/nifi/types.ts';
import { NiFiDriver } from './drive.ts';
import type { NiFiStep } from './plan/steps.ts';
import { monotonicMs, starting } from './plan/testing.objects.ts';
import { aWorld } from './plan/testing.ts';
import { aCluster } from './testing.ts';

const up = aWorld(aCluster()).provisioned().withView({ 0: 'CONNECTED', 1: 'CONNECTED', 2: 'CONNECTED' });
const offload: NiFiStep = {
  kind: 'Offload',
  id: 2,
  nodeId: 'uuid-2',
  sinceMs: 5,
  attempt: 0,
  why: 'OffloadRequested',
  note: 'Offloading node 2',
};

function aGateway(moves: TaskState, problem?: GatewayProblem, settings: TaskState = { state: 'done', atMs: 0 }) {
  const tasks: GatewayTask[] = [];
  const wishes: HealWish[] = [];
  return {
    tasks,
    wishes,
    problem: () => problem,
    run(task: GatewayTask): TaskState {
      tasks.push(task);
      return task.name.startsWith('node ') ? moves : settings;
    },
    autoHeal(wish: HealWish) {
      wishes.push(wish);
      return [];
    },
  };
}

/** NiFi carries out the newest move. */
async function carryOut({ tasks }: ReturnType<typeof aGateway>, state: NodeConnection): Promise<void> {
  const nifi = new PolicyWorld();
  nifi.states = ['CONNECTED', 'CONNECTED', state];
  await tasks.findLast(({ name }) => name.startsWith('node '))?.run(nifi.context());
}

function drive(
  driver: NiFiDriver,
  gateway: ReturnType<typeof aGateway>,
  {
    scene = up,
    steps = [offload],
    events = [],
  }: {
    readonly scene?: typeof up;
    readonly steps?: readonly NiFiStep[];
    readonly events?: string[];
  } = {},
) {
  const { cluster, world } = scene.input();
  const plan = { nifi: steps, heldDown: new Set([2]) };
  const drove = driver.drive(gateway, { cluster, world, plan, monotonicMs }, (_, reason, note) =>
    events.push(`${reason} ${note}`),
  );
  return { ...drove, events };
}

describe('A move of a node', () => {
  test('is told when NiFi accepts it, once, also when the plan asks for it no more', async () => {
    const driver = new NiFiDriver();
    const gateway = aGateway({ state: 'running', atMs: 0 });
    const events: string[] = [];
    const told = 'OffloadRequested Offloading node 2';
    assert.deepEqual(drive(driver, gateway, { events }).asked, []);
    await carryOut(gateway, 'DISCONNECTED');
    assert.deepEqual(events, [told]);
    assert.deepEqual(drive(driver, gateway, { steps: [], events }).asked, [offload]);
    assert.deepEqual(drive(driver, gateway, { steps: [{ ...offload, attempt: 1 }], events }).asked, []);
    await carryOut(gateway, 'DISCONNECTED');
    assert.deepEqual(events, [told]);
    drive(driver, gateway, { steps: [{ ...offload, sinceMs: 9 }], events });
    await carryOut(gateway, 'DISCONNECTED');
    assert.deepEqual(events, [told, told]);
  });

  test('is not told when there was nothing to ask', async () => {
    const gateway = aGateway({ state: 'running', atMs: 0 });
    const { events } = drive(new NiFiDriver(), gateway);
    await carryOut(gateway, 'OFFLOADING');
    assert.deepEqual(events, []);
  });

  test('that NiFi refuses is a finding about its node, in NiFi’s words', () => {
    const gateway = aGateway({ state: 'failed', atMs: 1, error: 'No permission.', attempts: 1, retryAtMs: 2 });
    const message = 'NiFi refuses to offload node 2: No permission.';
    assert.deepEqual(drive(new NiFiDriver(), gateway).findings, [
      { reason: 'NiFiRefused', message, node: 2, effect: 'waits' },
    ]);
  });

  test('that waits says for what', () => {
    const gateway = aGateway({ state: 'running', atMs: 1, waitingFor: 'node 1 is CONNECTING' });
    const [finding] = drive(new NiFiDriver(), gateway).findings;
    assert.equal(finding?.message, 'Waiting to offload node 2: node 1 is CONNECTING');
  });

  test('is not begun while there is no view: then nothing is known', () => {
    const gateway = aGateway({ state: 'running', atMs: 1 });
    drive(new NiFiDriver(), gateway, { scene: aWorld(aCluster()).provisioned() });
    assert.deepEqual(gateway.tasks, []);
  });
});

describe('The users and policies', () => {
  const what = 'The users and policies of the operator, the nodes and spec.access';
  const failed = { state: 'failed', atMs: 1, error: 'the disk is full', retryAtMs: 2 } as const;
  const told = (policies: TaskState, scene = up) => {
    const gateway = aGateway({ state: 'done', atMs: 1 }, undefined, policies);
    const { findings, unknown } = drive(new NiFiDriver(), gateway, { scene });
    return { words: findings.map(({ reason, effect, message }) => `${reason} ${effect}: ${message}`), unknown };
  };

  test('are waited for until they were written once: the status is not told before the first attempt has ended', () => {
    const words = [`Applying waits: ${what} are being written to NiFi`];
    assert.deepEqual(told({ state: 'running', atMs: 1 }), { words, unknown: true });
    assert.deepEqual(told({ state: 'done', atMs: 1 }), { words: [], unknown: false });
  });

  test('that wait for a node say so', () => {
    const words = [`Applying waits: ${what} wait to be written to NiFi: node 1 is CONNECTING`];
    assert.deepEqual(told({ state: 'running', atMs: 1, waitingFor: 'node 1 is CONNECTING' }), {
      words,
      unknown: false,
    });
  });

  test('are not waited for while no node could be asked: a cluster that sleeps sleeps', () => {
    const well = { words: [], unknown: false };
    const asleep = up.withoutPod(0, 1, 2);
    assert.deepEqual(told({ state: 'running', atMs: 1 }, asleep), well);
    assert.deepEqual(
      told({ state: 'running', atMs: 1, waitingFor: 'no other connected node can be asked' }, asleep),
      well,
    );
    assert.deepEqual(told({ ...failed, attempts: 9 }, asleep), well);
  });

  test('that cannot be written are told after a few attempts, with the words of NiFi', () => {
    const words = [`NiFiRefused waits: ${what} could not be written to NiFi: the disk is full`];
    assert.deepEqual(told({ ...failed, attempts: 2 }), { words, unknown: true });
    assert.deepEqual(told({ ...failed, attempts: 3 }), { words, unknown: false });
  });

  test('that were written once hold nothing up when they are only looked at again, unless that fails again and again', () => {
    const wasDone = true;
    const well = { words: [], unknown: false };
    assert.deepEqual(told({ state: 'running', atMs: 1, waitingFor: 'node 1 is CONNECTING', wasDone }), well);
    assert.deepEqual(told({ ...failed, attempts: 5, wasDone }), well);
    const words = [`NiFiRefused waits: ${what} could not be written to NiFi: the disk is full`];
    assert.deepEqual(told({ ...failed, attempts: 6, wasDone }), { words, unknown: false });
  });

  test('are another work as soon as spec.access changes', () => {
    const gateway = aGateway({ state: 'done', atMs: 1 });
    const read = aCluster().withSpec({ access: { readers: [{ user: 'ben' }] } });
    drive(new NiFiDriver(), gateway);
    drive(new NiFiDriver(), gateway, { scene: aWorld(read).provisioned().withView({ 0: 'CONNECTED' }) });
    const [before, after, ...more] = gateway.tasks.filter(({ name }) => name === 'policies');
    assert.notEqual(before?.input, after?.input);
    assert.deepEqual(more, []);
  });
});

describe('A NiFi that does not tell its view', () => {
  const since = (agoMs: number, message = 'Cannot replicate request to Node'): ReturnType<typeof aGateway> => {
    const problem = { sinceMs: monotonicMs - agoMs, reason: 'NotConnected', message } as const;
    return aGateway({ state: 'running', atMs: 1 }, problem);
  };
  const told = (gateway: ReturnType<typeof aGateway>, scene = up) => {
    const { findings, againMs } = drive(new NiFiDriver(), gateway, { scene });
    return [findings.map(({ reason }) => reason), againMs];
  };

  test('is told when that has lasted longer than a coordinator takes to be replaced, and is looked at again then', () => {
    assert.deepEqual(told(since(0)), [[], 20_000]);
    assert.deepEqual(told(since(16_400.5)), [[], 3_600]);
    assert.deepEqual(told(since(20_000)), [['NiFiUnreachable'], undefined]);
  });

  test('is told at once when it never told one, and when its nodes elect their flow', () => {
    assert.deepEqual(told(since(0), aWorld(aCluster()).provisioned()), [['NiFiUnreachable'], undefined]);
    const voting = 'Cluster is still in the process of voting on the appropriate Data Flow.';
    assert.deepEqual(told(since(0, voting)), [['FlowElection'], undefined]);
  });
});

describe('Taking back nodes that fell out', () => {
  test('leaves alone what the plan holds down, and every node with our mark', () => {
    const gateway = aGateway({ state: 'running', atMs: 1 });
    const scene = up.withPod(1, { disconnectedBy: 'Restart 2026-11-21T12:00:00Z' });
    drive(new NiFiDriver(), gateway, { scene });
    assert.deepEqual(
      gateway.wishes.map(({ wantedDown }) => [...wantedDown].toSorted((a, b) => a - b)),
      [[1, 2]],
    );
  });

  test('is told when NiFi has accepted it', () => {
    const gateway = aGateway({ state: 'running', atMs: 1 });
    const { events } = drive(new NiFiDriver(), gateway);
    assert.deepEqual(events, []);
    gateway.wishes[0]?.asked?.(1, 'DisconnectedByNiFi');
    assert.deepEqual(events, ['NodeReconnected Reconnecting node 1: DisconnectedByNiFi']);
  });

  test('leaves alone a node whose process is not up: it joins by itself, and writes would wait for it meanwhile', () => {
    const scenes = [
      up.withoutPod(1),
      up.withPod(1, { deleting: true }),
      up.withPod(1, { ...starting(1), ready: false }),
    ];
    for (const scene of scenes) {
      const gateway = aGateway({ state: 'running', atMs: 1 });
      drive(new NiFiDriver(), gateway, { scene });
      assert.ok(gateway.wishes[0]?.wantedDown.has(1));
      assert.ok(!gateway.wishes[0]?.wantedDown.has(0));
    }
  });
});

describe('A NiFi that gives no view', () => {
  const withoutView = (message: string) => {
    const problem = { reason: 'NotConnected', message, sinceMs: 0 } as const;
    const gateway = aGateway({ state: 'running', atMs: 1 }, problem);
    const { findings } = drive(new NiFiDriver(), gateway, { scene: aWorld(aCluster()).provisioned() });
    assert.deepEqual([gateway.tasks, gateway.wishes], [[], []], 'nothing is asked of it');
    return findings;
  };

  test('because its nodes elect their flow is waited for, however long it takes, and has not failed', () => {
    const said = 'Cluster is still in the process of voting on the appropriate Data Flow.';
    const message = `The nodes are electing their flow: ${said}`;
    assert.deepEqual(withoutView(said), [{ reason: 'FlowElection', message, effect: 'waits' }]);
  });

  test('for another reason is quoted', () => {
    const message = 'NiFi does not tell its view of the cluster: Node 0 refused the connection';
    assert.deepEqual(withoutView('Node 0 refused the connection'), [
      { reason: 'NiFiUnreachable', message, effect: 'waits' },
    ]);
  });
});
