// Which difference between what is asked for and what is there is one of contents, for which queues are emptied when that is asked for.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { holdsOther } from './contents.ts';
import { planFlow } from './plan.ts';
import { atVersion, counting, ours, target, wish, worldOf } from './testing.ts';

const { flowName: _, state: __, ...there } = atVersion;
const full = counting({ running: 3 }, 5);

describe('A group holds other contents', () => {
  for (const [what, version, is] of [
    ['than the version that is there: no', there, false],
    ['than that version of another registry client: no', { ...there, registryId: 'client-2' }, false],
    ['than another version', { ...there, version: '3' }, true],
    ['than a version of another bucket', { ...there, bucketId: 'b-2' }, true],
    ['than a version of another branch', { ...there, branch: 'next' }, true],
  ] as const)
    test(what, () => {
      assert.equal(holdsOther({ target: { ...target, contents: { kind: 'Registry', version } }, group: ours }), is);
    });

  test('than another definition', () => {
    assert.equal(
      holdsOther({ target: { ...target, contents: { kind: 'Definition', digest: '0' } }, group: ours }),
      true,
    );
  });
});

test('A registry client of another id has the group re-pointed with what is queued in it', () => {
  const version = { ...there, registryId: 'client-2' };
  for (const updateStrategy of ['InPlace', 'Drain', 'Drop'] as const) {
    const repointed = { ...target, contents: { kind: 'Registry', version } } as const;
    const { step } = planFlow({ ...wish, updateStrategy }, repointed, worldOf([full]));
    assert.deepEqual(step, { kind: 'ChangeVersion', id: ours.id, to: version });
  }
});
