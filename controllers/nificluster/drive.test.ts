// What NiFi is had to do, and what is told of it: once when it was accepted, and why when it is not.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { HealWish } from '../../pkg/nifi/healer.ts';
import { askedNiFi } from '../../pkg/nifi/tasks/transition.ts';
import type { GatewayTask, TaskState } from '../../pkg/nifi/types.ts';
import { NiFiDriver } from './drive.ts';
import type { NiFiStep } from './plan/steps.ts';
import { starting } from './plan/testing.objects.ts';
import { aWorld } from './plan/testing.ts';
import { aCluster } from './testing.ts';

const up = aWorld(aCluster()).provisioned().withView({ 0: 'CONNECTED', 1: 'CONNECTED', 2: 'CONNECTED' });
const offload: NiFiStep = {
  kind: 'Offload',
  id: 2,
  nodeId: 'node-2',
  sinceMs: 5,
  attempt: 0,
  why: 'OffloadRequested',
  note: 'Offloading node 2',
};

function aGateway(moves: TaskState) {
  const ran: string[] = [];
  const wishes: HealWish[] = [];
  return {
    ran,
    wishes,
    state: moves,
    problem: () => undefined,
    run(task: GatewayTask): TaskState {
      ran.push(task.name);
      return task.name.startsWith('node ') ? this.state : { state: 'done', atMs: 0 };
    },
    autoHeal(wish: HealWish) {
      wishes.push(wish);
      return [];
    },
  };
}

function drive(
  driver: NiFiDriver,
  gateway: ReturnType<typeof aGateway>,
  { scene = up, steps = [offload] }: { readonly scene?: typeof up; readonly steps?: readonly NiFiStep[] } = {},
) {
  const events: string[] = [];
  const { cluster, world } = scene.input();
  const plan = { nifi: steps, heldDown: new Set([2]) };
  const drove = driver.drive(gateway, { cluster, world, plan }, (_, reason, note) => events.push(`${reason} ${note}`));
  return { ...drove, events };
}

describe('A move of a node', () => {
  test('is told when NiFi has accepted it, once, however often the plan asks for it', () => {
    const driver = new NiFiDriver();
    const gateway = aGateway({ state: 'running', atMs: 0 });
    assert.deepEqual(drive(driver, gateway).events, []);
    gateway.state = { state: 'done', atMs: 1, result: askedNiFi };
    const { events, asked } = drive(driver, gateway);
    assert.deepEqual([events, asked], [['OffloadRequested Offloading node 2'], [offload]]);
    assert.deepEqual(drive(driver, gateway).asked, []);
    assert.deepEqual(drive(driver, gateway, { steps: [{ ...offload, attempt: 1 }] }).events, []);
    assert.equal(drive(driver, gateway, { steps: [{ ...offload, sinceMs: 9 }] }).events.length, 1);
  });

  test('is not told when there was nothing to ask', () => {
    const gateway = aGateway({ state: 'done', atMs: 1, result: 'the node is OFFLOADING' });
    assert.deepEqual(drive(new NiFiDriver(), gateway).events, []);
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
    assert.deepEqual(gateway.ran, []);
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
