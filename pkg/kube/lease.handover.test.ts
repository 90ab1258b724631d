// Leader election between several processes: there is never more than one that writes, whatever their clocks do.

import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { FakeClock, settle } from './clock.ts';
import { FencedError } from './errors.ts';
import { leases } from './resources.ts';
import { anElector, key, leaseOf, writes } from './testing/electors.ts';
import { ModelApi } from './testing/model-api.ts';

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
