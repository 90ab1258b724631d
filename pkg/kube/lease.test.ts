// Leader election: who leads when, and that nobody writes who should not. Several electors share one model API server, each with a
// clock of its own where clocks matter.

import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { KubeApi } from './api.ts';
import { FakeClock, settle } from './clock.ts';
import { FencedError, KubeTransportError } from './errors.ts';
import { WriteFence } from './fence.ts';
import { LeaderElector, type LeaderElectorOptions } from './lease.ts';
import { type Lease, leases } from './resources.ts';
import { ModelApi, refusal } from './testing/model-api.ts';

const key = { namespace: 'ns', name: 'operator' };

function anElector(
  t: TestContext,
  api: KubeApi,
  clock: FakeClock,
  identity: string,
  options: Partial<LeaderElectorOptions> = {},
) {
  const fence = new WriteFence(clock);
  const told: string[] = [];
  const elector = new LeaderElector({
    ...key,
    client: api,
    fence,
    clock,
    identity,
    random: () => 0,
    onStarted: () => told.push('started'),
    onLost: (reason) => told.push(`lost: ${reason}`),
    ...options,
  });
  t.after(() => elector.stop());
  return { elector, fence, told };
}

function writes(api: ModelApi): readonly string[] {
  return api.calls.filter(({ verb }) => ['create', 'update', 'patch', 'delete'].includes(verb)).map(({ verb }) => verb);
}

async function leaseOf(api: ModelApi): Promise<Lease | undefined> {
  return api.snapshot(leases).get('ns/operator');
}

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

async function two(t: TestContext) {
  const api = new ModelApi();
  const clock = new FakeClock();
  const one = anElector(t, api, clock, 'one');
  const other = anElector(t, api, clock, 'other');
  one.elector.start();
  await clock.advance(0);
  other.elector.start();
  await clock.advance(100);
  return { api, clock, one, other };
}

describe('two electors', () => {
  test('have one leader, and the standby sends nothing while the lease is renewed', async (t) => {
    const { api, clock, one, other } = await two(t);
    const before = api.calls.length;
    await clock.advance(300_000);
    assert.deepEqual([one.elector.isLeader, other.elector.isLeader], [true, false]);
    assert.equal(api.calls.length - before, 60, 'the renewals of the leader');
  });

  test('hand over within a moment when the leader stops in good order', async (t) => {
    const { api, clock, one, other } = await two(t);
    await one.elector.stop();
    await clock.advance(1);
    assert.equal(other.elector.isLeader, true);
    assert.deepEqual(one.told, ['started'], 'a release is no loss');
    assert.equal((await leaseOf(api))?.spec?.leaseTransitions, 1);
    assert.equal(other.fence.term, 1);
  });

  test('hand over after the lease has run out when the leader vanishes, and never sooner', async (t) => {
    const api = new ModelApi();
    const [clockOne, clockOther] = [new FakeClock(), new FakeClock()];
    const one = anElector(t, api, clockOne, 'one');
    const other = anElector(t, api, clockOther, 'other');
    one.elector.start();
    await clockOne.advance(0);
    other.elector.start();
    await clockOther.advance(14_999);
    assert.equal(other.elector.isLeader, false);
    await clockOther.advance(1);
    assert.equal(other.elector.isLeader, true);
  });

  test('judge a lease by when it changed before their own eyes, not by the times written in it', async (t) => {
    const api = new ModelApi();
    const wrongClock = new FakeClock('2020-01-01T00:00:00.000Z');
    const clock = new FakeClock('2026-01-01T00:00:00.000Z');
    const one = anElector(t, api, wrongClock, 'one');
    const other = anElector(t, api, clock, 'other');
    one.elector.start();
    await wrongClock.advance(0);
    other.elector.start();
    for (let round = 0; round < 20; round += 1) {
      await wrongClock.advance(5000);
      await clock.advance(5000);
    }
    assert.deepEqual([one.elector.isLeader, other.elector.isLeader], [true, false]);
  });

  test('never both write although the leader was stopped for a minute and wakes up as if nothing had happened', async (t) => {
    const api = new ModelApi();
    const [clockOne, clockOther] = [new FakeClock(), new FakeClock()];
    const one = anElector(t, api, clockOne, 'one');
    const other = anElector(t, api, clockOther, 'other');
    one.elector.start();
    await clockOne.advance(0);
    other.elector.start();
    await clockOther.advance(20_000);
    assert.equal(other.elector.isLeader, true);
    clockOne.stall(60_000);
    assert.throws(() => one.fence.check(), FencedError);
    const before = writes(api).length;
    await clockOne.advance(60_000);
    assert.equal(one.elector.isLeader, false);
    assert.equal(writes(api).length, before, 'no write by the former leader');
    other.fence.check();
  });

  test('wait out a lease that was deleted, because its holder may not know yet', async (t) => {
    const api = new ModelApi();
    const [clockOne, clockOther] = [new FakeClock(), new FakeClock()];
    const one = anElector(t, api, clockOne, 'one');
    const other = anElector(t, api, clockOther, 'other');
    one.elector.start();
    await clockOne.advance(0);
    other.elector.start();
    await clockOther.advance(1000);
    await api.delete(leases, key);
    await clockOther.advance(14_999);
    assert.equal(other.elector.isLeader, false);
    await clockOther.advance(1);
    assert.equal(other.elector.isLeader, true);
  });

  test('take a lease that is free at the same moment only once', async (t) => {
    const api = new ModelApi();
    const clock = new FakeClock();
    api.before = ({ verb }) => (verb === 'create' ? settle() : undefined);
    const all = ['a', 'b', 'c'].map((identity) => anElector(t, api, clock, identity));
    for (const { elector } of all) elector.start();
    await clock.advance(10_000);
    assert.equal(all.filter(({ elector }) => elector.isLeader).length, 1);
    assert.ok(writes(api).filter((verb) => verb === 'create').length > 1, 'another try was refused');
  });
});
