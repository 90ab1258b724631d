// Auto-heal over time: attempts are counted and spaced, and the caller is asked back when something is due.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeClock } from '../kube/clock.ts';
import { Healer, type HealWish } from './healer.ts';
import type { ClusterView, NodeConnection, TaskState, ViewNode } from './types.ts';

const wish: HealWish = {
  reconnectAfterMs: 60_000,
  members: new Set([0, 1]),
  markedDisconnected: new Set(),
  wantedDown: new Set(),
  operatorIdentity: 'operator',
};

function bench() {
  const clock = new FakeClock();
  const runs: string[] = [];
  const news = { count: 0 };
  const state: { status: NodeConnection; sinceMs: number; task: TaskState } = {
    status: 'DISCONNECTED',
    sinceMs: 0,
    task: { state: 'running', atMs: 0 },
  };
  const node = (id: number, status: NodeConnection, sinceMs: number): ViewNode => ({
    id,
    nodeId: `uuid-${id}`,
    address: `c-${id}`,
    apiPort: 8443,
    status,
    sinceMs,
    roles: [],
    events: [{ timestamp: '', category: 'INFO', message: 'Node disconnected from cluster due to Have not received' }],
  });
  const lastView = (): ClusterView => ({
    takenAtMs: clock.monotonicMs(),
    takenFrom: 0,
    nodes: [node(0, 'CONNECTED', 0), node(1, state.status, state.sinceMs)],
  });
  const healer = new Healer({
    clock,
    lastView,
    run: (task) => {
      runs.push(task.input);
      return state.task;
    },
    onChange: () => {
      news.count += 1;
    },
  });
  const reason = (): string | undefined => healer.heal(wish)[0]?.reason;
  return { clock, runs, news, state, healer, reason };
}

describe('the healer', () => {
  test('asks to be called again when the waiting time is over', async () => {
    const { clock, runs, news, reason, healer } = bench();
    assert.equal(reason(), 'TooEarly');
    await clock.advance(59_999);
    assert.equal(news.count, 0);
    await clock.advance(1);
    assert.equal(news.count, 1);
    assert.equal(reason(), 'DisconnectedByNiFi');
    assert.equal(runs.length, 1);
    healer.close();
  });

  test('leaves a node that was down a moment ago the time to join by itself', async () => {
    const { clock, runs, state, healer, reason } = bench();
    await clock.advance(60_000);
    healer.heal({ ...wish, wantedDown: new Set([1]) });
    assert.equal(reason(), 'TooEarly');
    await clock.advance(14_999);
    assert.equal(reason(), 'TooEarly');
    await clock.advance(1);
    assert.equal(reason(), 'DisconnectedByNiFi');
    assert.deepEqual([runs.length, state.status], [1, 'DISCONNECTED']);
  });

  test('counts an attempt when NiFi accepted it, and tries a node that stays away again later', async () => {
    const { clock, runs, state, reason, healer } = bench();
    await clock.advance(60_000);
    reason();
    assert.equal(reason(), 'DisconnectedByNiFi', 'a running attempt is not counted');
    for (const pauseMs of [60_000, 120_000, 240_000]) {
      state.task = { state: 'done', atMs: clock.monotonicMs() };
      assert.equal(reason(), 'DisconnectedByNiFi');
      assert.equal(reason(), 'BackingOff');
      await clock.advance(pauseMs - 1);
      assert.equal(reason(), 'BackingOff');
      await clock.advance(1);
      state.task = { state: 'running', atMs: clock.monotonicMs() };
      assert.equal(reason(), 'DisconnectedByNiFi');
    }
    assert.equal(new Set(runs).size, 4, 'each attempt is a piece of work of its own');
    healer.close();
  });

  test('forgets the attempts of a node that stayed connected for ten minutes', async () => {
    const { clock, state, reason, healer } = bench();
    await clock.advance(60_000);
    state.task = { state: 'done', atMs: clock.monotonicMs() };
    reason();
    Object.assign(state, { status: 'CONNECTED', sinceMs: clock.monotonicMs() });
    await clock.advance(30_000);
    reason();
    Object.assign(state, { status: 'DISCONNECTED', sinceMs: clock.monotonicMs() - 60_000 });
    assert.equal(reason(), 'BackingOff');
    Object.assign(state, { status: 'CONNECTED', sinceMs: clock.monotonicMs() });
    await clock.advance(600_000);
    reason();
    Object.assign(state, { status: 'DISCONNECTED', sinceMs: clock.monotonicMs() - 60_000 });
    assert.equal(reason(), 'DisconnectedByNiFi');
    healer.close();
    assert.equal(clock.pendingTimers, 0);
  });
});
