// The breaker's states by a fake clock.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { FakeClock } from '../kube/clock.ts';
import { Breaker } from './breaker.ts';

function newBreaker(random = 0.5) {
  const clock = new FakeClock();
  const states: string[] = [];
  const breaker = new Breaker({
    clock,
    random: () => random,
    threshold: 3,
    firstPauseMs: 1_000,
    maxPauseMs: 8_000,
    onChange: (state) => states.push(state),
  });
  return { breaker, clock, states };
}

describe('a breaker', () => {
  test('opens after the third failure in a row, not after the third in all', () => {
    const { breaker } = newBreaker();
    for (const failed of [true, true, false, true, true]) {
      assert.ok(breaker.tryAcquire());
      if (failed) {
        breaker.failure();
      } else {
        breaker.success();
      }
    }
    assert.equal(breaker.state, 'closed');
    breaker.failure();
    assert.equal(breaker.state, 'open');
    assert.equal(breaker.tryAcquire(), false);
  });

  test('lets exactly one probe through after the pause, which doubles with each failed probe', async () => {
    const { breaker, clock, states } = newBreaker();
    for (let count = 0; count < 3; count += 1) {
      breaker.failure();
    }
    for (const pauseMs of [1_000, 2_000, 4_000, 8_000, 8_000]) {
      assert.equal((breaker.retryAtMs ?? 0) - clock.monotonicMs(), pauseMs);
      await clock.advance(pauseMs - 1);
      assert.equal(breaker.tryAcquire(), false);
      await clock.advance(1);
      assert.equal(breaker.tryAcquire(), true);
      assert.equal(breaker.tryAcquire(), false);
      breaker.failure();
    }
    await clock.advance(8_000);
    assert.ok(breaker.tryAcquire());
    breaker.success();
    assert.deepEqual([breaker.state, breaker.retryAtMs], ['closed', undefined]);
    assert.deepEqual(states.slice(0, 3), ['open', 'half-open', 'open']);
    for (let count = 0; count < 3; count += 1) {
      breaker.failure();
    }
    assert.equal((breaker.retryAtMs ?? 0) - clock.monotonicMs(), 1_000);
  });

  test('spreads the pauses of many breakers by a quarter to both sides', () => {
    for (const [random, pauseMs] of [
      [0, 750],
      [0.999_999, 1_250],
    ] as const) {
      const { breaker } = newBreaker(random);
      for (let count = 0; count < 3; count += 1) {
        breaker.failure();
      }
      assert.equal(Math.round(breaker.retryAtMs ?? 0), pauseMs);
    }
  });

  test('lets a probe through at once when something changed', () => {
    const { breaker } = newBreaker();
    for (let count = 0; count < 3; count += 1) {
      breaker.failure();
    }
    breaker.allowProbe();
    assert.equal(breaker.tryAcquire(), true);
    breaker.allowProbe();
    assert.equal(breaker.tryAcquire(), true);
  });

  test('is never shut for good, and never lets two probes through at once, whatever happens', async () => {
    const steps = fc.array(fc.constantFrom('acquire', 'success', 'failure', 'wait'), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const { breaker, clock } = newBreaker();
        for (const step of list) {
          if (step === 'wait') {
            await clock.advance(500);
          } else if (step === 'acquire') {
            const probing = breaker.state === 'half-open';
            assert.ok(!(breaker.tryAcquire() && probing));
          } else {
            breaker[step]();
          }
        }
        if (breaker.state === 'half-open') {
          breaker.failure();
        }
        await clock.advance(10_000);
        assert.ok(breaker.tryAcquire());
      }),
      { numRuns: 50 },
    );
  });
});
