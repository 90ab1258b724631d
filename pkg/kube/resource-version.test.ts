// The order of resourceVersions, which every rule about going back in time stands on.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { compareResourceVersions, newerResourceVersion } from './resource-version.ts';

describe('resourceVersions', () => {
  test('are ordered as numbers of any length', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 80n }), fc.bigInt({ min: 1n, max: 2n ** 80n }), (a, b) => {
        const expected = a < b ? -1 : a > b ? 1 : 0;
        assert.equal(Math.sign(compareResourceVersions(String(a), String(b))), expected);
      }),
    );
  });

  test('that are empty or 0 are older than every other and equal to each other', () => {
    assert.equal(compareResourceVersions('', '0'), 0);
    assert.ok(compareResourceVersions('0', '1') < 0);
    assert.ok(compareResourceVersions('7', '') > 0);
  });

  test('are refused when they are not decimal numbers without leading zeros', () => {
    for (const bad of ['abc', '007', '-1', '1.5', '1 ']) {
      assert.throws(() => compareResourceVersions(bad, '1'), TypeError);
    }
  });

  test('merge to the newer one, and to the only one', () => {
    assert.equal(newerResourceVersion('9', '10'), '10');
    assert.equal(newerResourceVersion(undefined, '10'), '10');
    assert.equal(newerResourceVersion('9', undefined), '9');
    assert.equal(newerResourceVersion(undefined, undefined), undefined);
  });
});
