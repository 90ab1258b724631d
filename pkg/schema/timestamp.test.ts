import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseTimestamp, timestampText } from './timestamp.ts';

describe('RFC 3339 times', () => {
  test('a written time is read back', () => {
    assert.equal(parseTimestamp(timestampText(1_700_000_000_123)), 1_700_000_000_123);
  });

  test('an offset counts', () => {
    assert.equal(parseTimestamp('2026-11-21T14:00:00+02:00'), parseTimestamp('2026-11-21T12:00:00Z'));
  });

  for (const text of [
    'now',
    '2026-11-21',
    '2026-11-21 12:00:00Z',
    '2026-11-21T12:00:00',
    '1700000000',
    '2026-13-45T12:00:00Z',
    '',
  ]) {
    test(`"${text}" is no time`, () => {
      assert.equal(parseTimestamp(text), undefined);
    });
  }
});
