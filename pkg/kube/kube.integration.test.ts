// The whole runtime against a real API server behind a proxy that cuts, delays, freezes and answers in its stead.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readAudit, settleAudit, WRITE_VERBS } from '../../e2e/controlplane/audit.ts';
import { type ControlPlane, startControlPlane } from '../../e2e/controlplane/controlplane.ts';
import { type FaultProxy, startKubeconfigProxy } from '../../e2e/controlplane/faultproxy.ts';
import { kubeconfigAccess } from './access.ts';
import { KubeClient } from './client.ts';
import { isAlreadyExists, isConflict } from './errors.ts';
import { EventRecorder } from './events.ts';
import { Manager } from './manager.ts';
import type { RequestInfo } from './metrics.ts';
import { ReferenceWatcher } from './references.ts';
import { Reflector, type ReflectorOptions } from './reflector.ts';
import { type ConfigMap, configMaps, events, leases, secrets } from './resources.ts';
import { aConfigMap, eventLog } from './testing/builders.ts';
import { keyOf } from './types.ts';

const ns = 'default';

describe('the runtime against a real API server', { timeout: 300_000 }, () => {
  let controlPlane: ControlPlane;
  let proxy: FaultProxy & { readonly kubeconfig: string };
  let direct: KubeClient;
  let client: KubeClient;
  const seen: RequestInfo[] = [];
  let names = 0;

  before(async () => {
    controlPlane = await startControlPlane({ controllers: [] });
    proxy = await startKubeconfigProxy(controlPlane.kubeconfig);
    direct = new KubeClient({ access: await kubeconfigAccess(controlPlane.kubeconfig), userAgent: 'test' });
    client = new KubeClient({ access: await kubeconfigAccess(proxy.kubeconfig), onRequest: (info) => seen.push(info) });
  });
  afterEach(() => proxy.faults.clear());
  after(async () => {
    await Promise.all([client.close(), direct.close()]);
    await proxy.stop();
    await controlPlane.stop();
  });

  /** A name that no other test uses. */
  function fresh(prefix: string): string {
    names += 1;
    return `${prefix}-${names}`;
  }

  async function eventually(what: string, check: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + 60_000;
    while (!(await check())) {
      assert.ok(performance.now() < deadline, `${what}: not within a minute`);
      await sleep(10);
    }
  }

  async function aReflector(t: TestContext, options: Partial<ReflectorOptions<ConfigMap>> = {}) {
    const label = fresh('r');
    const selection = { namespace: ns, labelSelector: `group=${label}` };
    const reflector = new Reflector({ client, type: configMaps, ...selection, random: () => 0, ...options });
    t.after(() => reflector.stop());
    const log = eventLog(reflector);
    const create = (name: string, value = '') => direct.create(configMaps, labelled(name, label, value));
    return { reflector, log, create, label };
  }

  function labelled(name: string, group: string, value = ''): ConfigMap {
    const object = aConfigMap(name, value, ns);
    return { ...object, metadata: { ...object.metadata, labels: { group } } };
  }

  describe('the client', () => {
    test('creates, reads, applies, patches, updates and deletes, and keeps what it does not know', async () => {
      const key = { namespace: ns, name: fresh('c') };
      const created = await client.create(configMaps, aConfigMap(key.name, 'one', ns));
      assert.ok(created.metadata.uid);
      await assert.rejects(client.create(configMaps, aConfigMap(key.name, 'two', ns)), isAlreadyExists);
      const applied = await client.apply(configMaps, { ...aConfigMap(key.name, 'one', ns), data: { more: 'x' } });
      assert.deepEqual(applied.data, { value: 'one', more: 'x' });
      const version = applied.metadata.resourceVersion ?? '';
      const patched = await client.patch(configMaps, key, { data: { more: null } }, { resourceVersion: version });
      assert.deepEqual(patched.data, { value: 'one' });
      await assert.rejects(client.patch(configMaps, key, { data: {} }, { resourceVersion: version }), isConflict);
      await assert.rejects(client.patch(configMaps, key, { data: { a: 'b' } }, { uid: 'another' }), isConflict);
      const updated = await client.update(configMaps, { ...patched, data: { value: 'three' } });
      assert.equal((await client.get(configMaps, key))?.data?.['value'], 'three');
      await assert.rejects(client.delete(configMaps, key, { uid: 'another' }), isConflict);
      await assert.rejects(client.delete(configMaps, key, { resourceVersion: version }), isConflict);
      const preconditions = {
        uid: created.metadata.uid ?? '',
        resourceVersion: updated.metadata.resourceVersion ?? '',
      };
      await client.delete(configMaps, key, preconditions);
      assert.equal(await client.get(configMaps, key), undefined);
      await client.delete(configMaps, key);
    });

    test('reports the conflict of a field that somebody else applied, and takes it only by force', async () => {
      const name = fresh('c');
      await client.apply(configMaps, aConfigMap(name, 'ours', ns));
      const theirs = aConfigMap(name, 'theirs', ns);
      await assert.rejects(direct.apply(configMaps, theirs, { fieldManager: 'somebody' }), isConflict);
      const taken = await direct.apply(configMaps, theirs, { fieldManager: 'somebody', force: true });
      assert.equal(taken.data?.['value'], 'theirs');
    });

    test('lists in pages and gives metadata alone when asked', async () => {
      const label = fresh('p');
      for (let index = 0; index < 5; index += 1)
        await direct.create(configMaps, labelled(`${label}-${index}`, label, 'x'));
      const selection = { namespace: ns, labelSelector: `group=${label}` };
      const first = await client.list(configMaps, { ...selection, limit: 2 });
      assert.equal(first.items.length, 2);
      const rest = await client.list(configMaps, { ...selection, limit: 9, continue: first.continue ?? '' });
      assert.equal(rest.items.length, 3);
      assert.equal(rest.items[0]?.kind, 'ConfigMap');
      const metadata = await client.list(configMaps, { ...selection, metadataOnly: true });
      assert.deepEqual(Object.keys(metadata.items[0] ?? {}), ['apiVersion', 'kind', 'metadata']);
      for await (const { object } of client.watch(configMaps, {
        ...selection,
        metadataOnly: true,
        resourceVersion: '0',
      })) {
        assert.deepEqual(Object.keys(object), ['apiVersion', 'kind', 'metadata']);
        break;
      }
    });

    test('reads back after an answer was lost: the write had been carried out', async () => {
      const name = fresh('c');
      proxy.faults.loseAnswer(({ method }) => method === 'POST', 1);
      await assert.rejects(client.create(configMaps, aConfigMap(name, '', ns)), { outcomeUnknown: true });
      assert.ok(await client.get(configMaps, { namespace: ns, name }));
    });

    test('waits out a 429 and ends a frozen call at its deadline', async () => {
      const name = fresh('c');
      proxy.faults.answer(429, undefined, { 'retry-after': '1' }, undefined, 1);
      const started = performance.now();
      await client.create(configMaps, aConfigMap(name, '', ns));
      assert.ok(performance.now() - started >= 1000);
      proxy.faults.freeze();
      await assert.rejects(client.get(configMaps, { namespace: ns, name }, { deadlineMs: 300 }), { code: 'DEADLINE' });
      proxy.faults.thaw();
      assert.ok(await client.get(configMaps, { namespace: ns, name }));
    });

    test('does a thousand reads over at most ten connections, and says how fast', async (t) => {
      const key = { namespace: ns, name: fresh('c') };
      await direct.create(configMaps, aConfigMap(key.name, '', ns));
      const started = performance.now();
      const cpu = process.cpuUsage();
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          for (let index = 0; index < 50; index += 1) await direct.get(configMaps, key);
        }),
      );
      const seconds = (performance.now() - started) / 1000;
      const { user, system } = process.cpuUsage(cpu);
      t.diagnostic(`${Math.round(1000 / seconds)} requests/s, ${((user + system) / 1e6).toFixed(2)} ms CPU each`);
    });
  });

  describe('the reflector', () => {
    test('follows the API server by one stream', async (t) => {
      const { reflector, log, create, label } = await aReflector(t);
      await create(`${label}-a`);
      seen.length = 0;
      reflector.start();
      await eventually('synced', () => reflector.synced);
      await create(`${label}-b`);
      await direct.delete(configMaps, { namespace: ns, name: `${label}-a` });
      await eventually('three events', () => log.length === 3);
      assert.deepEqual(log, [`added ${ns}/${label}-a (initial)`, `added ${ns}/${label}-b`, `deleted ${ns}/${label}-a`]);
      t.diagnostic(`first state by ${seen.map(({ verb }) => verb).join(', ')}`);
    });

    test('falls back to pages when the API server refuses to stream', async (t) => {
      const { reflector, create, label } = await aReflector(t);
      await create(`${label}-a`);
      proxy.faults.answer(422, undefined, undefined, ({ path }) => path.includes('sendInitialEvents'));
      reflector.start();
      await eventually('synced', () => reflector.synced);
      await create(`${label}-b`);
      await eventually('both', () => reflector.store.size === 2);
    });

    test('loses nothing when its connection is reset, closed or black-holed', async (t) => {
      const { reflector, create, label } = await aReflector(t, { idleMs: 1000 });
      reflector.start();
      await eventually('synced', () => reflector.synced);
      for (const how of ['rst', 'fin', 'silent'] as const) {
        proxy.faults.cut({ how, match: ({ watch }) => watch });
        await create(`${label}-${how}`);
        await eventually(how, () => reflector.store.get(`${label}-${how}`, ns) !== undefined);
      }
    });

    test('relists after 410 in the stream and deletes what went meanwhile', async (t) => {
      const { reflector, log, create, label } = await aReflector(t);
      await create(`${label}-a`);
      reflector.start();
      await eventually('synced', () => reflector.synced);
      proxy.faults.injectWatchError(410, ({ path }) => path.includes(label));
      await direct.delete(configMaps, { namespace: ns, name: `${label}-a` });
      await eventually('deletion', () => log.length === 2);
      assert.equal(log[1], `deleted ${ns}/${label}-a (final state unknown)`);
    });

    for (const status of [500, 429, 503, 200]) {
      test(`comes through ${status === 200 ? 'text that is no JSON' : status}`, async (t) => {
        const { reflector, create, label } = await aReflector(t);
        reflector.start();
        await eventually('synced', () => reflector.synced);
        const body = status === 200 ? 'garbage\n' : undefined;
        proxy.faults.answer(status, body, undefined, ({ path }) => path.includes(label), 1);
        proxy.faults.cut({ match: ({ watch }) => watch });
        await create(`${label}-a`);
        await eventually('a', () => reflector.store.size === 1);
      });
    }

    test('refuses an old list that a lagging API server gives', async (t) => {
      const { reflector, create, label } = await aReflector(t, { watchList: false });
      await create(`${label}-a`);
      const lists = ({ path, watch }: { path: string; watch: boolean }) => path.includes(label) && !watch;
      const recording = proxy.faults.record(lists);
      reflector.start();
      const old = await recording;
      await create(`${label}-b`);
      await eventually('b', () => reflector.store.size === 2);
      const version = reflector.store.resourceVersion;
      proxy.faults.replay(old, lists, 1);
      proxy.faults.injectWatchError(500, ({ path }) => path.includes(label));
      await eventually('refusal', () => String(reflector.lastError).includes('we have seen'));
      assert.equal(reflector.store.size, 2);
      assert.equal(reflector.store.resourceVersion, version);
      await eventually('recovery', () => reflector.lastError === undefined);
    });

    test('is back soon after the API server was restarted, without losing what happened before and after', async (t) => {
      const { reflector, create, label } = await aReflector(t);
      reflector.start();
      await eventually('synced', () => reflector.synced);
      await create(`${label}-before`);
      await controlPlane.restartApiServer();
      await create(`${label}-after`);
      await eventually('both', () => reflector.store.size === 2);
    });
  });

  test('a referenced Secret is missing, present, changed and missing again', async (t) => {
    const told: string[] = [];
    const watcher = new ReferenceWatcher({ client, onChange: (owner) => told.push(owner.name) });
    t.after(() => watcher.stop());
    const key = { namespace: ns, name: fresh('s') };
    watcher.track({ namespace: ns, name: 'owner' }, [{ type: secrets, key }]);
    await eventually('missing', () => watcher.get(secrets, key).state === 'missing');
    await direct.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: key, stringData: { a: 'b' } });
    await eventually('present', () => watcher.get(secrets, key).object?.data?.['a'] === 'Yg==');
    await direct.delete(secrets, key);
    await eventually('gone', () => watcher.get(secrets, key).state === 'missing');
    assert.equal(told.length, 3);
  });

  test('events are accepted, and repetitions become a series', async () => {
    const regarding = await direct.create(configMaps, aConfigMap(fresh('e'), '', ns));
    const recorder = new EventRecorder({
      client,
      reportingController: 'example.com/test',
      reportingInstance: 'test-0',
    });
    const input = { regarding, type: 'Warning', reason: 'Tested', note: 'A note', action: 'Test' } as const;
    for (let index = 0; index < 3; index += 1) recorder.event(input);
    await recorder.stop();
    const { items } = await direct.list(events, { namespace: ns });
    const found = items.filter(({ regarding: { name } }) => name === keyOf(regarding).name);
    assert.deepEqual(
      found.map(({ note, series }) => [note, series?.count]),
      [['A note', 3]],
    );
  });

  describe('a manager', () => {
    async function aManager(t: TestContext, lease: string, identity: string) {
      const own = new KubeClient({ access: await kubeconfigAccess(proxy.kubeconfig), userAgent: identity });
      const lost: string[] = [];
      const manager = new Manager({
        client: own,
        namespaces: [ns],
        onLost: (reason) => lost.push(reason),
        leaderElection: {
          namespace: ns,
          name: lease,
          identity,
          leaseDurationMs: 4000,
          renewDeadlineMs: 2500,
          renewIntervalMs: 1000,
          retryPeriodMs: 400,
        },
      });
      t.after(() => manager.stop(0));
      const calls: string[] = [];
      const controller = manager.controller({
        name: identity,
        reconcile: async (key) => {
          calls.push(key.name);
          return undefined;
        },
      });
      controller.watch(manager.reflector(configMaps, { labelSelector: `group=${lease}` }), (object) => [keyOf(object)]);
      return { manager, own, calls, lost };
    }

    test('hands over to its warm standby at once when it stops, and after the lease ran out when it is cut off', async (t) => {
      const lease = fresh('lease');
      const one = await aManager(t, lease, `${lease}-one`);
      const two = await aManager(t, lease, `${lease}-two`);
      const three = await aManager(t, lease, `${lease}-three`);
      await one.manager.start();
      await eventually('one leads', () => one.manager.isLeader);
      await two.manager.start();
      const stoppedAt = performance.now();
      await one.manager.stop();
      await eventually('two leads', () => two.manager.isLeader);
      t.diagnostic(`handed over in ${Math.round(performance.now() - stoppedAt)} ms`);
      await three.manager.start();
      const cutAt = performance.now();
      proxy.faults.freeze(({ method, path }) => method === 'PUT' && path.includes(lease));
      await eventually('two has lost', () => two.lost.length === 1);
      await assert.rejects(two.own.create(configMaps, aConfigMap(fresh('x'), '', ns)), { reason: 'NotLeading' });
      assert.equal(three.manager.isLeader, false);
      proxy.faults.clear();
      await eventually('three leads', () => three.manager.isLeader);
      t.diagnostic(`taken over after ${Math.round(performance.now() - cutAt)} ms`);
      await direct.create(configMaps, labelled(fresh('w'), lease));
      await eventually('work', () => three.calls.length > 0);
      assert.deepEqual([one.calls, two.calls], [[], []]);
      assert.equal((await direct.get(leases, { namespace: ns, name: lease }))?.spec?.leaseTransitions, 2);
    });

    test('writes nothing but its lease while nothing happens', async (t) => {
      const lease = fresh('lease');
      const { manager } = await aManager(t, lease, `${lease}-idle`);
      await manager.start();
      await eventually('leading', () => manager.isLeader);
      await settleAudit(controlPlane.auditLog);
      const before = new Date().toISOString();
      await sleep(5000);
      await settleAudit(controlPlane.auditLog);
      const entries = await readAudit(controlPlane.auditLog);
      const own = entries.filter(
        ({ userAgent, requestReceivedTimestamp }) =>
          userAgent?.startsWith(`${lease}-idle`) && requestReceivedTimestamp > before,
      );
      const writes = own.filter(({ verb }) => WRITE_VERBS.includes(verb));
      assert.ok(writes.length >= 3 && writes.length <= 7, `${writes.length} writes`);
      assert.ok(writes.every(({ objectRef }) => objectRef?.resource === 'leases'));
      assert.equal(own.length, writes.length, 'no reads');
    });
  });
});
