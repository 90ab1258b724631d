import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { keyCheckOf } from './key-check.ts';
import { readRecord, recordData } from './record.ts';

describe('The mark of a key', () => {
  test('is the same for the same key, another for another, and does not hold it', () => {
    assert.equal(keyCheckOf('a-long-enough-key'), keyCheckOf('a-long-enough-key'));
    assert.notEqual(keyCheckOf('a-long-enough-key'), keyCheckOf('a-long-enough-kez'));
    assert.match(keyCheckOf('a-long-enough-key'), /^[0-9a-f]{16}$/);
  });

  test('is kept in the record, and a record without one is read all the same', () => {
    const record = { id: 1, revision: 'r1', inputs: 'r2', renderVersion: 1, volumes: [], established: undefined };
    const read = (data: Record<string, string>) =>
      readRecord(1, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'prod-1' }, data });
    assert.deepEqual(read(recordData({ ...record, keyCheck: 'mark' })), { ...record, keyCheck: 'mark' });
    assert.deepEqual(read(recordData(record)), record);
  });
});
