// References: unknown, missing, present, and who is told.

import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { FakeClock, settle } from './clock.ts';
import { ReferenceWatcher } from './references.ts';
import { configMaps, secrets } from './resources.ts';
import { aConfigMap } from './testing/builders.ts';
import { ModelApi } from './testing/model-api.ts';

const owner = { namespace: 'ns', name: 'prod' };
const other = { namespace: 'ns', name: 'other' };
const key = { namespace: 'ns', name: 'a' };
const reference = { type: configMaps, key };

function aWatcher(t: TestContext) {
  const api = new ModelApi();
  const clock = new FakeClock();
  const told: string[] = [];
  const watcher = new ReferenceWatcher({
    client: api,
    clock,
    onChange: ({ name }, { type, key }) => told.push(`${name}: ${type.kind} ${key.name}`),
  });
  t.after(() => watcher.stop());
  return { api, clock, watcher, told };
}

describe('a reference', () => {
  test('is unknown before the first answer and missing after it, and its owner is told', async (t) => {
    const { watcher, told } = aWatcher(t);
    assert.deepEqual(watcher.get(configMaps, key), { state: 'unknown' });
    watcher.track(owner, [reference]);
    assert.deepEqual(watcher.get(configMaps, key), { state: 'unknown' });
    await settle();
    assert.deepEqual(watcher.get(configMaps, key), { state: 'missing' });
    assert.deepEqual(told, ['prod: ConfigMap a']);
  });

  test('is present when it comes, changes, and is missing when it goes; each is told once', async (t) => {
    const { api, watcher, told } = aWatcher(t);
    watcher.track(owner, [reference]);
    await settle();
    await api.create(configMaps, aConfigMap('a', 'one'));
    await api.create(configMaps, aConfigMap('unrelated'));
    await settle();
    assert.equal(watcher.get(configMaps, key).object?.data?.['value'], 'one');
    await api.patch(configMaps, key, { data: { value: 'two' } });
    await settle();
    assert.equal(watcher.get(configMaps, key).object?.data?.['value'], 'two');
    await api.delete(configMaps, key);
    await settle();
    assert.equal(watcher.get(configMaps, key).state, 'missing');
    assert.equal(told.length, 4);
  });

  test('is watched by its name and once for all owners, as long as one of them refers to it', async (t) => {
    const { api, watcher, told } = aWatcher(t);
    watcher.track(owner, [reference, reference]);
    watcher.track(other, [reference]);
    await settle();
    assert.equal(api.openWatches, 1);
    assert.equal(api.calls[0]?.options.fieldSelector, 'metadata.name=a');
    assert.equal(api.calls[0]?.options.namespace, 'ns');
    watcher.track(owner, []);
    await settle();
    assert.equal(api.openWatches, 1);
    told.length = 0;
    await api.create(configMaps, aConfigMap('a'));
    await settle();
    assert.deepEqual(told, ['other: ConfigMap a']);
    watcher.track(other, []);
    await settle();
    assert.equal(api.openWatches, 0);
    assert.equal(watcher.size, 0);
    assert.deepEqual(watcher.get(configMaps, key), { state: 'unknown' });
  });

  test('of another kind or name is another reference, and tracking the same again changes nothing', async (t) => {
    const { api, watcher } = aWatcher(t);
    const references = [reference, { type: secrets, key }, { type: configMaps, key: { ...key, name: 'b' } }];
    watcher.track(owner, references);
    await settle();
    const calls = api.calls.length;
    watcher.track(owner, references);
    await settle();
    assert.equal(watcher.size, 3);
    assert.equal(api.calls.length, calls);
  });

  test('that comes back after it was released starts as unknown', async (t) => {
    const { api, watcher } = aWatcher(t);
    await api.create(configMaps, aConfigMap('a'));
    watcher.track(owner, [reference]);
    await settle();
    watcher.track(owner, []);
    watcher.track(owner, [reference]);
    assert.equal(watcher.get(configMaps, key).state, 'unknown');
    await settle();
    assert.equal(watcher.get(configMaps, key).state, 'present');
  });

  test('leaves nothing behind when everything is stopped', async (t) => {
    const { api, clock, watcher } = aWatcher(t);
    watcher.track(owner, [reference, { type: secrets, key }]);
    await settle();
    await watcher.stop();
    assert.equal(api.openWatches, 0);
    assert.equal(clock.pendingTimers, 0);
  });
});
