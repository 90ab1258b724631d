// The pace of refused steps: pauses double up to their cap, another step is not held back, and old ones are forgotten.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Finding, Step } from '../plan/steps.ts';
import { RefusedSteps } from './refused.ts';

const key = { namespace: 'data', name: 'prod' };
const finding: Finding = { reason: 'PodRefused', message: 'no', node: 0, effect: 'blocks' };
const pod = (configMap: string): Step => ({ kind: 'CreatePod', id: 0, source: { kind: 'Stored', configMap } });

describe('a step that was refused', () => {
  test('waits for a pause that doubles up to half a minute', () => {
    const refused = new RefusedSteps();
    const pauses: (number | undefined)[] = [];
    for (let now = 0; pauses.length < 7; ) {
      refused.at(key, now).remember(pod('a'), finding);
      const pause = refused.at(key, now).nextMs ?? Number.NaN;
      assert.equal(refused.at(key, now + pause - 1).recall(pod('a')), finding);
      assert.equal(refused.at(key, now + pause).recall(pod('a')), undefined);
      pauses.push(pause);
      now += pause;
    }
    assert.deepEqual(pauses, [2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  test('holds back no other step and no other cluster', () => {
    const refused = new RefusedSteps();
    refused.at(key, 0).remember(pod('a'), finding);
    assert.equal(refused.at(key, 1).recall(pod('b')), undefined);
    assert.equal(refused.at({ ...key, name: 'other' }, 1).recall(pod('a')), undefined);
  });

  test('is the same step with another key drawn', () => {
    const refused = new RefusedSteps();
    const draw = (value: string): Step => ({ kind: 'CreateSensitiveKey', name: 'prod-sensitive-key', value });
    refused.at(key, 0).remember(draw('one'), finding);
    assert.equal(refused.at(key, 1).recall(draw('two')), finding);
  });

  test('is forgotten when it is not tried again, and with its cluster', () => {
    const refused = new RefusedSteps();
    refused.at(key, 0).remember(pod('a'), finding);
    refused.at(key, 40_000).remember(pod('a'), finding);
    assert.equal(refused.at(key, 40_000).nextMs, 2_000);
    refused.forget(key);
    assert.equal(refused.at(key, 40_001).nextMs, undefined);
  });

  test('that is not planned any more wakes nobody', () => {
    const refused = new RefusedSteps();
    refused.at(key, 0).remember(pod('a'), finding);
    assert.equal(refused.at(key, 5_000).nextMs, undefined);
  });
});
