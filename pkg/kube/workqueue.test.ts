// The queue's rules one by one, as client-go and controller-runtime have them.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeClock, settle } from './clock.ts';
import { noMetrics } from './metrics.ts';
import { lowPriority, type WorkItem, WorkQueue } from './workqueue.ts';

function aQueue() {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock });
  return { clock, queue };
}

async function keys(queue: WorkQueue, count: number): Promise<readonly (string | undefined)[]> {
  const taken: (string | undefined)[] = [];
  for (let index = 0; index < count; index += 1) taken.push((await queue.get())?.key);
  return taken;
}

describe('a work queue', () => {
  test('hands out a key once, however often it was added', async () => {
    const { queue } = aQueue();
    for (let index = 0; index < 5; index += 1) queue.add('a');
    queue.add('b');
    assert.deepEqual(await keys(queue, 2), ['a', 'b']);
    assert.equal(queue.depth, 0);
  });

  test('never hands a key to a second worker while the first has it', async () => {
    const { queue } = aQueue();
    queue.add('a');
    await queue.get();
    queue.add('a');
    const second: (WorkItem | undefined)[] = [];
    void queue.get().then((item) => second.push(item));
    await settle();
    assert.equal(second.length, 0);
    queue.done('a');
    await settle();
    assert.equal(second[0]?.key, 'a');
  });

  test('does not lose an event that arrives while its key is worked on, and merges many into one', async () => {
    const { queue } = aQueue();
    queue.add('a');
    await queue.get();
    queue.add('a');
    queue.add('a');
    queue.done('a');
    assert.equal(queue.depth, 1);
    await queue.get();
    queue.done('a');
    assert.equal(queue.depth, 0);
  });

  test('hands out keys of low priority at their pace, also to a worker that waits, and never holds up others for it', async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ clock, lowPerSecond: 2 });
    const taken: string[] = [];
    const work = async (): Promise<void> => {
      for (let item = await queue.get(); item; item = await queue.get()) {
        taken.push(`${item.key}@${clock.monotonicMs()}`);
        queue.done(item.key);
      }
    };
    const worker = work();
    for (const key of ['r1', 'r2', 'r3', 'r4', 'r5']) queue.add(key, { priority: lowPriority });
    await clock.advance(100);
    queue.add('e1');
    queue.add('r5');
    await clock.advance(10_000);
    assert.deepEqual(taken, ['r1@0', 'e1@100', 'r5@100', 'r2@500', 'r3@1000', 'r4@1500']);
    queue.add('r6', { priority: lowPriority });
    queue.add('r7', { priority: lowPriority });
    await clock.advance(10);
    await queue.shutDown();
    await worker;
    assert.deepEqual(taken.slice(6), ['r6@10100']);
  });

  test('lets live events overtake resyncs and keeps the order within a priority', async () => {
    const { queue } = aQueue();
    for (const key of ['r1', 'r2', 'r3']) queue.add(key, { priority: lowPriority });
    for (const key of ['e1', 'e2']) queue.add(key);
    assert.deepEqual(await keys(queue, 5), ['e1', 'e2', 'r1', 'r2', 'r3']);
  });

  test('raises a waiting key to the higher priority and never lowers it', async () => {
    const { queue } = aQueue();
    queue.add('a', { priority: lowPriority });
    queue.add('b', { priority: lowPriority });
    queue.add('b');
    queue.add('b', { priority: lowPriority });
    assert.deepEqual(await keys(queue, 2), ['b', 'a']);
  });

  test('tells the priority with the key, so that a retry keeps it', async () => {
    const { queue } = aQueue();
    queue.add('a', { priority: lowPriority });
    assert.deepEqual(await queue.get(), { key: 'a', priority: lowPriority });
  });

  test('delays a key, and a second delay only ever moves it earlier', async () => {
    const { clock, queue } = aQueue();
    queue.addAfter('a', 1000);
    queue.addAfter('a', 5000);
    queue.addAfter('a', 400);
    await clock.advance(399);
    assert.equal(queue.depth, 0);
    await clock.advance(1);
    assert.deepEqual(await keys(queue, 1), ['a']);
    queue.done('a');
    await clock.advance(10_000);
    assert.equal(queue.depth, 0);
  });

  test('keeps the earlier time and takes the higher priority when a delay is added to a delay', async () => {
    const { clock, queue } = aQueue();
    queue.addAfter('a', 10, { priority: lowPriority });
    queue.addAfter('a', 1000, { priority: 3 });
    await clock.advance(10);
    assert.equal(queue.depth, 1);
    assert.deepEqual(await queue.get(), { key: 'a', priority: 3 });
  });

  test('swallows the pending delay of a key that is added now, with the higher priority of the two', async () => {
    const { clock, queue } = aQueue();
    queue.addAfter('a', 1000, { priority: 5 });
    queue.add('a', { priority: lowPriority });
    assert.deepEqual(await queue.get(), { key: 'a', priority: 5 });
    queue.done('a');
    await clock.advance(2000);
    assert.equal(queue.depth, 0);
  });

  test('keeps a delay that was asked for while the key is worked on', async () => {
    const { clock, queue } = aQueue();
    queue.add('a');
    await queue.get();
    queue.addAfter('a', 1000);
    queue.done('a');
    assert.equal(queue.depth, 0);
    await clock.advance(1000);
    assert.equal(queue.depth, 1);
  });

  test('treats a delay of zero or less as now', () => {
    const { queue } = aQueue();
    queue.addAfter('a', 0);
    queue.addAfter('b', -5);
    assert.equal(queue.depth, 2);
  });

  test('doubles the delay with every failure from 5 ms up to 1000 s, and starts over when told to forget', async () => {
    const { clock, queue } = aQueue();
    for (const delay of [5, 10, 20, 40]) {
      queue.addRateLimited('a');
      await clock.advance(delay - 1);
      assert.equal(queue.depth, 0, `too early at ${delay}`);
      await clock.advance(1);
      assert.deepEqual(await keys(queue, 1), ['a']);
      queue.done('a');
    }
    assert.equal(queue.numRequeues('a'), 4);
    for (let index = 0; index < 30; index += 1) {
      queue.addRateLimited('b');
      await clock.advance(1_000_000);
      assert.deepEqual(await keys(queue, 1), ['b'], 'the cap is 1000 s');
      queue.done('b');
    }
    queue.forget('a');
    queue.addRateLimited('a');
    await clock.advance(5);
    assert.deepEqual(await keys(queue, 1), ['a']);
  });

  test('gives waiting workers their keys in the order in which they asked', async () => {
    const { queue } = aQueue();
    const got: string[] = [];
    for (const worker of [1, 2]) void queue.get().then((item) => got.push(`${worker}:${item?.key}`));
    queue.add('a');
    queue.add('b');
    await settle();
    assert.deepEqual(got, ['1:a', '2:b']);
  });

  test('ends waiting workers at shutdown, takes nothing more, and waits for the keys at work', async () => {
    const { clock, queue } = aQueue();
    queue.add('a');
    await queue.get();
    queue.addAfter('late', 10);
    const idleWorker = queue.get();
    let drained = false;
    void queue.shutDown().then(() => {
      drained = true;
    });
    assert.equal(await idleWorker, undefined);
    queue.add('b');
    await clock.advance(100);
    assert.equal(drained, false);
    queue.add('a');
    queue.done('a');
    await settle();
    assert.equal(drained, true);
    assert.equal(await queue.get(), undefined);
    assert.equal(clock.pendingTimers, 0);
  });

  test('knows since when it makes no progress, and that an empty queue is not stuck', async () => {
    const { clock, queue } = aQueue();
    await clock.advance(1000);
    assert.equal(queue.progress.stillMs, 0);
    queue.add('a');
    queue.add('b');
    await clock.advance(500);
    assert.equal(queue.progress.stillMs, 500);
    await queue.get();
    await clock.advance(300);
    assert.deepEqual(queue.progress, { processing: 1, unfinishedMs: 300, longestMs: 300, stillMs: 300 });
    queue.done('a');
    assert.equal(queue.progress.stillMs, 0);
  });

  test('reports adds, waits, work and retries', async () => {
    const seen: string[] = [];
    const clock = new FakeClock();
    const queue = new WorkQueue({
      name: 'q',
      clock,
      metrics: {
        ...noMetrics,
        queueAdded: (name) => seen.push(`${name} added`),
        queueWaited: (_name, ms) => seen.push(`waited ${ms}`),
        queueWorked: (_name, ms) => seen.push(`worked ${ms}`),
        queueRetried: () => seen.push('retried'),
      },
    });
    queue.add('a');
    queue.add('a');
    await clock.advance(7);
    await queue.get();
    await clock.advance(9);
    queue.addRateLimited('a');
    queue.done('a');
    assert.deepEqual(seen, ['q added', 'waited 7', 'retried', 'worked 9']);
  });

  test('hands out a hundred thousand keys, each once and the urgent ones first', async () => {
    const { queue } = aQueue();
    for (let index = 0; index < 100_000; index += 1)
      queue.add(`ns/${index}`, { priority: index % 2 ? 0 : lowPriority });
    const handedOut: number[] = [];
    while (queue.depth > 0) {
      const key = (await queue.get())?.key ?? '';
      handedOut.push(Number(key.slice('ns/'.length)));
      queue.done(key);
    }
    assert.equal(new Set(handedOut).size, 100_000);
    assert.ok(handedOut.slice(0, 50_000).every((index) => index % 2 === 1));
  });
});
