import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDuration } from './duration.ts';

test('A duration is the sum of its hours, minutes and seconds in milliseconds', () => {
  assert.equal(parseDuration('60s'), 60_000);
  assert.equal(parseDuration('70m'), 4_200_000);
  assert.equal(parseDuration('1h10m5s'), 4_205_000);
  assert.equal(parseDuration('0s'), 0);
});

test('What is no duration of the API is refused', () => {
  for (const text of ['', '60', '1d', '1.5h', '10m1h', ' 60s', '-5s', '500ms']) {
    assert.throws(() => parseDuration(text), RangeError, text);
  }
});
