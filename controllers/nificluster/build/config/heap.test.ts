import assert from 'node:assert/strict';
import { test } from 'node:test';
import { javaHeapBytes } from './heap.ts';

test('a heap is read as the JVM reads it', () => {
  const sizes = {
    '1g': 1_073_741_824,
    '512m': 536_870_912,
    '6G': 6_442_450_944,
    '2048k': 2_097_152,
    '1t': 2 ** 40,
    '4194304': 4_194_304,
  };
  for (const [text, bytes] of Object.entries(sizes)) assert.equal(javaHeapBytes(text), bytes, text);
});

test('what the JVM would refuse is no heap', () => {
  for (const text of [
    '',
    'g',
    '1.5g',
    '1Gi',
    '512MB',
    '-1g',
    ' 1g',
    '1g ',
    '0g',
    '1m',
    '2047k',
    '0x10m',
    '99999999999t',
  ]) {
    assert.equal(javaHeapBytes(text), undefined, text);
  }
});
