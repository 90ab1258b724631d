// Background work by a fake clock: what is done when, how often, and what a reconcile sees meanwhile.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeClock, settle } from '../../kube/clock.ts';
import { NiFiApiError } from '../errors.ts';
import { silentLogger } from '../observe.ts';
import type { GatewayTask, Reader } from '../types.ts';
import { TaskRunner } from './runner.ts';
import { TaskRefused, TaskWaiting } from './waiting.ts';

interface Attempt {
  readonly input: string;
  readonly signal: AbortSignal;
  readonly end: (outcome?: Error | string) => Promise<void>;
}

const reader: Reader = { kind: 'NiFiDataflow', namespace: 'ns', name: 'f' };

function bench() {
  const clock = new FakeClock();
  const attempts: Attempt[] = [];
  const news = { count: 0 };
  const told: (Reader | undefined)[] = [];
  const runner = new TaskRunner({
    clock,
    random: () => 0.5,
    logger: silentLogger,
    onChange: (changed) => {
      news.count += 1;
      told.push(changed.reader);
    },
    attempt: (task, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
      const end = async (outcome?: Error | string): Promise<void> => {
        if (outcome instanceof Error) {
          reject(outcome);
        } else {
          resolve(outcome);
        }
        await settle();
      };
      attempts.push({ input: task.input, signal, end });
      return promise;
    },
  });
  const last = (): Attempt => {
    const attempt = attempts.at(-1);
    assert.ok(attempt);
    return attempt;
  };
  return { clock, attempts, news, told, runner, last };
}

function task(name: string, input = '', extra: Partial<GatewayTask> = {}): GatewayTask {
  return { name, input, run: () => Promise.resolve(undefined), ...extra };
}

describe('a background task', () => {
  test('runs once for the same name and input, however often it is asked for', async () => {
    const { runner, attempts, news, last } = bench();
    for (let count = 0; count < 5; count += 1) {
      assert.equal(runner.run(task('a')).state, 'running');
    }
    assert.equal(attempts.length, 1);
    await last().end('all well');
    assert.deepEqual(runner.run(task('a')), { state: 'done', atMs: 0, result: 'all well' });
    assert.deepEqual([attempts.length, news.count], [1, 1]);
  });

  test('runs beside others of another name', () => {
    const { runner, attempts } = bench();
    runner.run(task('a'));
    runner.run(task('b'));
    assert.equal(attempts.length, 2);
  });

  test('with a new input begins when the old attempt has ended, whose outcome counts no more', async () => {
    const { runner, attempts, news, last } = bench();
    runner.run(task('threads', '10'));
    const old = last();
    assert.equal(runner.run(task('threads', '20')).state, 'running');
    assert.ok(old.signal.aborted);
    await settle();
    assert.equal(attempts.length, 1);
    await old.end(new Error('of no interest'));
    assert.deepEqual(
      attempts.map((each) => each.input),
      ['10', '20'],
    );
    assert.equal(news.count, 0);
    await last().end();
    assert.equal(runner.run(task('threads', '20')).state, 'done');
    assert.equal(runner.run(task('threads', '10')).state, 'running');
    assert.equal(attempts.length, 3);
  });

  test('that was done says so when it is looked at again and fails or waits, and not with a new input', async () => {
    const { runner, last, clock } = bench();
    const rechecked = (input: string) => runner.run(task('a', input, { recheckAfterMs: 100 }));
    rechecked('1');
    await last().end();
    await clock.advance(200);
    rechecked('1');
    await last().end(new Error('boom'));
    const failed = rechecked('1');
    assert.deepEqual(failed.state === 'failed' && [failed.wasDone, failed.attempts], [true, 1]);
    await clock.advance(2_000);
    rechecked('1');
    await last().end(new TaskWaiting('node 1 is CONNECTING'));
    const waiting = rechecked('1');
    assert.deepEqual(waiting.state === 'running' && waiting.wasDone, true);
    rechecked('2');
    await last().end(new Error('boom'));
    const other = rechecked('2');
    assert.deepEqual(other.state === 'failed' && other.wasDone, undefined);
  });

  test('that fails is tried again only when asked for, after a pause that doubles, and says so in time', async () => {
    const { runner, attempts, news, last, clock } = bench();
    runner.run(task('a'));
    for (const [count, pauseMs] of [1_000, 2_000, 4_000].entries()) {
      await last().end(new Error('boom'));
      const state = runner.run(task('a'));
      assert.deepEqual(
        state.state === 'failed' && [state.error, state.attempts, state.retryAtMs - clock.monotonicMs()],
        ['boom', count + 1, pauseMs],
      );
      const before = news.count;
      await clock.advance(pauseMs - 1);
      runner.run(task('a'));
      assert.deepEqual([attempts.length, news.count], [count + 1, before]);
      await clock.advance(1);
      assert.deepEqual([attempts.length, news.count], [count + 1, before + 1]);
      assert.equal(runner.run(task('a')).state, 'failed', 'the state changes only when the attempt ends');
      assert.equal(attempts.length, count + 2);
    }
    await last().end();
    assert.equal(runner.run(task('a')).state, 'done');
  });

  test('that nobody asks for any more stops by itself', async () => {
    const { runner, attempts, last, clock } = bench();
    runner.run(task('a'));
    await last().end(new Error('boom'));
    await clock.advance(3_600_000);
    assert.equal(attempts.length, 1);
    assert.equal(clock.pendingTimers, 0);
  });

  test('that has to wait for NiFi is no failure, and is tried every ten seconds at least', async () => {
    const { runner, news, last, clock } = bench();
    runner.run(task('a'));
    const busy = { status: 409, method: 'PUT', path: '/x', text: 'Node h:1 is currently connecting' };
    for (const [error, waitingFor] of [
      [new TaskWaiting('node 2 is CONNECTING'), 'node 2 is CONNECTING'],
      [new NiFiApiError(busy), 'Node h:1 is currently connecting'],
      [
        new NiFiApiError({ ...busy, text: 'x is not the most up-to-date revision' }),
        'somebody else is changing the same thing',
      ],
    ] as const) {
      await last().end(error);
      const state = runner.run(task('a'));
      assert.deepEqual(state.state === 'running' && state.waitingFor, waitingFor);
      await clock.advance(12_500);
      runner.run(task('a'));
    }
    assert.equal(news.count, 6);
    await last().end();
    assert.equal(runner.run(task('a')).state, 'done');
  });

  test('tells nothing when a retry ends as before', async () => {
    const { runner, news, last, clock } = bench();
    runner.run(task('a'));
    await last().end(new Error('boom'));
    await clock.advance(1_000);
    runner.run(task('a'));
    const before = news.count;
    await last().end(new Error('boom'));
    assert.equal(news.count, before);
  });

  test('that is done is checked again after its time, and stays done meanwhile', async () => {
    const { runner, attempts, news, last, clock } = bench();
    const watched = task('a', '', { recheckAfterMs: 600_000 });
    runner.run(watched);
    await last().end();
    await clock.advance(599_000);
    assert.equal(runner.run(watched).state, 'done');
    assert.deepEqual([attempts.length, news.count], [1, 1]);
    await clock.advance(2_000);
    assert.equal(news.count, 2);
    assert.equal(runner.run(watched).state, 'done');
    assert.equal(attempts.length, 2);
    await last().end();
    assert.equal(news.count, 2);
  });

  test('that NiFi refused is tried again rarely, or at once with another input', async () => {
    const { runner, attempts, last, clock } = bench();
    runner.run(task('a', '1'));
    await last().end(new TaskRefused('Queue not empty for x', 'QueueNotEmpty'));
    const state = runner.run(task('a', '1'));
    assert.ok(state.state === 'failed');
    assert.deepEqual([state.error, state.refused, state.retryAtMs], ['Queue not empty for x', 'QueueNotEmpty', 30_000]);
    for (let count = 0; count < 10; count += 1) {
      await clock.advance(600_000);
      runner.run(task('a', '1'));
      await last().end(new TaskRefused('Queue not empty for x', 'QueueNotEmpty'));
    }
    assert.equal(attempts.length, 11);
    runner.run(task('a', '2'));
    assert.equal(attempts.length, 12);
  });

  test('that failed because a registry is away is tried again once a minute', async () => {
    const { runner, attempts, last, clock } = bench();
    runner.run(task('a', '1'));
    for (let minutes = 0; minutes < 60; minutes += 1) {
      await last().end(new TaskRefused('Connection refused', 'RegistryUnavailable'));
      await clock.advance(60_000);
      runner.run(task('a', '1'));
    }
    assert.equal(attempts.length, 61);
  });

  test('tells for whom it works', async () => {
    const { runner, told, last } = bench();
    runner.run(task('a', '', { reader }));
    await last().end(new Error('boom'));
    assert.deepEqual(told, [reader]);
  });

  test('of an object that is gone is forgotten, and ends before the same name begins again', async () => {
    const { runner, attempts, told, last, clock } = bench();
    runner.run(task('a', '', { reader }));
    const old = last();
    runner.forget({ ...reader, name: 'other' });
    assert.equal(old.signal.aborted, false);
    runner.forget(reader);
    assert.equal(old.signal.aborted, true);
    runner.run(task('a', '', { reader }));
    assert.equal(attempts.length, 1);
    await old.end(new Error('aborted'));
    assert.equal(attempts.length, 2);
    await last().end('made');
    const state = runner.run(task('a', '', { reader }));
    assert.ok(state.state === 'done' && state.result === 'made');
    assert.deepEqual([told, clock.pendingTimers], [[reader], 0]);
  });

  test('is ended by close, which waits for it and lets nothing begin', async () => {
    const { runner, attempts, news, last, clock } = bench();
    runner.run(task('a', '1'));
    const old = last();
    runner.run(task('a', '2'));
    let closed = false;
    const closing = runner.close().then(() => {
      closed = true;
    });
    await settle();
    assert.deepEqual([closed, old.signal.aborted], [false, true]);
    runner.run(task('a', '3'));
    await old.end(new Error('aborted'));
    await closing;
    runner.run(task('b'));
    assert.deepEqual([attempts.length, news.count, clock.pendingTimers], [1, 0, 0]);
  });
});
