// A cached answer by a fake clock: who is told what, and how often NiFi is asked.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeClock, settle } from '../kube/clock.ts';
import { Breaker } from './breaker.ts';
import { Cached } from './cached.ts';

interface Value {
  readonly takenAtMs: number;
  readonly text: string;
}

function bench(periodMs?: number) {
  const clock = new FakeClock();
  const random = (): number => 0.5;
  const news = { count: 0 };
  const open: { answer(text: string): Promise<void>; fail(): Promise<void> }[] = [];
  const cached = new Cached<Value>({
    clock,
    random,
    fetch: () => {
      const takenAtMs = clock.monotonicMs();
      const { promise, resolve, reject } = Promise.withResolvers<Value>();
      open.push({
        answer: async (text) => {
          resolve({ takenAtMs, text });
          await settle();
        },
        fail: async () => {
          reject(new Error('boom'));
          await settle();
        },
      });
      return promise;
    },
    breaker: new Breaker({ clock, random, threshold: 1, firstPauseMs: 1_000, maxPauseMs: 60_000 }),
    landed: () => {
      news.count += 1;
    },
    same: (a, b) => a.text === b.text,
    failed: () => false,
    ...(periodMs === undefined ? {} : { periodMs }),
  });
  const last = () => {
    const request = open.at(-1);
    assert.ok(request);
    return request;
  };
  return { clock, news, open, cached, last };
}

describe('a cached answer', () => {
  test('is asked for anew, however young it is, when something was changed', async () => {
    const { news, open, cached, last } = bench();
    cached.get(5_000);
    await last().answer('a');
    cached.renew();
    assert.equal(open.length, 2);
    await last().answer('a');
    assert.equal(news.count, 2, 'whoever changed it hears also that nothing else did');
  });

  test('is as old as its request, not as its arrival', async () => {
    const { clock, cached, last } = bench();
    cached.get(5_000);
    await clock.advance(4_000);
    await last().answer('a');
    assert.equal(cached.get(4_000)?.text, 'a');
    assert.equal(cached.get(3_999), undefined);
    cached.close();
  });

  test('given to somebody who needs it newer than a running request is asked for once more', async () => {
    const { clock, cached, open, last } = bench();
    cached.get(5_000);
    await clock.advance(10);
    const answer = cached.since(10);
    await last().answer('old');
    assert.equal(open.length, 2);
    const second = cached.since(10);
    await last().answer('new');
    assert.deepEqual([(await answer).text, (await second).text, open.length], ['new', 'new', 2]);
    cached.close();
  });

  test('is not asked for while the pause after a failure lasts, not even by work that needs it', async () => {
    const { clock, cached, open, last } = bench();
    const first = assert.rejects(cached.since(0), /boom/u);
    await last().fail();
    await first;
    await assert.rejects(cached.since(0), /boom/u);
    assert.equal(open.length, 1);
    await clock.advance(1_000);
    const second = cached.since(0);
    assert.equal(open.length, 2);
    await last().answer('a');
    assert.equal((await second).text, 'a');
    cached.close();
  });

  test('without a period is asked for only as long as somebody asks', async () => {
    const { clock, cached, news, open, last } = bench();
    cached.get(1_000);
    await last().fail();
    await clock.advance(1_000);
    assert.deepEqual([open.length, news.count], [1, 1], 'the caller is told that it may ask again');
    cached.get(1_000);
    assert.equal(open.length, 2);
    await last().fail();
    await clock.advance(3_600_000);
    assert.deepEqual([open.length, clock.pendingTimers], [2, 0]);
  });

  test('with a period is asked for without anybody, and again after failures', async () => {
    const { clock, cached, open, last } = bench(60_000);
    cached.poke();
    await last().fail();
    await clock.advance(1_000);
    assert.equal(open.length, 2);
    await last().answer('a');
    await clock.advance(59_999);
    assert.equal(open.length, 2);
    await clock.advance(1);
    assert.equal(open.length, 3);
    cached.close();
    await last().answer('b');
    assert.equal(clock.pendingTimers, 0);
  });
});
