// Names that are looked up in the background: nobody waits, whoever asked is told, and no name holds up more than its place in the queue.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { FakeClock } from '../../pkg/kube/clock.ts';
import { HostLookups, type Lookup } from './lookups.ts';

const periodMs = 60_000;
const reader = { namespace: 'data', name: 'flows' };

function lookingUp(lookup: Lookup) {
  const clock = new FakeClock();
  const told: string[] = [];
  const asked: string[] = [];
  const lookups = new HostLookups({
    periodMs,
    clock,
    onChange: ({ name }) => told.push(name),
    lookup: (name) => {
      asked.push(name);
      return lookup(name);
    },
  });
  return { lookups, clock, told, asked, get: (...names: string[]) => lookups.addresses(names, reader) };
}

function refusing(code: string): Promise<never> {
  return Promise.reject(Object.assign(new Error(code), { code }));
}

describe('A name', () => {
  test('is unknown at first, and told as soon as it is known', async () => {
    const { get, told } = lookingUp(async () => ['203.0.113.7', '10.0.0.5']);
    assert.equal(get('git'), undefined);
    await turn();
    assert.deepEqual([told, get('git')], [['flows'], ['10.0.0.5', '203.0.113.7']]);
  });

  test('is asked for once a period, however often somebody wants to know', async () => {
    const { get, clock, asked, told } = lookingUp(async () => ['10.0.0.5']);
    for (let times = 0; times < 5; times += 1) {
      get('git');
      await turn();
    }
    await clock.advance(periodMs);
    get('git');
    await turn();
    assert.deepEqual([asked, told], [['git', 'git'], ['flows']]);
  });

  test('that leads elsewhere from now on is told, and the former answer stands until then', async () => {
    let address = '203.0.113.7';
    const { get, clock, told } = lookingUp(async () => [address]);
    get('git');
    await turn();
    address = '169.254.169.254';
    await clock.advance(periodMs);
    assert.deepEqual(get('git'), ['203.0.113.7']);
    await turn();
    assert.deepEqual([told, get('git')], [['flows', 'flows'], ['169.254.169.254']]);
  });

  test('that nobody knows leads nowhere, and so does one whose name servers never answered', async () => {
    for (const code of ['ENOTFOUND', 'EAI_AGAIN']) {
      const { get } = lookingUp(() => refusing(code));
      get('git');
      await turn();
      assert.deepEqual(get('git'), [], code);
    }
  });

  test('keeps its addresses while the name servers are away, and loses them when there is no such name any more', async () => {
    let answer: () => Promise<readonly string[]> = async () => ['127.0.0.1'];
    const { get, clock } = lookingUp(() => answer());
    const later = async () => {
      get('git');
      await turn();
      await clock.advance(periodMs);
    };
    await later();
    answer = () => refusing('EAI_AGAIN');
    await later();
    assert.deepEqual(get('git'), ['127.0.0.1']);
    await turn();
    answer = () => refusing('ENOTFOUND');
    await clock.advance(periodMs);
    await later();
    assert.deepEqual(get('git'), []);
  });

  test('is waited for no longer than three seconds, asked for once meanwhile, and told when it is known after all', async () => {
    const { promise, resolve } = Promise.withResolvers<readonly string[]>();
    const { get, clock, asked, told } = lookingUp(() => promise);
    assert.equal(get('slow'), undefined);
    await clock.advance(3_000);
    assert.deepEqual([get('slow'), told], [[], ['flows']]);
    await clock.advance(10 * periodMs);
    get('slow');
    assert.deepEqual(asked, ['slow']);
    resolve(['127.0.0.1']);
    await turn();
    assert.deepEqual([get('slow'), told], [['127.0.0.1'], ['flows', 'flows']]);
  });

  test('of somebody else waits for its turn when two are slow, and is not taken for known', async () => {
    const { promise, resolve } = Promise.withResolvers<readonly string[]>();
    const { get, asked } = lookingUp((name) => (name.startsWith('slow') ? promise : Promise.resolve(['10.0.0.5'])));
    for (const name of ['slow-1', 'slow-2', 'slow-3', 'quick']) get(name);
    await turn();
    assert.deepEqual([asked, get('quick')], [['slow-1', 'slow-2'], undefined]);
    resolve([]);
    await turn();
    assert.deepEqual(get('quick'), ['10.0.0.5']);
  });

  test('is known with all others that are asked for at once, or not at all', async () => {
    const { promise } = Promise.withResolvers<readonly string[]>();
    const { get } = lookingUp((name) => (name === 'slow' ? promise : Promise.resolve(['10.0.0.5'])));
    get('git', 'slow');
    await turn();
    assert.equal(get('git', 'slow'), undefined);
  });

  test('tells nobody who is gone', async () => {
    const { lookups, get, told } = lookingUp(async () => ['10.0.0.5']);
    get('git');
    lookups.forget(reader);
    await turn();
    assert.deepEqual(told, []);
  });

  test('that nobody has asked for in a long time is forgotten', async () => {
    const { get, clock, asked } = lookingUp(async () => ['10.0.0.5']);
    get('git');
    await turn();
    await clock.advance(6 * periodMs);
    get('other');
    await turn();
    assert.equal(get('git'), undefined);
    await turn();
    assert.deepEqual(asked, ['git', 'other', 'git']);
  });
});

test('The system’s name servers are asked when nobody else is named', async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const lookups = new HostLookups({ periodMs, onChange: resolve });
  lookups.addresses(['localhost'], reader);
  await promise;
  const addresses = lookups.addresses(['localhost'], reader) ?? [];
  assert.ok(addresses.includes('127.0.0.1') || addresses.includes('::1'), JSON.stringify(addresses));
});
