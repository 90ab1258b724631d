// A refusal is told once as long as it lasts, and again when it comes back.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Explanations } from './explain.ts';
import type { Finding } from './plan/steps.ts';

const key = { namespace: 'data', name: 'prod' };
const waits = (node: number, message = 'Waiting to restart node: node 0 is CONNECTING'): Finding => {
  return { reason: 'RestartPending', message, node, effect: 'waits' };
};

function aListener() {
  const explanations = new Explanations();
  return (...findings: readonly Finding[]): readonly string[] => {
    const notes: string[] = [];
    explanations.tell(key, findings, (_, reason, note) => notes.push(`${reason} ${note}`));
    return notes;
  };
}

describe('A refusal', () => {
  test('is told with its words, once for each node, whatever becomes of the words', () => {
    const told = aListener();
    assert.deepEqual(told(waits(1, 'nothing is known'), waits(2, 'nothing is known')), []);
    assert.deepEqual(told(waits(1, 'first'), waits(2, 'second')), ['RestartPending first', 'RestartPending second']);
    assert.deepEqual(told(waits(1, 'other words'), waits(2)), []);
  });

  test('is told again when it was over in between', () => {
    const told = aListener();
    told(waits(1));
    told(waits(1));
    assert.deepEqual(told(), []);
    told(waits(1));
    assert.equal(told(waits(1)).length, 1);
  });

  test('is told for another reason', () => {
    const told = aListener();
    const refused: Finding = { ...waits(1), reason: 'NiFiRefused' };
    told(waits(1));
    told(waits(1));
    told(refused);
    assert.equal(told(refused).length, 1);
  });

  test('is not told twice: the first that blocks is told with the condition', () => {
    const told = aListener();
    const blocks = (node: number): Finding => ({ ...waits(node), reason: 'RolloutStalled', effect: 'blocks' });
    const all = [waits(0), blocks(1), blocks(2)];
    told(...all);
    assert.deepEqual(
      told(...all),
      ['RestartPending', 'RolloutStalled'].map((reason) => `${reason} ${waits(0).message}`),
    );
  });

  test('is none what is progress, only a note, or about no node', () => {
    const told = aListener();
    const { node: _, ...ofCluster } = waits(1);
    const others: readonly Finding[] = [
      { ...waits(1), reason: 'Restarting' },
      { ...waits(1), effect: 'notes' },
      ofCluster,
    ];
    told(...others);
    assert.deepEqual(told(...others), []);
  });
});
