// Marks in descriptions and positions: that they tell the owner, survive JSON, and are not seen where there are none.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isMarked, markPosition, markText, ownerIn, unmarked } from './marker.ts';

const owner = { kind: 'NiFiRegistryClient', namespace: 'data', name: 'main.v2', uid: '0d4f-11' };

describe('a mark in a text', () => {
  test('tells the owner and leaves the text readable', () => {
    for (const text of ['', 'Flows of the team', 'two\nlines', '#{x} $1 $& (y)']) {
      const marked = markText(text, owner);
      assert.deepEqual(ownerIn(marked), owner);
      assert.equal(unmarked(marked), text);
      assert.equal(markText(marked, owner), marked);
    }
  });

  test('is replaced by that of another owner', () => {
    const other = { ...owner, uid: '2' };
    assert.deepEqual(ownerIn(markText(markText('text', owner), other)), other);
    assert.equal(unmarked(markText(markText('text', owner), other)), 'text');
  });

  test('is none in the middle of a text, or with anything missing', () => {
    const marked = markText('', owner);
    for (const text of ['', `${marked}\nmore`, `see ${marked}`, marked.replace('(', ''), marked.replace('data/', '')]) {
      assert.equal(ownerIn(text), undefined, text);
    }
  });
});

describe('a mark in a position', () => {
  const uids = Array.from({ length: 300 }, (_, index) => `uid-${index}`);
  const places = [0, -1, 7, -250.5, 1e6, -(2 ** 27), 2 ** 28 - 1];

  test('is found again after a way through JSON, wherever the group stands', () => {
    for (const uid of uids) {
      for (const place of places) {
        const marked = markPosition({ x: place, y: -place }, uid);
        assert.ok(Math.abs(marked.x - place) < 1.5 && Math.abs(marked.y + place) < 1.5);
        assert.ok(isMarked(JSON.parse(JSON.stringify(marked)) as typeof marked, uid));
        assert.deepEqual(markPosition(marked, uid), marked);
      }
    }
  });

  test('is nobody else’s, and gone from a group that was dragged to the grid', () => {
    const [first = '', ...others] = uids;
    const marked = markPosition({ x: 100, y: 200 }, first);
    assert.ok(others.every((uid) => !isMarked(marked, uid)));
    assert.equal(isMarked({ x: 96, y: marked.y }, first), false);
    assert.equal(isMarked({ x: 100, y: 200 }, first), false);
  });
});
