// The record of a node survives its way through a ConfigMap, and one that was damaged is never taken for an empty one.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ConfigMap } from '../../../pkg/kube/resources.ts';
import { buildRecord, type NodeRecord, readRecord, recordData } from './record.ts';

const cluster = { name: 'prod', namespace: 'data', uid: 'cluster-uid' };
const record: NodeRecord = {
  id: 3,
  revision: 'rabcdefghi',
  inputs: 'rinputs000',
  renderVersion: 1,
  volumes: [
    { name: 'data', size: '1Gi' },
    { name: 'c2', size: '2Gi', repository: 'content', storageClassName: 'fast' },
  ],
  established: { data: 'uid-1', c2: 'uid-2' },
};

function stored(data: Readonly<Record<string, string>>): ConfigMap {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'prod-3' }, data };
}

describe('A record', () => {
  test('is read as it was written, with the version that the next write is locked to', () => {
    const object = buildRecord(cluster, record) as ConfigMap;
    assert.deepEqual(readRecord(3, object), record);
    const live = { ...object, metadata: { ...object.metadata, resourceVersion: '7' } };
    assert.deepEqual(readRecord(3, live), { ...record, resourceVersion: '7' });
  });

  test('of a node that never started says nothing of volumes', () => {
    const fresh = { ...record, established: undefined };
    assert.ok(!('established' in recordData(fresh)));
    assert.deepEqual(readRecord(3, buildRecord(cluster, fresh) as ConfigMap), fresh);
  });

  test('belongs to its cluster and is found by its node', () => {
    const { metadata } = buildRecord(cluster, record);
    assert.equal(metadata.name, 'prod-3');
    assert.equal(metadata.labels?.['nifi.datadynamics.io/node'], '3');
    assert.equal(metadata.ownerReferences?.[0]?.uid, 'cluster-uid');
  });

  const damaged: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'without any key': {},
    'without its revision': { inputs: 'x' },
    'with volumes that are no JSON': { ...recordData(record), volumes: '[{' },
    'with volumes that were established, cut in half': { ...recordData(record), established: '{"data":' },
  };
  for (const [what, data] of Object.entries(damaged)) {
    test(`${what} is unreadable, not empty`, () => {
      assert.ok('unreadable' in readRecord(3, stored(data)));
    });
  }
});
