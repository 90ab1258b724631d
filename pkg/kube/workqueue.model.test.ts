// The queue against a model that is too simple to be wrong: random operations, and random interleavings of several workers.
//
// The rules: a key is at work at most once, what was added is handed out afterwards, nothing comes early, priorities hold.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { FakeClock } from './clock.ts';
import { type WorkItem, WorkQueue } from './workqueue.ts';

/** Ready keys with priority and order, delayed keys, keys at work. */
class Model {
  now = 0;
  sequence = 0;
  readonly ready = new Map<string, { priority: number; sequence: number }>();
  readonly delayed = new Map<string, { at: number; priority: number }>();
  readonly working = new Set<string>();
  readonly failures = new Map<string, number>();

  add(key: string, priority: number): void {
    const merged = Math.max(priority, this.delayed.get(key)?.priority ?? priority);
    this.delayed.delete(key);
    const known = this.ready.get(key);
    if (known && known.priority >= merged) return;
    this.sequence += 1;
    this.ready.set(key, { priority: merged, sequence: this.sequence });
  }

  addAfter(key: string, ms: number, priority: number): void {
    if (ms <= 0 || this.ready.has(key)) {
      this.add(key, priority);
      return;
    }
    const known = this.delayed.get(key);
    this.delayed.set(key, {
      at: Math.min(this.now + ms, known?.at ?? Number.POSITIVE_INFINITY),
      priority: Math.max(priority, known?.priority ?? priority),
    });
  }

  advance(ms: number): void {
    const end = this.now + ms;
    const due = [...this.delayed].filter(([, { at }]) => at <= end).sort((a, b) => a[1].at - b[1].at);
    for (const [key, { priority }] of due) this.add(key, priority);
    this.now = end;
  }

  /** The keys that may come next: the best priority, and in it the first in order. */
  next(): readonly string[] {
    const open = [...this.ready].filter(([key]) => !this.working.has(key));
    const best = Math.max(...open.map(([, { priority }]) => priority));
    return open.filter(([, { priority }]) => priority === best).map(([key]) => key);
  }
}

interface Real {
  readonly queue: WorkQueue;
  readonly clock: FakeClock;
}

const key = fc.constantFrom('a', 'b', 'c', 'd');
const priority = fc.constantFrom(-100, 0, 7);

class AddCommand implements fc.AsyncCommand<Model, Real> {
  readonly key: string;
  readonly ms: number;
  readonly priority: number;
  constructor(key: string, ms: number, priority: number) {
    this.key = key;
    this.ms = ms;
    this.priority = priority;
  }
  check = () => true;
  async run(model: Model, { queue }: Real): Promise<void> {
    model.addAfter(this.key, this.ms, this.priority);
    queue.addAfter(this.key, this.ms, { priority: this.priority });
  }
  toString = () => `addAfter(${this.key}, ${this.ms}, ${this.priority})`;
}

class TakeCommand implements fc.AsyncCommand<Model, Real> {
  check = (model: Readonly<Model>) => model.next().length > 0;
  async run(model: Model, { queue }: Real): Promise<void> {
    const item = await queue.get();
    const candidates = model.next();
    assert.ok(item && candidates.includes(item.key), `got ${item?.key}, could be ${candidates.join()}`);
    assert.equal(item.priority, model.ready.get(item.key)?.priority);
    model.ready.delete(item.key);
    model.working.add(item.key);
  }
  toString = () => 'take';
}

class DoneCommand implements fc.AsyncCommand<Model, Real> {
  readonly key: string;
  readonly fails: boolean;
  constructor(key: string, fails: boolean) {
    this.key = key;
    this.fails = fails;
  }
  check = (model: Readonly<Model>) => model.working.has(this.key);
  async run(model: Model, { queue }: Real): Promise<void> {
    if (this.fails) {
      const failures = model.failures.get(this.key) ?? 0;
      model.failures.set(this.key, failures + 1);
      model.addAfter(this.key, 5 * 2 ** failures, 0);
      queue.addRateLimited(this.key);
    } else {
      model.failures.delete(this.key);
      queue.forget(this.key);
    }
    model.working.delete(this.key);
    queue.done(this.key);
  }
  toString = () => `done(${this.key}, ${this.fails})`;
}

class AdvanceCommand implements fc.AsyncCommand<Model, Real> {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  check = () => true;
  async run(model: Model, { clock, queue }: Real): Promise<void> {
    model.advance(this.ms);
    await clock.advance(this.ms);
    const open = [...model.ready.keys()].filter((ready) => !model.working.has(ready));
    assert.equal(queue.depth, open.length);
  }
  toString = () => `advance(${this.ms})`;
}

test('the queue behaves like its model under any sequence of operations', async () => {
  const commands = fc.commands(
    [
      fc.tuple(key, fc.constantFrom(0, 0, 1, 10, 100), priority).map((args) => new AddCommand(...args)),
      fc.constant(new TakeCommand()),
      fc.tuple(key, fc.boolean()).map((args) => new DoneCommand(...args)),
      fc.constantFrom(1, 5, 50, 500).map((ms) => new AdvanceCommand(ms)),
    ],
    { maxCommands: 60 },
  );
  await fc.assert(
    fc.asyncProperty(commands, async (plan) => {
      const clock = new FakeClock();
      await fc.asyncModelRun(() => ({ model: new Model(), real: { queue: new WorkQueue({ clock }), clock } }), plan);
    }),
    { numRuns: 150 },
  );
});

test('under any interleaving of three workers no key is at work twice and the last event of each is seen', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(key, { maxLength: 12 }), async (scheduler, events) => {
      const queue = new WorkQueue({ clock: new FakeClock() });
      const state = new Map<string, number>();
      const seen = new Map<string, number>();
      const working = new Set<string>();
      async function work(): Promise<void> {
        for (let item: WorkItem | undefined = await queue.get(); item; item = await queue.get()) {
          assert.ok(!working.has(item.key), `${item.key} is at work twice`);
          working.add(item.key);
          const read = state.get(item.key) ?? 0;
          await scheduler.schedule(Promise.resolve(), `reconcile ${item.key}`);
          seen.set(item.key, read);
          working.delete(item.key);
          queue.done(item.key);
        }
      }
      const workers = [work(), work(), work()];
      for (const event of events) {
        void scheduler.schedule(Promise.resolve(), `event ${event}`).then(() => {
          state.set(event, (state.get(event) ?? 0) + 1);
          queue.add(event);
        });
      }
      await scheduler.waitIdle();
      assert.deepEqual(seen, new Map(state));
      await queue.shutDown();
      await Promise.all(workers);
    }),
    { numRuns: 150 },
  );
});
