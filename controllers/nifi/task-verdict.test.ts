// What is said while a list of NiFi cannot be had: one reason for an operator that is not let in yet, another for NiFi's other refusals.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verdictOfTrouble } from './task-verdict.ts';

test('an operator that NiFi does not let in yet waits for its cluster, and says where to look', () => {
  const verdict = verdictOfTrouble({ words: 'No applicable policies could be found.', isForbidden: true });
  assert.deepEqual(
    [verdict.is, 'reason' in verdict && verdict.reason, 'message' in verdict && verdict.message],
    [
      'Working',
      'ClusterNotReady',
      'NiFi does not let the operator in yet; when that lasts, its NiFiCluster says why: No applicable policies could be found.',
    ],
  );
});

test('any other refusal is told in the words of NiFi', () => {
  const verdict = verdictOfTrouble({ words: 'Unable to locate group', isForbidden: false });
  assert.deepEqual(
    ['reason' in verdict && verdict.reason, 'message' in verdict && verdict.message],
    ['NiFiRefused', 'Unable to locate group'],
  );
});
