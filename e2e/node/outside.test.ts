// What a run takes away of earlier ones.

import assert from 'node:assert/strict';
import process from 'node:process';
import { test } from 'node:test';
import { isLeftOver } from './outside.ts';

test('what is left of a run goes once its process is gone, also where its id is ours now', () => {
  assert.ok(isLeftOver('nifi-e2e-4711', () => false));
  assert.ok(!isLeftOver('nifi-e2e-4711', () => true));
  assert.ok(isLeftOver(`nifi-e2e-${process.pid}`, () => true));
});

test('what only begins like it is somebody else’s', () => {
  for (const name of ['nifi-e2e-notes', 'nifi-e2e-', 'nifi-e2e-47.log', 'another-4711', '4711'])
    assert.ok(!isLeftOver(name, () => false), name);
});
