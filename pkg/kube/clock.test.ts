// The machine's clock: a timer of Node holds 2^31 - 1 ms, and fires after one millisecond when it is given more.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { systemClock } from './clock.ts';

const day = 86_400_000;
const longestTimer = 2 ** 31 - 1;

describe('the clock of the machine', () => {
  test('lets a timer of a month wait, which is longer than one of Node can', async (t) => {
    const warnings: string[] = [];
    const note = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', note);
    t.after(() => process.off('warning', note));
    let fired = 0;
    const cancel = systemClock.setTimeout(() => {
      fired += 1;
    }, 30 * day);
    t.after(cancel);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual([fired, warnings], [0, []]);
  });

  test('fires it once when its whole time is over, unless it was cancelled meanwhile', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const fired: string[] = [];
    systemClock.setTimeout(() => fired.push('month'), 30 * day);
    const cancel = systemClock.setTimeout(() => fired.push('cancelled'), 60 * day);
    t.mock.timers.tick(longestTimer);
    t.mock.timers.tick(30 * day - longestTimer - 1);
    assert.deepEqual(fired, []);
    t.mock.timers.tick(1);
    assert.deepEqual(fired, ['month']);
    cancel();
    t.mock.timers.tick(60 * day);
    assert.deepEqual(fired, ['month']);
  });
});
