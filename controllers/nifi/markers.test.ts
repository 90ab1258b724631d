// The line by which something in NiFi is known to be ours.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMarkedFor, marked, markerIn, unmarked } from './markers.ts';

const owner = { kind: 'NiFiRegistryClient', namespace: 'data', name: 'flows' };
const sets = ['Personal, "Access" Token', 'url'];

test('A description names its owner and what was set, below what the user wrote', () => {
  const text = marked('two\nlines', { owner, sets: sets.toReversed() });
  assert.ok(text.startsWith('two\nlines\nManaged by nifi-operator: '));
  assert.deepEqual(markerIn(text), { owner, sets });
});

test('An empty description is the line alone', () => {
  assert.deepEqual(markerIn(marked('', { owner, sets: [] })), { owner, sets: [] });
});

test('A name that begins like another one is another owner', () => {
  const text = marked('', { owner, sets });
  assert.equal(isMarkedFor(text, owner), true);
  assert.equal(isMarkedFor(text, { ...owner, name: 'flow' }), false);
  assert.equal(isMarkedFor(marked('', { owner: { ...owner, name: 'flows2' }, sets }), owner), false);
});

test('A line that somebody has edited, or has written text below, is none of ours', () => {
  const text = marked('', { owner, sets });
  for (const edited of [
    '',
    'by hand',
    `${text} x`,
    `${text}\nmore`,
    text.replace('["', '["x'.repeat(2)),
    text.slice(0, -1),
  ]) {
    assert.equal(markerIn(edited), undefined, edited);
  }
});

test('Without the line there is what the user wrote, also where there never was a line', () => {
  for (const text of ['', 'ours', 'two\nlines']) {
    assert.equal(unmarked(marked(text, { owner, sets })), text);
    assert.equal(unmarked(text), text);
  }
});
