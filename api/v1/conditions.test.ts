// The vocabulary is closed and useful: one meaning a word, every refusal with a way out, and the same words in the reference.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Meaning, reasonGroups } from './conditions.reasons.ts';
import { conditionTypes, eventReasons, reasons } from './conditions.ts';

const words = [...Object.keys(conditionTypes), ...Object.keys(reasons), ...Object.keys(eventReasons)];
const page = readFileSync(join(import.meta.dirname, '../../docs/reference/conditions.md'), 'utf8');

test('Every word is CamelCase and short enough for a condition', () => {
  for (const word of words) assert.match(word, /^[A-Z][A-Za-z0-9]{1,62}$/);
});

test('No word is both a reason and an event of its own', () => {
  const both = Object.keys(eventReasons).filter((word) => word in reasons);
  assert.deepEqual(both, []);
});

test('No reason is in two groups', () => {
  const grouped = Object.values(reasonGroups).flatMap((group) => Object.keys(group));
  assert.equal(grouped.length, new Set(grouped).size);
  assert.deepEqual(grouped.toSorted(), Object.keys(reasons).toSorted());
});

test('Every meaning is a sentence', () => {
  for (const { meaning } of [
    ...Object.values(conditionTypes),
    ...Object.values(reasons),
    ...Object.values(eventReasons),
  ]) {
    assert.match(meaning, /^[A-Za-z].*[.]$/);
  }
});

test('Every reason that is not progress says what mends it', () => {
  const [, ...others]: readonly Readonly<Record<string, Meaning>>[] = Object.values(reasonGroups);
  for (const [word, { mend }] of others.flatMap((group) => Object.entries(group))) assert.match(mend, /[.]$/, word);
});

test('The reference and the vocabulary have the same words', () => {
  const documented = [...page.matchAll(/^\| `([A-Za-z]+)` \|/gm)].map(([, word = '']) => word);
  assert.deepEqual(documented.toSorted(), words.toSorted());
});
