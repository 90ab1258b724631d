import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { repeated } from './repeated.ts';
import type { Write } from './writes.ts';

const once = { 'create pods/prod-1': 1, 'delete pods/prod-1': 1 };
const twice = { 'create pods/prod-1': 2, 'delete pods/prod-1': 2 };
const record: Write = { to: 'Kubernetes', what: 'PATCH configmaps/prod-1', nth: 2 };
const byDelete: Write = { to: 'Kubernetes', what: 'DELETE pods/prod-1', nth: 1 };

const remove = 'DELETE pods/prod-1';
const whole = { brokenOff: {} };

describe('what is done once more', () => {
  test('is the emptying of a node at the delete of whose Pod an operator was killed', () => {
    const deaths = { killedAt: [byDelete], lastWrites: [], ...whole };
    assert.deepEqual(repeated({ emptied: 1 }, once, { done: twice, ...deaths }), twice);
    assert.deepEqual(repeated({ emptied: 1 }, once, { done: once, ...deaths }), once);
  });

  test('is the emptying of a node whose Pod an operator deleted while it was being killed', () => {
    const deaths = { killedAt: [record], lastWrites: [remove] };
    assert.deepEqual(repeated({ emptied: 1 }, once, { done: twice, ...deaths, ...whole }), twice);
    const unlogged = { 'create pods/prod-1': 2, 'delete pods/prod-1': 1 };
    const brokenOff = { 'pods/prod-1': 1 };
    assert.deepEqual(repeated({ emptied: 1 }, once, { done: unlogged, brokenOff, ...deaths }), unlogged);
    assert.deepEqual(repeated({ emptied: 1 }, once, { done: unlogged, ...whole, ...deaths }), twice);
  });

  test('is nothing when nobody died at that delete, nor without a node that is emptied', () => {
    const elsewhere = { killedAt: [record], lastWrites: ['DELETE pods/prod-0'], ...whole };
    assert.deepEqual(repeated({ emptied: 1 }, once, { done: twice, ...elsewhere }), once);
    const deaths = { killedAt: [byDelete], lastWrites: [remove], ...whole };
    assert.deepEqual(repeated({}, once, { done: twice, ...deaths }), {});
  });
});
