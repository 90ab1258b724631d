// Waiting, with answers made up.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KubeTransportError } from '../../pkg/kube/errors.ts';
import { until } from './until.ts';

const noAnswer = new KubeTransportError('no answer', 'DEADLINE', true);

/** Throws each error, gives each other answer, and the last one again and again. */
function answering(...answers: readonly unknown[]): () => Promise<unknown> {
  let next = 0;
  return async () => {
    const answer = answers[Math.min(next, answers.length - 1)];
    next += 1;
    if (answer instanceof Error) throw answer;
    return answer;
  };
}

test('Whoever waits asks again when the API server did not answer', async () => {
  assert.equal(await until('it is there', answering(noAnswer, undefined, false, 7), { everyMs: 1 }), 7);
});

test('Any other failure ends the waiting', async () => {
  await assert.rejects(until('it is there', answering(undefined, new Error('forbidden'), 7), { everyMs: 1 }), {
    message: 'forbidden',
  });
});

test('What never comes is named, with its state, and with the API server that did not answer to the end', async () => {
  const waiting = until('it is there', answering(noAnswer), { timeoutMs: 5, everyMs: 1, describe: () => ({ a: 1 }) });
  await assert.rejects(waiting, { message: /5 ms in vain until it is there: \{\s*"a": 1\s*\}/u, cause: noAnswer });
});

test('A state that cannot be told does not hide what was waited for', async () => {
  const describe = (): never => {
    throw noAnswer;
  };
  const waiting = until('it is there', answering(false), { timeoutMs: 5, everyMs: 1, describe });
  await assert.rejects(waiting, { message: /in vain until it is there: .*no answer/u });
});
