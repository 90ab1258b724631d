// Who has what several ask for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownerAmong } from './claims.ts';

const claimant = (uid: string, creationTimestamp: string, deletionTimestamp?: string) => ({
  metadata: { uid, creationTimestamp, ...(deletionTimestamp !== undefined && { deletionTimestamp }) },
});
const early = '2026-01-01T00:00:00Z';
const late = '2026-01-01T00:00:01Z';

test('The oldest has it, in whichever order they are listed', () => {
  const objects = [claimant('a', late), claimant('b', early)];
  assert.equal(ownerAmong(objects)?.metadata.uid, 'b');
  assert.equal(ownerAmong(objects.toReversed())?.metadata.uid, 'b');
});

test('Of two of the same second the smaller UID has it', () => {
  assert.equal(ownerAmong([claimant('b', early), claimant('a', early)])?.metadata.uid, 'a');
});

test('One that is being deleted leaves it to the next', () => {
  assert.equal(ownerAmong([claimant('a', early, late), claimant('b', late)])?.metadata.uid, 'b');
  assert.equal(ownerAmong([claimant('a', early, late)]), undefined);
});
