import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { doneIn } from './audit-tail.ts';
import { repeated } from './repeated.ts';
import type { Write } from './writes.ts';

const once = { 'create pods/prod-1': 1, 'delete pods/prod-1': 1 };
const twice = { 'create pods/prod-1': 2, 'delete pods/prod-1': 2 };
const record: Write = { to: 'Kubernetes', what: 'PATCH configmaps/prod-1', nth: 2 };
const byDelete: Write = { to: 'Kubernetes', what: 'DELETE pods/prod-1', nth: 1 };

const remove = 'DELETE pods/prod-1';

describe('what is done once more', () => {
  test('is the emptying of a node at the delete of whose Pod an operator was killed', () => {
    const deaths = { killedAt: [byDelete], lastWrites: [] };
    assert.deepEqual(repeated({ emptied: 1 }, once, twice, deaths), twice);
    assert.deepEqual(repeated({ emptied: 1 }, once, once, deaths), once);
  });

  test('is the emptying of a node whose Pod an operator deleted while it was being killed', () => {
    assert.deepEqual(repeated({ emptied: 1 }, once, twice, { killedAt: [record], lastWrites: [remove] }), twice);
  });

  test('is the same when the delete was broken off, which only then counts as done', () => {
    const unlogged = { 'create pods/prod-1': 2, 'delete pods/prod-1': 1 };
    const expected = repeated({ emptied: 1 }, once, unlogged, { killedAt: [record], lastWrites: [remove] });
    assert.deepEqual(doneIn({ done: unlogged, brokenOff: { 'pods/prod-1': 1 } }, expected), expected);
    assert.deepEqual(doneIn({ done: unlogged, brokenOff: {} }, expected), unlogged);
    assert.deepEqual(expected, twice);
  });

  test('is nothing when nobody died at that delete, nor without a node that is emptied', () => {
    const elsewhere = { killedAt: [record], lastWrites: ['DELETE pods/prod-0'] };
    assert.deepEqual(repeated({ emptied: 1 }, once, twice, elsewhere), once);
    assert.deepEqual(repeated({}, once, twice, { killedAt: [byDelete], lastWrites: [remove] }), {});
  });
});
