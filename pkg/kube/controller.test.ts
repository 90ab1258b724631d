// The controller: what becomes of each outcome of a reconcile, and which events cause one.

import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { FakeClock, settle } from './clock.ts';
import { Controller, type ControllerOptions, type ReconcileFunction } from './controller.ts';
import { FencedError, StalledError, TransientError, WaitingError } from './errors.ts';
import { byController, controllerReference } from './mapping.ts';
import { noMetrics } from './metrics.ts';
import type { Source } from './reflector.ts';
import { type ConfigMap, configMaps, resource } from './resources.ts';
import { Store } from './store.ts';
import { aConfigMap } from './testing/builders.ts';
import { keyOf, keyText, type ObjectMeta } from './types.ts';

function aController(t: TestContext, reconcile: ReconcileFunction, options: Partial<ControllerOptions> = {}) {
  const clock = new FakeClock();
  const calls: string[] = [];
  const results: string[] = [];
  const controller = new Controller({
    name: 'test',
    clock,
    resyncMs: 0,
    metrics: {
      ...noMetrics,
      reconcileFinished: (_name, result) => results.push(result),
      reconcileFailed: (_name, reason) => results.push(reason),
    },
    reconcile: (key, context) => {
      calls.push(`${keyText(key)}@${clock.monotonicMs()}`);
      return reconcile(key, context);
    },
    ...options,
  });
  t.after(() => controller.stop(0));
  return { clock, controller, calls, results };
}

const key = { namespace: 'ns', name: 'a' };

function failing(error: unknown, times = Number.POSITIVE_INFINITY): ReconcileFunction {
  let left = times;
  return async () => {
    if (left-- > 0) throw error;
    return undefined;
  };
}

describe('a controller', () => {
  test('reconciles what was enqueued before it started, and each key once', async (t) => {
    const { controller, calls, results } = aController(t, async () => undefined);
    controller.enqueue(key);
    controller.enqueue(key);
    controller.start();
    await settle();
    assert.deepEqual(calls, ['ns/a@0']);
    assert.deepEqual(results, ['success']);
  });

  test('comes back after the time that the result names, once, and forgets earlier failures', async (t) => {
    let first = true;
    const { clock, controller, calls, results } = aController(t, async () => {
      const again = first;
      first = false;
      return again ? { requeueAfterMs: 1000 } : undefined;
    });
    controller.enqueue(key);
    controller.start();
    await clock.advance(10_000);
    assert.deepEqual(calls, ['ns/a@0', 'ns/a@1000']);
    assert.deepEqual(results, ['requeue_after', 'success']);
  });

  test('treats a result of zero milliseconds as soon, not as never', async (t) => {
    let left = 2;
    const { clock, controller, calls } = aController(t, async () => (left-- > 0 ? { requeueAfterMs: 0 } : undefined));
    controller.enqueue(key);
    controller.start();
    await clock.advance(100);
    assert.equal(calls.length, 3);
  });

  test('tries a failure again with doubling delays, and starts over after a success', async (t) => {
    const { clock, controller, calls } = aController(t, failing(new TransientError('Oops', 'x'), 3));
    controller.enqueue(key);
    controller.start();
    await clock.advance(1000);
    assert.deepEqual(calls, ['ns/a@0', 'ns/a@5', 'ns/a@15', 'ns/a@35']);
    assert.equal(controller.queue.numRequeues('ns/a'), 0);
  });

  test('does not try a stalled key again before an event', async (t) => {
    const { clock, controller, calls, results } = aController(t, failing(new StalledError('BadSpec', 'x')));
    controller.enqueue(key);
    controller.start();
    await clock.advance(3_600_000);
    assert.equal(calls.length, 1);
    controller.enqueue(key);
    await settle();
    assert.equal(calls.length, 2);
    assert.deepEqual(results, ['BadSpec', 'stalled', 'BadSpec', 'stalled']);
  });

  test('comes back when a waiting key says so, without counting it as a failure', async (t) => {
    const { clock, controller, calls, results } = aController(t, failing(new WaitingError('CacheBehind', 'x', 100), 2));
    controller.enqueue(key);
    controller.start();
    await clock.advance(1000);
    assert.deepEqual(calls, ['ns/a@0', 'ns/a@100', 'ns/a@200']);
    assert.deepEqual(results, ['requeue_after', 'requeue_after', 'success']);
  });

  test('takes anything thrown for a failure of that key, and the others go on', async (t) => {
    for (const thrown of ['text', undefined, new TypeError('bug'), { odd: true }]) {
      const { controller, calls, results } = aController(
        t,
        (each) => {
          return each.name === 'a' ? Promise.reject(thrown) : Promise.resolve(undefined);
        },
        { workers: 1 },
      );
      controller.enqueue(key);
      controller.enqueue({ namespace: 'ns', name: 'b' });
      controller.start();
      await settle();
      assert.deepEqual(calls.slice(0, 2), ['ns/a@0', 'ns/b@0']);
      assert.deepEqual(results.slice(0, 3), ['Panic', 'error', 'success']);
    }
  });

  test('caps the delay of a poison key and keeps the others prompt', async (t) => {
    const { clock, controller, calls } = aController(
      t,
      async (each) => {
        if (each.name === 'a') throw new Error('poison');
        return undefined;
      },
      { maxDelayMs: 60_000 },
    );
    controller.enqueue(key);
    controller.start();
    await clock.advance(3_600_000);
    const tries = calls.length;
    assert.ok(tries > 60 && tries < 90, `${tries} tries in an hour`);
    controller.enqueue({ namespace: 'ns', name: 'b' });
    await settle();
    assert.equal(calls.at(-1), 'ns/b@3600000');
  });

  test('works on as many keys at once as it has workers, and on one key only once', async (t) => {
    let running = 0;
    let most = 0;
    const releases: (() => void)[] = [];
    const { controller, calls } = aController(
      t,
      async () => {
        most = Math.max(most, (running += 1));
        await new Promise<void>((resolve) => releases.push(resolve));
        running -= 1;
        return undefined;
      },
      { workers: 3 },
    );
    for (const name of ['a', 'b', 'c', 'd', 'e']) controller.enqueue({ namespace: 'ns', name });
    controller.start();
    await settle();
    assert.equal(most, 3);
    controller.enqueue(key);
    while (releases.length > 0) {
      for (const release of releases.splice(0)) release();
      await settle();
    }
    assert.equal(calls.length, 6);
    assert.equal(most, 3);
  });

  test('hands one time to the whole reconcile, and how often the key has failed', async (t) => {
    const seen: [string, number][] = [];
    const { clock, controller } = aController(t, async (_key, context) => {
      seen.push([context.now.toISOString(), context.failures]);
      throw new Error('x');
    });
    controller.enqueue(key);
    controller.start();
    await clock.advance(6);
    assert.deepEqual(seen, [
      ['2026-01-01T00:00:00.000Z', 0],
      ['2026-01-01T00:00:00.005Z', 1],
    ]);
  });

  test('tells a fenced reconcile from a bug and tries it later', async (t) => {
    const { controller, results } = aController(t, failing(new FencedError('not leading')));
    controller.enqueue(key);
    controller.start();
    await settle();
    assert.deepEqual(results.slice(0, 2), ['NotLeading', 'error']);
  });

  test('stops taking keys, waits for those at work, and then aborts their signal', async (t) => {
    let release = () => {};
    let aborted = false;
    const { clock, controller, calls } = aController(t, async (_key, { signal }) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return undefined;
    });
    controller.enqueue(key);
    controller.start();
    await settle();
    const stopped = controller.stop(1000);
    controller.enqueue({ namespace: 'ns', name: 'b' });
    await clock.advance(999);
    assert.equal(aborted, false);
    release();
    assert.equal(await stopped, true);
    assert.equal(calls.length, 1);
    assert.equal(clock.pendingTimers, 0);
  });

  test('says when a reconcile did not end in the time of grace', async (t) => {
    let release = () => {};
    const { clock, controller } = aController(t, () => new Promise((resolve) => (release = () => resolve(undefined))));
    controller.enqueue(key);
    controller.start();
    await settle();
    const stopped = controller.stop(1000);
    await clock.advance(1000);
    assert.equal(await stopped, false);
    release();
  });

  test('is stuck when it has work and finishes none, not when it is idle or not started', async (t) => {
    let release = () => {};
    const { clock, controller } = aController(t, () => new Promise((resolve) => (release = () => resolve(undefined))), {
      workers: 1,
    });
    controller.enqueue(key);
    await clock.advance(600_000);
    assert.equal(controller.stuck(180_000), undefined, 'a standby');
    controller.start();
    await clock.advance(179_000);
    assert.equal(controller.stuck(180_000), undefined);
    await clock.advance(1000);
    assert.match(controller.stuck(180_000) ?? '', /finished nothing for 180 s/);
    release();
    await clock.advance(600_000);
    assert.equal(controller.stuck(180_000), undefined);
  });
});

const clusters = resource('datadynamics.io/v1', 'NiFiCluster', 'nificlusters');

function ownedBy(name: string, resourceVersion: string, creationTimestamp = '2025-01-01T00:00:00Z'): ConfigMap {
  const owner = {
    apiVersion: clusters.apiVersion,
    kind: clusters.kind,
    metadata: { name, namespace: 'ns', uid: name },
  };
  const object = aConfigMap('child');
  const ownerReferences = [controllerReference(owner)];
  return { ...object, metadata: { ...object.metadata, uid: 'u', resourceVersion, ownerReferences, creationTimestamp } };
}

describe('a watched source', () => {
  function aSource() {
    const store = new Store<ConfigMap>();
    store.addPartition('');
    return { type: configMaps, store };
  }

  test('enqueues the owner of what changed, and the former owner too', async (t) => {
    const source = aSource();
    const { controller, calls } = aController(t, async () => undefined);
    controller.watch(source, byController(clusters));
    controller.start();
    source.store.replace('', new Map(), '1');
    source.store.upsert('', ownedBy('one', '2'));
    await settle();
    source.store.upsert('', ownedBy('other', '3'));
    await settle();
    source.store.remove('', ownedBy('other', '4'));
    await settle();
    assert.deepEqual(
      calls.map((call) => call.split('@')[0]),
      ['ns/one', 'ns/other', 'ns/one', 'ns/other'],
    );
  });

  test('looks last at what is well by its own words in the initial list', async (t) => {
    const source = aSource();
    const { controller, calls } = aController(t, async () => undefined, { workers: 1 });
    controller.watch(source, (object) => [keyOf(object)]);
    const ready = (status: string) => ({ observedGeneration: 1, conditions: [{ type: 'Ready', status }] });
    initially(source, [
      ['well1', {}, ready('True')],
      ['well2', {}, { observedGeneration: 1 }],
      ['unready', {}, ready('False')],
      ['unknown', {}, ready('Unknown')],
      ['changed', { generation: 2 }, ready('True')],
      ['never-seen', {}, undefined],
      ['leaving', { deletionTimestamp: '2025-06-01T00:00:00Z' }, ready('True')],
      ['new', { creationTimestamp: '2025-12-31T23:59:30Z' }, ready('True')],
    ]);
    controller.start();
    await settle();
    assert.deepEqual(
      calls.map((call) => call.split('@')[0]),
      ['unready', 'unknown', 'changed', 'never-seen', 'leaving', 'new', 'well1', 'well2'].map((name) => `ns/${name}`),
    );
  });

  test('expects of other kinds no word on their last change, which most of them never give', async (t) => {
    const [own, other] = [aSource(), aSource()];
    const { controller, calls } = aController(t, async () => undefined, { workers: 1 });
    controller.watch(own, (object) => [keyOf(object)]);
    controller.watch(other, (object) => [keyOf(object)]);
    initially(other, [['well', { generation: 3 }, undefined]]);
    initially(own, [['changed', { generation: 3 }, { observedGeneration: 2 }]]);
    controller.start();
    await settle();
    assert.deepEqual(calls, ['ns/changed@0', 'ns/well@0']);
  });

  test('begins so many of those that are well in a second, and whatever else happens at once', async (t) => {
    const source = aSource();
    const { clock, controller, calls } = aController(t, async () => undefined, { workers: 4, lowPerSecond: 2 });
    controller.watch(source, (object) => [keyOf(object)]);
    initially(
      source,
      ['a', 'b', 'c', 'd'].map((name) => [name, {}, { observedGeneration: 1 }]),
    );
    controller.start();
    await settle();
    assert.deepEqual(calls, ['ns/a@0']);
    controller.enqueue({ namespace: 'ns', name: 'd' });
    await clock.advance(400);
    assert.deepEqual(calls.slice(1), ['ns/d@0']);
    await clock.advance(5_000);
    assert.deepEqual(calls.slice(2), ['ns/b@500', 'ns/c@1000']);
  });

  test('enqueues everything again at each resync, with jitter, at low priority', async (t) => {
    const source = aSource();
    const { clock, controller, calls } = aController(t, async () => undefined, { resyncMs: 1000, random: () => 1 });
    controller.watch(source, (object) => [keyOf(object)]);
    source.store.replace('', new Map([['ns/child', ownedBy('x', '1')]]), '1');
    controller.start();
    await clock.advance(2500);
    assert.deepEqual(calls, ['ns/child@0', 'ns/child@1100', 'ns/child@2200']);
  });
});

type Initial = readonly [name: string, metadata: Partial<ObjectMeta>, status: object | undefined];

/** Made long ago. */
function initially(source: Source<ConfigMap>, objects: readonly Initial[]): void {
  const made = objects.map(([name, more, status], index) => {
    const object = ownedBy('x', String(index + 1), '2025-01-01T00:00:00Z');
    const metadata = { ...object.metadata, name, generation: 1, ...more };
    return { ...object, metadata, ...(status && { status }) };
  });
  source.store.replace('', new Map(made.map((object) => [keyText(keyOf(object)), object])), '9');
}
