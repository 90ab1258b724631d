// What NiFi's no means for the object: the reason, the field, NiFi's words and the mend.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TaskState } from '../../pkg/nifi/types.ts';
import { working } from '../nifi/verdict.ts';
import { verdictOfFlowTask } from './refusal.ts';

const underWay = working('Applying', 'at it');
const words = 'NiFi says so';

function refused(why: string): TaskState {
  return { state: 'failed', atMs: 0, error: words, attempts: 1, retryAtMs: 1, refused: why as 'InUse' };
}

const cases: readonly (readonly [string, string, RegExp])[] = [
  ['FlowNotFound', 'FlowNotFound', /^spec\.source\.registry .* NiFi says so\. Commit it or correct the name$/u],
  ['RegistryUnavailable', 'RegistryUnavailable', /spec\.source\.registry\.clientRef .* NiFi says so\. Look at it/u],
  [
    'QueueNotEmpty',
    'QueuesNotEmpty',
    /NiFi says so\. Let them be worked off .* spec\.updateStrategy Drain has that done/u,
  ],
  ['LocallyModified', 'LocallyModified', /NiFi says so\. Take the changes back .* spec\.sync to Always/u],
  ['Versioned', 'NiFiRefused', /NiFi says so/u],
];

describe('A refusal of NiFi', () => {
  for (const [why, reason, message] of cases) {
    test(`for ${why} is told as ${reason}`, () => {
      const verdict = verdictOfFlowTask(refused(why), underWay);
      assert.deepEqual([verdict.is, verdict.reason], ['Stalled', reason]);
      assert.match(verdict.message, message);
    });
  }

  test('is none while the task runs, or is done', () => {
    assert.equal(verdictOfFlowTask({ state: 'running', atMs: 0 }, underWay), underWay);
    assert.equal(verdictOfFlowTask({ state: 'done', atMs: 0 }, underWay), underWay);
  });
});
