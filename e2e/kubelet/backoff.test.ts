import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Backoff } from './backoff.ts';

describe('the back-off of a crashing container', () => {
  test('restarts at once, then after 10 s doubled up to 5 minutes', () => {
    const backoff = new Backoff();
    const waits = Array.from({ length: 9 }, () => backoff.afterFailure(1));
    assert.deepEqual(waits, [0, 10, 20, 40, 80, 160, 300, 300, 300]);
  });

  test('starts over after a container that ran for 10 minutes', () => {
    const backoff = new Backoff();
    for (let failures = 0; failures < 5; failures += 1) backoff.afterFailure(1);
    assert.equal(backoff.afterFailure(599), 160);
    assert.equal(backoff.afterFailure(600), 0);
    assert.equal(backoff.afterFailure(1), 10);
  });
});
