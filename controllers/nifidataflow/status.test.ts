// What is told of a dataflow, and when a status is left as it is.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { GroupInNiFi } from './plan/observed.ts';
import { atVersion, counting, ours, target, wish, worldOf } from './plan/testing.ts';
import type { FlowWish } from './plan/world.ts';
import { factsIn, factsOf, readiness, requestAfter } from './status.ts';

const seen = { cluster: 'prod' };
const full = (queued: number, running = 3) => counting({ running }, queued);

test('The version, NiFi’s word on it, the counts and the cluster are told', () => {
  const zero = { stopped: 0, invalid: 0, disabled: 0 };
  assert.deepEqual(factsOf(ours, seen, {}), {
    id: 'g-1',
    cluster: 'prod',
    observedVersion: '2',
    versionState: 'UP_TO_DATE',
    counts: { running: 3, ...zero, queued: 0 },
  });
});

test('What is told already is everything but the conditions', () => {
  const facts = factsOf(ours, seen, {});
  const status = { ...facts, conditions: [], observedGeneration: 2 };
  assert.deepEqual(factsIn({ status }), facts);
  assert.deepEqual(factsIn({}), {});
});

describe('How much is queued', () => {
  /** [situation, queued before, group now, queued told] */
  const cases: readonly (readonly [string, number, GroupInNiFi, number])[] = [
    ['changes, and nothing else does: what is told stays', 100, full(250), 100],
    ['becomes nothing: that is told', 100, full(0), 0],
    ['ceases to be nothing: that is told', 0, full(7), 7],
    ['changes with something else: the new number is told', 100, full(250, 2), 250],
  ];
  for (const [what, before, group, then] of cases) {
    test(what, () => assert.equal(factsOf(group, seen, factsOf(full(before), seen, {})).counts?.queued, then));
  }
});

test('Invalid components stay told until none is invalid, and are at most as many as the schema takes', () => {
  const invalid = Array.from({ length: 40 }, (_, each) => ({ id: `p-${each}` }));
  const told = factsOf(counting({ invalid: 40 }), { ...seen, invalid }, {});
  assert.equal(told.invalidComponents?.length, 32);
  assert.deepEqual(factsOf(counting({ invalid: 40 }), seen, told).invalidComponents, told.invalidComponents);
  assert.equal(factsOf(ours, seen, told).invalidComponents, undefined);
});

describe('A dataflow for which nothing is left to do', () => {
  const broken = counting({ running: 2, invalid: 1 });
  const modified: GroupInNiFi = { ...ours, versionControl: { ...atVersion, state: 'LOCALLY_MODIFIED' } };
  const failing: GroupInNiFi = { ...ours, versionControl: { ...atVersion, state: 'SYNC_FAILURE' } };
  const cases: readonly (readonly [string, GroupInNiFi, Partial<FlowWish>, RegExp])[] = [
    ['is ready', ours, {}, /^Ready Ready: the flow is in NiFi as the spec asks$/u],
    [
      'is not ready with an invalid component, which is named',
      broken,
      {},
      /^Stalled InvalidInNiFi: .* gen: no broker$/u,
    ],
    [
      'is ready with an invalid component that may be passed over',
      broken,
      { skipInvalidComponents: true },
      /^Ready Ready/u,
    ],
    ['is ready with an invalid component when it is to stand still', broken, { state: 'Stopped' }, /^Ready Ready/u],
    ['tells local changes that are not to be taken back', modified, { sync: 'Never' }, /^Ready LocallyModified/u],
    [
      'tells that somebody stopped it',
      counting({ stopped: 3 }),
      { sync: 'Never', state: 'Running' },
      /^Ready LocallyModified/u,
    ],
    ['says nothing of changes when it was made once', modified, { sync: 'Once' }, /^Ready Ready/u],
    ['is ready while its registry does not answer', failing, {}, /^Ready Ready: .*cannot compare/u],
  ];
  for (const [what, group, change, words] of cases) {
    test(what, () => {
      const world = worldOf([group], { services: [], nested: [] });
      const invalid = [{ id: 'p-1', name: 'gen', errors: ['no broker'] }];
      const { is, reason, message } = readiness({ ...wish, ...change }, { target, world, group }, invalid);
      assert.match(`${is} ${reason}: ${message}`, words);
    });
  }
});

describe('The last request', () => {
  const now = new Date('2026-01-02T00:00:00Z');
  const startedAt = '2026-01-01T00:00:00Z';
  const running = { state: 'running', atMs: 0 } as const;
  const due = { type: 'Update', version: '3' } as const;
  const begun = { ...due, state: 'Running', startedAt } as const;
  const nothing = { memory: {}, due: undefined, state: undefined, now };

  test('is told as soon as it is about to be made, and keeps its time', () => {
    const told = requestAfter(undefined, { ...nothing, due, state: running });
    assert.deepEqual(told, { ...due, state: 'Running', startedAt: now.toISOString() });
    assert.equal(requestAfter(begun, { ...nothing, due, state: running }), begun);
  });

  test('is not told while nothing has been asked of NiFi', () => {
    const state = { ...running, waitingFor: 'node 1 is CONNECTING' };
    assert.equal(requestAfter(undefined, { ...nothing, due, state }), undefined);
  });

  test('is as the task left it, since it began', () => {
    const memory = { request: { ...due, state: 'Failed' as const, message: 'the disk is full' } };
    const told = requestAfter(begun, { ...nothing, memory });
    assert.deepEqual(told, { ...due, state: 'Failed', message: 'the disk is full', startedAt });
  });

  test('has succeeded when all is as asked and nobody remembers how: another operator began it', () => {
    assert.deepEqual(requestAfter(begun, nothing), { ...begun, state: 'Succeeded' });
    assert.equal(requestAfter({ ...begun, state: 'Failed' }, nothing)?.state, 'Failed');
    assert.equal(requestAfter(undefined, nothing), undefined);
  });
});
