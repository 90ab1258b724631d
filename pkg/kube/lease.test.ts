// Leader election by one process: when it leads, and that it never writes when it should not.

import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { FakeClock, settle } from './clock.ts';
import { FencedError, KubeTransportError } from './errors.ts';
import type { LeaderElectorOptions } from './lease.ts';
import { leases } from './resources.ts';
import { anElector, key, leaseOf, writes } from './testing/electors.ts';
import { ModelApi, refusal } from './testing/model-api.ts';

async function alone(t: TestContext, options: Partial<LeaderElectorOptions> = {}) {
  const api = new ModelApi();
  const clock = new FakeClock();
  const one = anElector(t, api, clock, 'one', options);
  one.elector.start();
  await clock.advance(0);
  return { api, clock, ...one };
}

describe('a single elector', () => {
  test('takes a lease that does not exist, with times of exactly six fractional digits', async (t) => {
    const { api, elector, told } = await alone(t);
    assert.equal(elector.isLeader, true);
    assert.deepEqual(told, ['started']);
    const spec = (await leaseOf(api))?.spec;
    assert.match(spec?.renewTime ?? '', /T\d\d:\d\d:\d\d\.\d{6}Z$/);
    assert.match(spec?.acquireTime ?? '', /T\d\d:\d\d:\d\d\.\d{6}Z$/);
    assert.deepEqual([spec?.holderIdentity, spec?.leaseDurationSeconds, spec?.leaseTransitions], ['one', 15, 0]);
  });

  test('renews every five seconds with a single write and no read', async (t) => {
    const { api, clock } = await alone(t);
    const before = api.calls.length;
    await clock.advance(60_000);
    assert.equal(api.calls.length - before, 12);
    assert.ok(api.calls.slice(before).every(({ verb }) => verb === 'update'));
    assert.equal((await leaseOf(api))?.spec?.acquireTime, '2026-01-01T00:00:00.000000Z');
  });

  test('keeps the fence shut before its first term and open while it renews', async (t) => {
    const api = new ModelApi();
    const clock = new FakeClock();
    const { elector, fence } = anElector(t, api, clock, 'one');
    assert.throws(() => fence.check(), FencedError);
    elector.start();
    for (let second = 0; second < 120; second += 1) {
      await clock.advance(1000);
      fence.check();
    }
  });

  test('stops leading when it could not renew for ten seconds, whatever the error is', async (t) => {
    for (const error of [
      refusal(400, 'BadRequest', 'parsing time'),
      refusal(500, 'InternalError', 'etcd'),
      new KubeTransportError('refused', 'ECONNREFUSED', false),
    ]) {
      const { api, clock, elector, fence, told } = await alone(t);
      api.before = ({ verb }) => {
        if (verb === 'update') throw error;
      };
      await clock.advance(9999);
      fence.check();
      await clock.advance(1);
      assert.throws(() => fence.check(), FencedError);
      assert.equal(elector.isLeader, false);
      assert.deepEqual(told.slice(1), ['lost: the lease could not be renewed in time']);
    }
  });

  test('survives a renewal that fails once', async (t) => {
    const { api, clock, elector, told } = await alone(t);
    let failures = 1;
    api.before = ({ verb }) => {
      if (verb === 'update' && failures-- > 0) throw refusal(500, 'InternalError', 'etcd');
    };
    await clock.advance(60_000);
    assert.equal(elector.isLeader, true);
    assert.deepEqual(told, ['started']);
  });

  test('survives a renewal that was carried out although its answer was lost', async (t) => {
    const { api, clock, elector } = await alone(t);
    const update = api.update.bind(api);
    let losses = 1;
    api.update = async (type, object, options) => {
      const written = await update(type, object, options);
      if (losses-- > 0) throw new KubeTransportError('reset', 'ECONNRESET', true);
      return written;
    };
    await clock.advance(60_000);
    assert.equal(elector.isLeader, true);
  });

  test('keeps the lease when another client changes its labels', async (t) => {
    const { api, clock, elector } = await alone(t);
    await api.patch(leases, key, { metadata: { labels: { x: 'y' } } });
    await clock.advance(60_000);
    assert.equal(elector.isLeader, true);
    assert.equal((await leaseOf(api))?.metadata.labels?.['x'], 'y');
  });

  test('stops at once when the lease is deleted or given to another by hand, and does not take it back', async (t) => {
    for (const act of [
      (api: ModelApi) => api.delete(leases, key),
      (api: ModelApi) => api.patch(leases, key, { spec: { holderIdentity: 'somebody' } }),
    ]) {
      const { api, clock, elector, fence, told } = await alone(t);
      await clock.advance(1000);
      await act(api);
      await settle();
      assert.equal(elector.isLeader, false);
      assert.throws(() => fence.check(), FencedError);
      assert.equal(told.length, 2);
      const before = writes(api).length;
      await clock.advance(60_000);
      assert.equal(writes(api).length, before);
    }
  });

  test('writes nothing after the deadline when the event loop was blocked, whatever runs first afterwards', async (t) => {
    const { clock, fence, elector } = await alone(t);
    clock.stall(12_000);
    // No timer has fired: the elector still believes that it leads.
    assert.equal(elector.isLeader, true);
    assert.throws(() => fence.check(), /2000 ms past the deadline/);
    await clock.advance(0);
    assert.equal(elector.isLeader, false);
  });

  test('does not open the fence again for an answer that comes after the deadline', async (t) => {
    const { api, clock, fence, elector } = await alone(t);
    let answer = () => {};
    api.before = ({ verb }) =>
      verb === 'update'
        ? new Promise<void>((resolve) => {
            answer = resolve;
          })
        : undefined;
    await clock.advance(5000);
    clock.stall(11_000);
    answer();
    await settle();
    assert.throws(() => fence.check(), FencedError);
    await clock.advance(0);
    assert.equal(elector.isLeader, false);
  });

  test('does not take up a lost term again for a renewal that succeeds late, and gives nothing back', async (t) => {
    const { api, clock, elector, fence, told } = await alone(t);
    let answer = () => {};
    const update = api.update.bind(api);
    api.update = async (type, object, options) => {
      const written = await update(type, object, options);
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return written;
    };
    await clock.advance(5000);
    await api.delete(leases, key);
    await settle();
    assert.equal(told.length, 2);
    answer();
    await settle();
    assert.equal(elector.isLeader, false);
    assert.equal(fence.open, false);
    const before = writes(api).length;
    await elector.stop();
    assert.equal(writes(api).length, before);
  });

  test('ends in order although it cannot give the lease back', async (t) => {
    for (const error of [
      refusal(500, 'InternalError', 'etcd'),
      new KubeTransportError('refused', 'ECONNREFUSED', true),
    ]) {
      const { api, elector, fence } = await alone(t);
      api.before = ({ verb }) => {
        if (verb === 'update') throw error;
      };
      await elector.stop();
      assert.deepEqual([elector.isLeader, fence.open, api.openWatches], [false, false, 0]);
    }
  });

  test('is not misled by a watch that tells late what was before its own write', async (t) => {
    const api = new ModelApi();
    const clock = new FakeClock();
    const spec = { holderIdentity: 'other', leaseDurationSeconds: 15, leaseTransitions: 0 };
    await api.create(leases, { apiVersion: leases.apiVersion, kind: leases.kind, metadata: key, spec });
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const watch = api.watch.bind(api);
    api.watch = async function* (type, options) {
      for await (const event of watch(type, options)) {
        if (event.type === 'MODIFIED') await gate;
        yield event;
      }
    };
    const { elector, told } = anElector(t, api, clock, 'one');
    elector.start();
    await clock.advance(1000);
    await api.patch(leases, key, { spec: { holderIdentity: '' } });
    await clock.advance(30_000);
    assert.equal(elector.isLeader, true, 'by a refused write and a read');
    open();
    await settle();
    assert.equal(elector.isLeader, true);
    assert.deepEqual(told, ['started']);
  });

  test('does not lead when the lease was given to another before the answer to its own write came', async (t) => {
    const api = new ModelApi();
    const clock = new FakeClock();
    let open = () => {};
    const create = api.create.bind(api);
    api.create = async (type, object, options) => {
      const created = await create(type, object, options);
      await new Promise<void>((resolve) => {
        open = resolve;
      });
      return created;
    };
    const { elector, fence, told } = anElector(t, api, clock, 'one');
    elector.start();
    await clock.advance(0);
    await api.patch(leases, key, { spec: { holderIdentity: 'other' } });
    await settle();
    open();
    await settle();
    assert.equal(elector.isLeader, false);
    assert.equal(fence.open, false);
    assert.deepEqual(told, []);
  });

  test('counts the deadline from the start of the renewal, not from its answer', async (t) => {
    const { api, clock, fence } = await alone(t);
    api.before = ({ verb }) =>
      verb === 'update' ? new Promise((resolve) => clock.setTimeout(() => resolve(), 3000)) : undefined;
    await clock.advance(5000 + 3000);
    api.before = () => {
      throw new KubeTransportError('refused', 'ECONNREFUSED', false);
    };
    await clock.advance(6999);
    fence.check();
    await clock.advance(1);
    assert.throws(() => fence.check(), FencedError);
  });

  test('does not care when the wall clock jumps', async (t) => {
    const { clock, elector, fence } = await alone(t);
    for (const step of [3_600_000, -7_200_000]) {
      clock.stepWallClock(step);
      await clock.advance(30_000);
      fence.check();
    }
    assert.equal(elector.isLeader, true);
  });

  test('keeps the lease while every call takes four seconds', async (t) => {
    const { api, clock, elector, told } = await alone(t);
    api.before = () => new Promise((resolve) => clock.setTimeout(() => resolve(), 4000));
    await clock.advance(120_000);
    assert.equal(elector.isLeader, true);
    assert.deepEqual(told, ['started']);
    api.before = () => undefined;
    await clock.advance(4000);
  });

  test('refuses periods that cannot work', (t) => {
    const api = new ModelApi();
    for (const periods of [
      { leaseDurationMs: 10_000 },
      { renewDeadlineMs: 2000, renewIntervalMs: 100 },
      { renewIntervalMs: 9000 },
    ]) {
      assert.throws(() => anElector(t, api, new FakeClock(), 'one', periods), RangeError);
    }
  });
});
