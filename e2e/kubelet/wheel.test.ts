import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Wheel } from './wheel.ts';

/** `performance.now` gives these, and then the true time after the last of them. */
function withClock(t: TestContext, readings: readonly number[]): void {
  const began = performance.now();
  const now = performance.now.bind(performance);
  const left = [...readings];
  t.mock.method(performance, 'now', () => left.shift() ?? (readings.at(-1) ?? 0) + now() - began);
}

test('a process that is held up while it arms an idle wheel still gets its call', async (t) => {
  withClock(t, [0, 0, 500]); // made, looked at once, and then half a second is gone
  const wheel = new Wheel();
  t.after(() => wheel.stop());
  let called = 0;
  wheel.after(20, () => (called += 1));
  await sleep(200);
  assert.equal(called, 1);
});

test('a call that is taken back twice takes no other with it', async (t) => {
  withClock(t, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]); // all that follows is in one slot
  const wheel = new Wheel();
  t.after(() => wheel.stop());
  const takeBack = wheel.after(100, () => assert.fail('it was taken back'));
  takeBack();
  let called = 0;
  wheel.after(100, () => (called += 1));
  takeBack();
  await sleep(300);
  assert.equal(called, 1);
});
