// What the reflector does in each case that the API server can put it in.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FakeClock, settle } from './clock.ts';
import { KubeTransportError } from './errors.ts';
import { Reflector, type ReflectorOptions } from './reflector.ts';
import { type ConfigMap, configMaps } from './resources.ts';
import { aConfigMap, eventLog } from './testing/builders.ts';
import { ModelApi, refusal, tooLarge } from './testing/model-api.ts';

async function aReflector(options: Partial<ReflectorOptions<ConfigMap>> = {}, ...names: string[]) {
  const api = new ModelApi();
  const clock = new FakeClock();
  for (const name of names) await api.create(configMaps, aConfigMap(name));
  api.calls.length = 0;
  const reflector = new Reflector({ client: api, type: configMaps, clock, random: () => 0, ...options });
  const log = eventLog(reflector);
  return { api, clock, reflector, log, verbs: () => api.calls.map(callText) };
}

function callText({ verb, options }: ModelApi['calls'][number]): string {
  const initial = options.sendInitialEvents ? ' initial' : '';
  return `${verb}${initial}@${options.resourceVersion ?? ''}${options.continue ? ' next' : ''}`;
}

function withoutBookmarks(api: ModelApi): void {
  const watch = api.watch.bind(api);
  api.watch = async function* (type, options) {
    for await (const event of watch(type, options)) if (event.type !== 'BOOKMARK') yield event;
  };
}

const cut = () => new KubeTransportError('cut', 'ECONNRESET', false);

describe('a reflector', () => {
  test('streams the first state, takes it at once, and goes on with the same stream', async (t) => {
    const { api, reflector, log, verbs } = await aReflector({}, 'a', 'b');
    t.after(() => reflector.stop());
    reflector.start();
    await settle();
    assert.deepEqual(log, ['added ns/a (initial)', 'added ns/b (initial)']);
    await api.create(configMaps, aConfigMap('c'));
    await settle();
    assert.equal(log[2], 'added ns/c');
    assert.deepEqual(
      verbs().filter((verb) => verb !== 'create@'),
      ['watch initial@'],
    );
    assert.equal(reflector.store.resourceVersion, api.resourceVersion);
  });

  test('is not synced before the closing bookmark, and shows nothing until then', async (t) => {
    const { api, clock, reflector, log } = await aReflector({}, 'a');
    t.after(() => reflector.stop());
    withoutBookmarks(api);
    reflector.start();
    await clock.advance(59_000);
    assert.equal(reflector.synced, false);
    assert.deepEqual(log, []);
  });

  test('lists in pages from the cache of an API server without WatchList, then watches, and does not ask again', async (t) => {
    const names = Array.from({ length: 3 }, (_, index) => `c${index}`);
    const { api, clock, reflector, verbs } = await aReflector({}, ...names);
    t.after(() => reflector.stop());
    api.watchList = false;
    reflector.start();
    await settle();
    assert.equal(reflector.store.size, 3);
    api.compact();
    api.cutWatches(cut());
    await clock.advance(800);
    assert.deepEqual(verbs(), ['watch initial@', 'list@0', 'watch@13', 'watch@13']);
  });

  test('gives up on a stream whose initial events never end', async (t) => {
    const { api, clock, reflector, verbs } = await aReflector({}, 'a');
    t.after(() => reflector.stop());
    withoutBookmarks(api);
    reflector.start();
    await clock.advance(60_000);
    assert.equal(reflector.synced, true);
    assert.deepEqual(verbs().slice(0, 2), ['watch initial@', 'list@0']);
  });

  test('resumes a stream that was cut at the last version, without a list and without losing an event', async (t) => {
    const { api, clock, reflector, log, verbs } = await aReflector({}, 'a');
    t.after(() => reflector.stop());
    reflector.start();
    await settle();
    api.cutWatches(cut());
    await api.delete(configMaps, { namespace: 'ns', name: 'a' });
    await api.create(configMaps, aConfigMap('b'));
    await clock.advance(800);
    assert.deepEqual(log.slice(1), ['deleted ns/a', 'added ns/b']);
    assert.equal(verbs().at(-1), 'watch@11');
  });

  test('reopens a stream that the API server closed in good order without waiting', async (t) => {
    const { api, clock, reflector, verbs } = await aReflector({}, 'a');
    t.after(() => reflector.stop());
    reflector.start();
    await clock.advance(5000);
    api.cutWatches();
    await settle();
    assert.equal(verbs().at(-1), 'watch@11');
  });

  test('backs off when watches end at once without an event', async (t) => {
    const { api, clock, reflector, verbs } = await aReflector({}, 'a');
    t.after(() => reflector.stop());
    reflector.start();
    await clock.advance(5000);
    api.before = ({ verb }) => {
      if (verb === 'watch') setImmediate(() => api.cutWatches());
    };
    api.cutWatches();
    await clock.advance(60_000);
    assert.ok(verbs().length < 12, `${verbs().length} calls in a minute`);
  });

  test('asks for a random timeout between five and ten minutes', async (t) => {
    for (const [random, seconds] of [
      [0, 300],
      [0.999, 600],
    ] as const) {
      const { api, reflector } = await aReflector({ random: () => random });
      t.after(() => reflector.stop());
      reflector.start();
      await settle();
      assert.equal(api.calls[0]?.options.timeoutSeconds, seconds);
    }
  });

  test('relists at the last version after 410 in the stream, and makes deletions out of what is gone', async (t) => {
    const { api, clock, reflector, log, verbs } = await aReflector({}, 'a', 'b');
    t.after(() => reflector.stop());
    reflector.start();
    await settle();
    api.inject({ type: 'ERROR', object: { code: 410, reason: 'Expired', message: 'too old resource version' } });
    await settle();
    await api.delete(configMaps, { namespace: 'ns', name: 'a' });
    await clock.advance(800);
    assert.equal(verbs().at(-1), 'watch initial@12');
    assert.deepEqual(log.slice(2), ['deleted ns/a (final state unknown)']);
  });

  test('relists after 410 as the answer to a watch', async (t) => {
    const { api, clock, reflector, verbs } = await aReflector({}, 'a');
    t.after(() => reflector.stop());
    reflector.start();
    await settle();
    api.cutWatches(cut());
    await api.create(configMaps, aConfigMap('b'));
    api.compact();
    await clock.advance(800 + 1600);
    assert.deepEqual(verbs().slice(-2), ['watch@11', 'watch initial@11']);
    assert.equal(reflector.store.size, 2);
  });

  test('throws away what it read and lists whole when a later page answers 410', async (t) => {
    const names = Array.from({ length: 501 }, (_, index) => `c${index}`);
    const { api, clock, reflector, verbs } = await aReflector({ watchList: false }, ...names);
    t.after(() => reflector.stop());
    // "0" is answered unpaged from a watch cache; the pages of a quorum read are what can expire.
    api.before = async ({ verb, options }) => {
      if (verb === 'list' && options.resourceVersion === '0') throw tooLarge();
      if (options.continue === undefined) return;
      api.before = () => undefined;
      api.compact();
      await api.delete(configMaps, { namespace: 'ns', name: 'c0' });
    };
    reflector.start();
    await clock.advance(800);
    const lists = verbs().filter((verb) => verb.startsWith('list'));
    assert.deepEqual(lists, ['list@0', 'list@', 'list@ next', 'list@']);
    assert.equal(reflector.store.size, 500, 'what went after the first page is not kept');
  });

  test('takes a quorum read when the API server is behind the version it asks for', async (t) => {
    const { api, clock, reflector, verbs } = await aReflector({}, 'a');
    t.after(() => reflector.stop());
    reflector.start();
    await settle();
    let refusals = 1;
    api.before = () => {
      if (refusals-- > 0) throw tooLarge();
    };
    api.cutWatches(cut());
    await clock.advance(800 + 1600);
    assert.deepEqual(verbs().slice(-2), ['watch@11', 'watch initial@']);
  });

  test('refuses a list that is older than what it has seen and never goes back in time', async (t) => {
    const { api, clock, reflector, log } = await aReflector({ watchList: false }, 'a');
    t.after(() => reflector.stop());
    reflector.start();
    await settle();
    const before = reflector.store.resourceVersion;
    api.lagBehindTo = 10;
    api.inject({ type: 'ERROR', object: { code: 500, reason: 'InternalError' } });
    await clock.advance(800);
    assert.match(String(reflector.lastError), /we have seen 11/);
    assert.equal(reflector.store.resourceVersion, before);
    assert.equal(reflector.store.size, 1);
    await clock.advance(60_000);
    assert.equal(reflector.lastError, undefined, 'the quorum read that follows is not behind');
    assert.equal(reflector.refusingMs, 0);
    assert.deepEqual(log, ['added ns/a (initial)']);
  });

  test('keeps what it has, and says since when, while there are only older states, as after a restored backup', async (t) => {
    const { api, clock, reflector } = await aReflector({ watchList: false }, 'a');
    t.after(() => reflector.stop());
    reflector.start();
    await settle();
    api.list = async () => ({ items: [], resourceVersion: '3' });
    api.inject({ type: 'ERROR', object: { code: 500, reason: 'InternalError' } });
    await clock.advance(300_000);
    assert.equal(reflector.store.size, 1);
    assert.ok(reflector.refusingMs > 200_000);
  });

  test('skips an event that is not newer than what it has seen', async (t) => {
    const { api, reflector, log } = await aReflector({}, 'a');
    t.after(() => reflector.stop());
    reflector.start();
    await settle();
    const stale = { ...aConfigMap('a', 'old'), metadata: { ...aConfigMap('a').metadata, resourceVersion: '5' } };
    api.inject({ type: 'MODIFIED', object: stale });
    api.inject({ type: 'DELETED', object: stale });
    await settle();
    assert.equal(log.length, 1);
  });

  test('keeps the version of a quiet kind by bookmarks, so that compaction costs no relist', async (t) => {
    const { api, clock, reflector, verbs } = await aReflector({}, 'a');
    t.after(() => reflector.stop());
    reflector.start();
    await settle();
    for (let minute = 0; minute < 60; minute += 1) {
      await clock.advance(60_000);
      api.bump();
      api.bookmark();
      await settle();
    }
    api.compact();
    api.cutWatches();
    await settle();
    assert.deepEqual(verbs(), ['watch initial@', `watch@${api.resourceVersion}`]);
    assert.equal(reflector.lastError, undefined);
  });

  test('waits and watches on at the same version after 429 and 503', async (t) => {
    for (const status of [429, 503]) {
      const { api, clock, reflector, verbs } = await aReflector({}, 'a');
      t.after(() => reflector.stop());
      reflector.start();
      await settle();
      let refusals = 2;
      api.before = () => {
        if (refusals-- > 0) throw refusal(status, 'Later', 'not now');
      };
      api.cutWatches();
      await clock.advance(10_000);
      assert.deepEqual(verbs(), ['watch initial@', 'watch@11', 'watch@11', 'watch@11']);
    }
  });

  test('relists after an internal error in the stream', async (t) => {
    const { api, clock, reflector, verbs } = await aReflector({}, 'a');
    t.after(() => reflector.stop());
    reflector.start();
    await settle();
    api.inject({ type: 'ERROR', object: { code: 500, reason: 'InternalError', message: 'etcd' } });
    await clock.advance(800);
    assert.equal(verbs().at(-1), 'watch initial@11');
  });

  test('keeps everything it has when it may no longer list: unknown is not empty', async (t) => {
    const { api, clock, reflector, log } = await aReflector({}, 'a');
    t.after(() => reflector.stop());
    reflector.start();
    await settle();
    api.before = () => {
      throw refusal(403, 'Forbidden', 'no');
    };
    api.inject({ type: 'ERROR', object: { code: 403, reason: 'Forbidden' } });
    await clock.advance(600_000);
    assert.equal(reflector.store.size, 1);
    assert.deepEqual(log, ['added ns/a (initial)']);
  });

  test('is never synced while a kind is missing or forbidden', async (t) => {
    const { api, clock, reflector } = await aReflector();
    t.after(() => reflector.stop());
    api.before = () => {
      throw refusal(404, 'NotFound', 'the server could not find the requested resource');
    };
    reflector.start();
    await clock.advance(600_000);
    assert.equal(reflector.synced, false);
    api.before = () => undefined;
    await clock.advance(60_000);
    assert.equal(reflector.synced, true);
  });

  test('asks at most 25 times in ten minutes of outage and is back within a minute', async (t) => {
    const { api, clock, reflector, verbs } = await aReflector({}, 'a');
    t.after(() => reflector.stop());
    reflector.start();
    await settle();
    api.before = () => {
      throw new KubeTransportError('refused', 'ECONNREFUSED', false);
    };
    api.cutWatches(cut());
    await clock.advance(600_000);
    assert.ok(verbs().length <= 27, `${verbs().length} calls`);
    api.before = () => undefined;
    await api.create(configMaps, aConfigMap('b'));
    await clock.advance(30_000);
    assert.equal(reflector.store.size, 2);
    assert.ok(!verbs().some((verb) => verb.startsWith('list')), 'no list for a refused connection');
  });

  test('starts its delays over after two healthy minutes', async (t) => {
    const { api, clock, reflector, verbs } = await aReflector({}, 'a');
    t.after(() => reflector.stop());
    reflector.start();
    for (let round = 0; round < 4; round += 1) {
      await clock.advance(150_000);
      const calls = verbs().length;
      api.cutWatches(cut());
      await clock.advance(800);
      assert.equal(verbs().length, calls + 1);
    }
  });

  test('keeps only what the projection keeps, never managedFields, and survives a projection that throws', async (t) => {
    const { api, reflector } = await aReflector({
      project: ({ apiVersion, kind, metadata }) => {
        if (metadata.name === 'odd') throw new Error('odd');
        return { apiVersion, kind, metadata };
      },
    });
    t.after(() => reflector.stop());
    const managed = { ...aConfigMap('a', 'big').metadata, managedFields: [{ manager: 'x' }] };
    await api.create(configMaps, { ...aConfigMap('a', 'big'), metadata: managed });
    await api.create(configMaps, aConfigMap('odd', 'kept'));
    reflector.start();
    await settle();
    assert.equal(reflector.store.get('a', 'ns')?.data, undefined);
    assert.ok(!('managedFields' in (reflector.store.get('a', 'ns')?.metadata ?? {})));
    assert.equal(reflector.store.get('odd', 'ns')?.data?.['value'], 'kept');
  });

  test('hands out objects that nobody can change when asked to', async (t) => {
    const { reflector } = await aReflector({ freeze: true }, 'a');
    t.after(() => reflector.stop());
    reflector.start();
    await settle();
    const object = reflector.store.get('a', 'ns') as { data: Record<string, string> } | undefined;
    assert.throws(() => {
      if (object) object.data['value'] = 'changed';
    }, TypeError);
  });

  test('leaves no timer and no open watch behind when it is stopped', async () => {
    const { api, clock, reflector } = await aReflector({}, 'a');
    reflector.start();
    await settle();
    await reflector.stop();
    assert.equal(clock.pendingTimers, 0);
    assert.equal(api.openWatches, 0);
    api.before = () => {
      throw refusal(500, 'InternalError', 'x');
    };
    const failing = new Reflector({ client: api, type: configMaps, clock });
    failing.start();
    await settle();
    await failing.stop();
    assert.equal(clock.pendingTimers, 0);
  });
});
