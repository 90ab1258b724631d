// Whose turn it is.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FairLane } from './fair-lane.ts';

function drain(
  lane: FairLane<{ readonly key: string }>,
  isWanted: (item: { readonly key: string }) => boolean = () => true,
): string[] {
  const taken: string[] = [];
  for (let next = lane.peek(isWanted); next !== undefined; next = lane.peek(isWanted)) {
    taken.push(next.key);
    lane.shift();
  }
  return taken;
}

function laneOf(...keys: readonly string[]): FairLane<{ readonly key: string }> {
  const lane = new FairLane<{ readonly key: string }>();
  for (const key of keys) lane.push({ key });
  return lane;
}

test('namespaces take turns, and within one the first comes first', () => {
  const lane = laneOf('many/1', 'many/2', 'many/3', 'few/1', 'other/1', 'few/2');
  assert.deepEqual(drain(lane), ['many/1', 'few/1', 'other/1', 'many/2', 'few/2', 'many/3']);
});

test('who comes late waits for one of each other namespace', () => {
  const lane = laneOf('many/1', 'many/2', 'many/3');
  lane.peek(() => true);
  lane.shift();
  lane.push({ key: 'late/1' });
  assert.deepEqual(drain(lane), ['many/2', 'late/1', 'many/3']);
});

test('what is wanted no more is passed over, and costs its namespace no turn', () => {
  const lane = laneOf('a/1', 'a/2', 'b/1');
  assert.deepEqual(
    drain(lane, ({ key }) => key !== 'a/1'),
    ['a/2', 'b/1'],
  );
});

test('keys without a namespace come in their order', () => {
  assert.deepEqual(drain(laneOf('x', 'y', 'z')), ['x', 'y', 'z']);
});

test('thousands of one namespace come in their order', () => {
  const keys = Array.from({ length: 5000 }, (_, number) => `many/${number}`);
  assert.deepEqual(drain(laneOf(...keys)), keys);
});
