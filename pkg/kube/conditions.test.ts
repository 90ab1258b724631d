// Conditions: when their times move, and that nothing changes when nothing changed.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Condition, findCondition, isConditionTrue, removeCondition, setCondition } from './conditions.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second, 123));
const ready = { type: 'Ready', status: 'True', reason: 'AllReady', message: 'all', observedGeneration: 3 } as const;

describe('a condition', () => {
  test('is added with a time in whole seconds', () => {
    const [condition] = setCondition([], ready, at(5));
    assert.equal(condition?.lastTransitionTime, '2026-01-01T00:00:05Z');
  });

  test('keeps its time while its status stays, whatever else changes', () => {
    const before = setCondition([], ready, at(5));
    const [after] = setCondition(before, { ...ready, reason: 'Other', message: 'more', observedGeneration: 4 }, at(9));
    assert.equal(after?.lastTransitionTime, '2026-01-01T00:00:05Z');
    assert.equal(after?.reason, 'Other');
  });

  test('gets a new time when its status changes, in its old place', () => {
    const other: Condition = { ...ready, type: 'Other', lastTransitionTime: 'x' };
    const before = [...setCondition([], ready, at(5)), other];
    const after = setCondition(before, { ...ready, status: 'False' }, at(9));
    assert.deepEqual(
      after.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]),
      [
        ['Ready', '2026-01-01T00:00:09Z'],
        ['Other', 'x'],
      ],
    );
  });

  test('that is set to what it is gives the very same list', () => {
    const before = setCondition([], ready, at(5));
    assert.equal(setCondition(before, ready, at(9)), before);
    assert.equal(removeCondition(before, 'Unknown'), before);
  });

  test('is found, asked and removed by its type', () => {
    const conditions = setCondition([], ready, at(5));
    assert.equal(findCondition(conditions, 'Ready')?.reason, 'AllReady');
    assert.equal(isConditionTrue(conditions, 'Ready'), true);
    assert.equal(isConditionTrue(undefined, 'Ready'), false);
    assert.deepEqual(removeCondition(conditions, 'Ready'), []);
  });
});
