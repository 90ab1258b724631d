// What is told of an update: each once, with the time of its beginning and NiFi's words when it failed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskState } from '../../pkg/nifi/types.ts';
import { requestAfter } from './status.ts';

const now = new Date('2026-01-01T00:01:00Z');
const before = '2026-01-01T00:00:00.000Z';
const running: TaskState = { state: 'running', atMs: 1 };
const failed: TaskState = { state: 'failed', atMs: 2, error: 'it is used', attempts: 1, retryAtMs: 3 };

test('An update that begins is told with its time, which stays while it runs', () => {
  const told = requestAfter(undefined, running, now);
  assert.deepEqual(told, { startedAt: now.toISOString(), state: 'Running' });
  assert.deepEqual(requestAfter({ startedAt: before, state: 'Running' }, running, now)?.startedAt, before);
});

test('An update that waits for NiFi has not begun', () => {
  assert.equal(requestAfter(undefined, { ...running, waitingFor: 'node 1 is CONNECTING' }, now), undefined);
});

test('One that ends is told as it ended', () => {
  const told = { startedAt: before, state: 'Running' } as const;
  assert.deepEqual(requestAfter(told, { state: 'done', atMs: 2 }, now), { startedAt: before, state: 'Succeeded' });
  assert.deepEqual(requestAfter(told, failed, now), { startedAt: before, state: 'Failed', message: 'it is used' });
});

test('One whose end an operator did not live to see has succeeded when NiFi has what was asked for', () => {
  assert.equal(requestAfter({ startedAt: before, state: 'Running' }, undefined, now)?.state, 'Succeeded');
});

test('A failure that is told already is told no second time', () => {
  const told = { startedAt: before, state: 'Failed', message: 'it is used' } as const;
  assert.equal(requestAfter(told, failed, now), told);
  assert.equal(requestAfter(told, undefined, now), told);
});
