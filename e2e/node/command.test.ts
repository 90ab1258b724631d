// Programs that end, that fail, and that never end.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from './command.ts';

const shell = (line: string, timeoutMs?: number): Promise<string> =>
  run('/bin/sh', ['-c', line], timeoutMs === undefined ? {} : { timeoutMs });

test('A program that ends well gives its standard output', async () => {
  assert.equal(await shell('echo said; echo complained >&2'), 'said\n');
});

test('One that fails is named, with its code and what it said', async () => {
  await assert.rejects(shell('echo complained >&2; exit 3'), /^CommandError: \/bin\/sh .* ended with 3: complained$/su);
});

test('One that never ends is killed in time, also where a child of it holds its output open', async () => {
  const began = performance.now();
  await assert.rejects(shell('echo begun; sleep 20; true', 1_000), /killed after 1 s\): begun$/u);
  assert.ok(performance.now() - began < 15_000);
});
