// The manager: the order of things at start and stop, shared caches, and what the probes are told.

import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { KubeClient } from './client.ts';
import { FakeClock, settle } from './clock.ts';
import { FencedError } from './errors.ts';
import { WriteFence } from './fence.ts';
import { Manager, type ManagerOptions } from './manager.ts';
import { configMaps, leases, secrets } from './resources.ts';
import { aConfigMap } from './testing/builders.ts';
import { ModelApi, refusal } from './testing/model-api.ts';
import { keyOf, keyText } from './types.ts';

/** A model API server that fences its writes as the client does. */
class FencedModel extends ModelApi {
  readonly fence: WriteFence;
  closed = false;
  constructor(clock: FakeClock) {
    super();
    this.fence = new WriteFence(clock);
  }
  async close(): Promise<void> {
    this.closed = true;
  }
}

function aManager(t: TestContext, options: Partial<ManagerOptions> = {}) {
  const clock = new FakeClock();
  const api = new FencedModel(clock);
  const calls: string[] = [];
  const lost: string[] = [];
  const manager = new Manager({
    client: api as unknown as KubeClient,
    clock,
    namespaces: 'all',
    onLost: (reason) => lost.push(reason),
    ...options,
  });
  t.after(() => manager.stop(0));
  const reconcile = async (key: { namespace: string; name: string }) => {
    calls.push(keyText(key));
    return undefined;
  };
  return { api, clock, manager, calls, lost, reconcile };
}

const election = { namespace: 'ns', name: 'operator', identity: 'one' };

describe('a manager', () => {
  test('starts its workers only when every required cache is synced', async (t) => {
    const { api, clock, manager, calls, reconcile } = aManager(t);
    await api.create(configMaps, aConfigMap('a'));
    let held = true;
    api.before = ({ type }) => {
      if (held && type.plural === 'secrets') throw refusal(403, 'Forbidden', 'not yet');
    };
    const controller = manager.controller({ name: 'test', reconcile });
    controller.watch(manager.reflector(configMaps), (object) => [keyOf(object)]);
    manager.reflector(secrets);
    const started = manager.start();
    await clock.advance(60_000);
    assert.deepEqual(calls, []);
    assert.deepEqual(manager.readyz(), { ok: false, reasons: ['secrets are not synced'] });
    held = false;
    await clock.advance(60_000);
    await started;
    assert.deepEqual(calls, ['ns/a']);
    assert.deepEqual(manager.readyz(), { ok: true });
    assert.equal(manager.isLeader, true);
  });

  test('does not wait for an optional cache', async (t) => {
    const { api, clock, manager } = aManager(t);
    api.before = ({ type }) => {
      if (type.plural === 'secrets') throw refusal(404, 'NotFound', 'no such kind');
    };
    manager.reflector(configMaps);
    const source = manager.reflector(secrets, { optional: true });
    const started = manager.start();
    await clock.advance(100);
    await started;
    assert.deepEqual(manager.readyz(), { ok: true });
    assert.equal(source.store.synced, false);
  });

  test('tells all who asked when an optional cache is filled at last, though nothing is in it', async (t) => {
    const { api, clock, manager } = aManager(t, { namespaces: ['one', 'two'], absentMs: 5_000 });
    const served = new Set<string | undefined>();
    api.before = ({ options }) => {
      if (!served.has(options.namespace)) throw refusal(404, 'NotFound', 'no such kind');
    };
    const told: string[] = [];
    for (const who of ['first', 'second'])
      manager.reflector(secrets, { optional: true, onSynced: () => told.push(who) });
    await manager.start();
    await clock.advance(5_000);
    served.add('one');
    await clock.advance(5_000);
    assert.deepEqual(told, [], 'the other namespace is not known yet');
    served.add('two');
    await clock.advance(5_000);
    assert.deepEqual(told, ['first', 'second']);
  });

  test('fills one cache from every watched namespace, and watches cluster-scoped kinds whole', async (t) => {
    const { api, clock, manager } = aManager(t, { namespaces: ['one', 'two'] });
    for (const namespace of ['one', 'two', 'three']) await api.create(configMaps, aConfigMap('a', '', namespace));
    const { store } = manager.reflector(configMaps);
    const cluster = { ...secrets, namespaced: false };
    manager.reflector(cluster);
    const started = manager.start();
    await clock.advance(100);
    await started;
    assert.deepEqual(
      store
        .list()
        .map((object) => object.metadata.namespace ?? '')
        .sort((a, b) => a.localeCompare(b)),
      ['one', 'two'],
    );
    const scopes = api.calls
      .filter(({ verb }) => verb === 'watch')
      .map(({ type, options }) => `${type.plural} ${options.namespace}`);
    assert.deepEqual(scopes, ['configmaps one', 'configmaps two', 'secrets undefined']);
  });

  test('shares a cache between all who ask for the same, with the indexes of all', async (t) => {
    const { clock, api, manager } = aManager(t);
    const first = manager.reflector(configMaps, { labelSelector: 'a=b', indexes: { one: () => ['x'] } });
    const second = manager.reflector(configMaps, { labelSelector: 'a=b', indexes: { two: () => ['y'] } });
    const other = manager.reflector(configMaps, { labelSelector: 'c=d' });
    assert.equal(first, second);
    assert.notEqual(first, other);
    assert.deepEqual(first.store.byIndex('two', 'y'), []);
    void manager.start();
    await clock.advance(100);
    assert.equal(api.openWatches, 2);
    assert.equal(manager.storeOf(configMaps), first.store);
    assert.equal(manager.storeOf(secrets), undefined);
    assert.throws(() => manager.reflector(secrets), /before the start/);
  });

  test('keeps caches and queues warm on standby, writes nothing, and works at once when it takes over', async (t) => {
    const { api, clock, manager, calls, reconcile } = aManager(t, { leaderElection: election });
    const spec = { holderIdentity: 'other', leaseDurationSeconds: 15, leaseTransitions: 4 };
    await api.create(leases, { ...aConfigMap('operator'), apiVersion: leases.apiVersion, kind: 'Lease', spec });
    await api.create(configMaps, aConfigMap('a'));
    const controller = manager.controller({ name: 'test', reconcile });
    controller.watch(manager.reflector(configMaps), (object) => [keyOf(object)]);
    void manager.start();
    await clock.advance(10_000);
    assert.deepEqual(manager.readyz(), { ok: true }, 'a standby is ready');
    assert.equal(manager.isLeader, false);
    assert.deepEqual(calls, []);
    assert.throws(() => api.fence.check(), FencedError);
    const reads = api.calls.length;
    await clock.advance(10_000);
    assert.deepEqual(calls, ['ns/a']);
    assert.deepEqual(
      api.calls.slice(reads).map(({ verb }) => verb),
      ['update'],
      'nothing but the lease',
    );
    assert.equal(api.fence.term, 5);
  });

  test('lets running reconciles end before it gives the lease back, and closes everything', async (t) => {
    const { api, clock, manager } = aManager(t, { leaderElection: election });
    const order: string[] = [];
    let release = () => {};
    const controller = manager.controller({
      name: 'test',
      resyncMs: 0,
      reconcile: async () => {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        api.fence.check();
        order.push('reconciled');
        return undefined;
      },
    });
    manager.reflector(configMaps);
    const references = manager.references({ onChange: () => undefined });
    references.track({ namespace: 'ns', name: 'x' }, [{ type: configMaps, key: { namespace: 'ns', name: 'a' } }]);
    void manager.start();
    await clock.advance(100);
    controller.enqueue({ namespace: 'ns', name: 'x' });
    await settle();
    api.before = ({ verb, type }) => {
      if (verb === 'update' && type.plural === 'leases') order.push('released');
    };
    const stopped = manager.stop();
    await clock.advance(100);
    assert.deepEqual(order, []);
    release();
    await stopped;
    assert.deepEqual(order, ['reconciled', 'released']);
    assert.equal(api.openWatches, 0);
    assert.equal(api.closed, true);
    assert.equal(clock.pendingTimers, 0);
    assert.equal(api.snapshot(leases).get('ns/operator')?.metadata.name, 'operator');
  });

  test('has what is left done after the last reconcile, while it may still write', async (t) => {
    const { api, clock, manager } = aManager(t, { leaderElection: election });
    const order: string[] = [];
    const controller = manager.controller({
      name: 'test',
      resyncMs: 0,
      reconcile: async () => {
        await new Promise<void>((resolve) => clock.setTimeout(resolve, 500));
        order.push('reconciled');
        return undefined;
      },
    });
    void manager.start();
    await clock.advance(100);
    controller.enqueue({ namespace: 'ns', name: 'x' });
    await settle();
    const stopped = manager.stop(1_000, async () => {
      api.fence.check();
      order.push('last');
    });
    await clock.advance(1_000);
    await stopped;
    assert.deepEqual(order, ['reconciled', 'last']);
    assert.equal(api.fence.open, false);
  });

  test('keeps the lease until it runs out when a reconcile did not end in time, because it may still write', async (t) => {
    const { api, clock, manager } = aManager(t, { leaderElection: election });
    const controller = manager.controller({ name: 'test', resyncMs: 0, reconcile: () => new Promise(() => undefined) });
    void manager.start();
    await clock.advance(100);
    controller.enqueue({ namespace: 'ns', name: 'x' });
    await settle();
    const stopped = manager.stop(1_000);
    await clock.advance(1_000);
    await stopped;
    assert.equal(api.peek(leases, { namespace: 'ns', name: 'operator' })?.spec?.holderIdentity, 'one');
    assert.deepEqual([api.fence.open, api.openWatches, api.closed], [false, 0, true]);
  });

  test('tells once that the lease was lost, aborts its reconciles, and is no longer healthy', async (t) => {
    const { api, clock, manager, lost } = aManager(t, { leaderElection: election });
    let aborted = false;
    const controller = manager.controller({
      name: 'test',
      resyncMs: 0,
      reconcile: (_key, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            aborted = true;
            resolve(undefined);
          });
        }),
    });
    void manager.start();
    await clock.advance(100);
    controller.enqueue({ namespace: 'ns', name: 'x' });
    await settle();
    assert.deepEqual(manager.healthz(), { ok: true });
    await api.delete(leases, { namespace: 'ns', name: 'operator' });
    await settle();
    assert.deepEqual(lost, ['the lease was deleted']);
    assert.equal(aborted, true);
    controller.enqueue({ namespace: 'ns', name: 'y' });
    await settle();
    assert.equal(controller.queue.depth, 0, 'nothing is worked on any more');
    assert.equal(manager.isLeader, false);
    assert.deepEqual(manager.healthz(), { ok: false, reasons: ['the lease was lost'] });
  });

  test('is unhealthy when its queue makes no progress, but not when the API server is away', async (t) => {
    const { api, clock, manager } = aManager(t);
    let release = () => {};
    const controller = manager.controller({
      name: 'test',
      resyncMs: 0,
      workers: 1,
      reconcile: () => new Promise((resolve) => (release = () => resolve(undefined))),
    });
    manager.reflector(configMaps);
    void manager.start();
    await clock.advance(100);
    api.before = () => {
      throw refusal(503, 'ServiceUnavailable', 'away');
    };
    api.cutWatches();
    await clock.advance(3_600_000);
    assert.deepEqual(manager.healthz(), { ok: true });
    assert.deepEqual(manager.readyz(), { ok: true });
    controller.enqueue({ namespace: 'ns', name: 'x' });
    await clock.advance(179_000);
    assert.deepEqual(manager.healthz(), { ok: true });
    await clock.advance(1000);
    assert.match(JSON.stringify(manager.healthz()), /controller test finished nothing for 180 s/);
    release();
  });

  test('is unhealthy when the API server has only states older than ours, because only a new process helps', async (t) => {
    const { api, clock, manager } = aManager(t);
    manager.reflector(configMaps);
    void manager.start();
    await clock.advance(100);
    api.watchList = false;
    api.list = async () => ({ items: [], resourceVersion: '3' });
    api.inject({ type: 'ERROR', object: { code: 500, reason: 'InternalError' } });
    await clock.advance(300_000);
    assert.match(JSON.stringify(manager.healthz()), /configmaps: the API server only has states older than ours/);
  });

  test('stops cleanly while it still waits for its caches', async (t) => {
    const { api, clock, manager } = aManager(t);
    api.before = () => {
      throw refusal(503, 'ServiceUnavailable', 'away');
    };
    manager.reflector(configMaps);
    const started = manager.start();
    await clock.advance(1000);
    await manager.stop();
    await started;
    assert.equal(clock.pendingTimers, 0);
    assert.equal(manager.isLeader, false);
  });
});
