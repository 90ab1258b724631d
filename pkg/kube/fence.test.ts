// The fence alone: it opens until a moment of monotonic time and shuts by itself.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from './clock.ts';
import { FencedError } from './errors.ts';
import { WriteFence } from './fence.ts';

test('a fence without leader election is always open', () => {
  const fence = new WriteFence(new FakeClock());
  fence.check();
  assert.equal(fence.open, true);
});

test('a fence shuts exactly at its deadline without any timer, and says by how much it is late', () => {
  const clock = new FakeClock();
  const fence = new WriteFence(clock);
  fence.openUntil(10_000, 4);
  clock.stall(9999);
  fence.check();
  clock.stall(1);
  assert.equal(fence.open, false);
  clock.stall(500);
  assert.throws(() => fence.check(), { name: 'FencedError', message: /500 ms past/ });
  assert.equal(fence.term, 4);
});

test('a closed fence stays shut', () => {
  const clock = new FakeClock();
  const fence = new WriteFence(clock);
  fence.close();
  clock.stall(1_000_000);
  assert.throws(() => fence.check(), FencedError);
});
