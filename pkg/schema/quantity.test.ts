import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compareQuantities, parseQuantity } from './quantity.ts';

describe('a quantity', () => {
  for (const [text, value] of [
    ['0', 0],
    ['1500m', 1.5],
    ['2Gi', 2_147_483_648],
    ['1e3', 1000],
    ['1.5G', 1.5e9],
    ['.5', 0.5],
    ['-3', -3],
    ['1E', 1e18],
  ] as const) {
    test(`of ${text} is ${value}`, () => assert.equal(parseQuantity(text), value));
  }
  for (const text of ['', 'x', '1KB', '1 Gi', '--1', '1i']) {
    test(`is not "${text}"`, () => assert.throws(() => parseQuantity(text), RangeError));
  }
  test('compares across suffixes', () => {
    assert.ok(compareQuantities('1Gi', '1G') > 0);
    assert.equal(compareQuantities('1Gi', '1024Mi'), 0);
    assert.ok(compareQuantities('900M', '1Gi') < 0);
  });
});
