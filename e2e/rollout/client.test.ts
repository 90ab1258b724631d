import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { complaints, refusedWrites, type Sample } from './client.ts';

const connecting =
  'Received a mutable request [POST /nifi-api/tenants/users] while a node is trying to connect to the cluster';

function sample(change: Partial<Sample>): Sample {
  return { kind: 'write', status: 201, text: '', returning: false, ...change };
}

describe('What a client may not see', () => {
  test('is any read that fails, and any write that is refused but while a node returns', () => {
    const refused = sample({ status: 409, text: connecting, returning: true });
    assert.deepEqual(complaints([sample({}), sample({ kind: 'read', status: 200 }), refused]), []);
    assert.equal(refusedWrites([sample({}), refused]), 1);
    const bad = [
      sample({ kind: 'read', status: 500 }),
      sample({ kind: 'read', status: 0 }),
      sample({ status: 409, text: connecting }),
      sample({ status: 409, text: 'Node x is unable to fulfill this request', returning: true }),
    ];
    assert.equal(complaints(bad).length, bad.length);
  });
});
