// The values that the schema walk tries: they fit or fail as they claim, and cover the boundaries.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { enumeration, integer, map, object, string } from './helpers.ts';
import { valuesOf } from './values.ts';

describe('Values for a field', () => {
  test('of an integer are its boundaries, and what lies beyond', () => {
    const { good, bad } = valuesOf(integer('Count.', { min: 1, max: 9 }));
    assert.deepEqual(
      good.map(({ value }) => value),
      [1, 9],
    );
    assert.deepEqual(
      bad.map(({ value }) => value),
      [0, 10, 1.5, 'seven'],
    );
  });

  test('of a string include the longest and one too long', () => {
    const { good, bad } = valuesOf(string('Text.', { min: 2, max: 4 }));
    assert.ok(good.some(({ value }) => value === 'aaaa'));
    assert.ok(bad.some(({ value }) => value === 'aaaaa'));
    assert.ok(bad.some(({ value }) => value === 'a'));
  });

  test('of a set are its members, and one that is none', () => {
    const { good, bad } = valuesOf(enumeration('Choice.', ['A', 'B']));
    assert.deepEqual(
      good.map(({ value }) => value),
      ['A', 'B'],
    );
    assert.ok(bad.some(({ value }) => value === 'Bogus'));
  });

  test('of a map include one with too many keys', () => {
    const { bad } = valuesOf(map('Map.', string('Value.', { max: 1 }), { max: 1 }));
    assert.ok(bad.some(({ value }) => typeof value === 'object' && Object.keys(value ?? {}).length === 2));
  });

  test('of an object with known fields are left to its fields', () => {
    assert.deepEqual(valuesOf(object('Thing.', {})).good, []);
  });
});
