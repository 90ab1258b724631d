// Members are a pure function of the spec: the same on every operator, and never an id that was sent away for good.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { membersOf } from './membership.ts';

const ids = fc.uniqueArray(fc.nat({ max: 40 }), { maxLength: 12 });
const size = fc.nat({ max: 25 });

describe('The members of a cluster', () => {
  const cases = [
    { spec: { replicas: 3 }, members: [0, 1, 2] },
    { spec: { replicas: 3, decommission: [1] }, members: [0, 2, 3] },
    { spec: { replicas: 2, decommission: [1] }, members: [0, 2] },
    { spec: { replicas: 0 }, members: [] },
    { spec: { replicas: 2, decommission: [7] }, members: [0, 1] },
    { spec: { nodeIds: [5, 0, 2] }, members: [0, 2, 5] },
    { spec: { nodeIds: [10, 9] }, members: [9, 10] },
    { spec: { nodeIds: [3, 3] }, members: [3] },
    { spec: { nodeIds: [] }, members: [] },
    { spec: {}, members: [] },
  ];
  for (const { spec, members } of cases) {
    test(`are ${JSON.stringify(members)} for ${JSON.stringify(spec)}`, () => {
      assert.deepEqual(membersOf(spec), members);
    });
  }

  test('are as many as asked for, ascending, without a decommissioned id and without a gap that is not one', () => {
    fc.assert(
      fc.property(size, ids, (replicas, decommission) => {
        const members = membersOf({ replicas, decommission });
        assert.equal(members.length, replicas);
        const largest = members.at(-1) ?? -1;
        const allowed = Array.from({ length: largest + 1 }, (_, id) => id).filter((id) => !decommission.includes(id));
        assert.deepEqual(members, allowed);
      }),
    );
  });

  test('only grow when the number grows: nobody leaves for a node that joins', () => {
    fc.assert(
      fc.property(size, fc.nat({ max: 5 }), ids, (replicas, more, decommission) => {
        const before = membersOf({ replicas, decommission });
        const after = membersOf({ replicas: replicas + more, decommission });
        assert.deepEqual(after.slice(0, before.length), before);
      }),
    );
  });

  test('lose exactly the id that is decommissioned, and gain one larger than all', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 25 }), ids, fc.nat(), (replicas, decommission, pick) => {
        const before = membersOf({ replicas, decommission });
        const leaving = before[pick % before.length] ?? 0;
        const after = membersOf({ replicas, decommission: [...decommission, leaving] });
        assert.deepEqual(
          before.filter((id) => !after.includes(id)),
          [leaving],
        );
        const joining = after.filter((id) => !before.includes(id));
        assert.equal(joining.length, 1);
        assert.ok(before.every((id) => id < (joining[0] ?? -1)));
      }),
    );
  });
});
