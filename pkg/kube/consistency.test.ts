// Reading one's own writes: when a cache may be decided upon.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WriteTracker } from './consistency.ts';
import { type ConfigMap, configMaps, pods } from './resources.ts';
import { Store } from './store.ts';
import { aConfigMap } from './testing/builders.ts';
import type { ResourceType } from './types.ts';

const owner = { namespace: 'ns', name: 'prod' };

function aTracker() {
  const store = new Store<ConfigMap>();
  store.addPartition('');
  store.replace('', new Map(), '100');
  const tracker = new WriteTracker((type: ResourceType) => (type.plural === 'configmaps' ? store : undefined));
  return { store, tracker };
}

function stored(uid: string, resourceVersion: string, deletionTimestamp?: string): ConfigMap {
  const object = aConfigMap('a');
  return {
    ...object,
    metadata: { ...object.metadata, uid, resourceVersion, ...(deletionTimestamp ? { deletionTimestamp } : {}) },
  };
}

describe('a write tracker', () => {
  test('waits until the cache has seen the newest version that was written', () => {
    const { store, tracker } = aTracker();
    tracker.wrote(owner, configMaps, '105');
    tracker.wrote(owner, configMaps, '103');
    assert.match(
      (tracker.caughtUp(owner) as { waitingFor: string }).waitingFor,
      /configmaps at resourceVersion 105, have 100/,
    );
    store.upsert('', stored('u', '104'));
    assert.notEqual(tracker.caughtUp(owner), true);
    store.advance('', '105');
    assert.equal(tracker.caughtUp(owner), true);
    assert.equal(tracker.size, 0);
  });

  test('does not wait for other owners, for kinds without a cache, nor for a write that changed nothing', () => {
    const { tracker } = aTracker();
    tracker.wrote({ namespace: 'ns', name: 'other' }, configMaps, '105');
    tracker.wrote(owner, pods, '105');
    tracker.wrote(owner, configMaps, '99');
    tracker.wrote(owner, configMaps, undefined);
    assert.equal(tracker.caughtUp(owner), true);
  });

  test('waits for a deletion until the object is gone, another one, or terminating', () => {
    const key = { namespace: 'ns', name: 'a' };
    for (const act of [
      (store: Store<ConfigMap>) => store.remove('', stored('u', '106')),
      (store: Store<ConfigMap>) => store.upsert('', stored('u2', '106')),
      (store: Store<ConfigMap>) => store.upsert('', stored('u', '106', '2026-01-01T00:00:00Z')),
    ]) {
      const { store, tracker } = aTracker();
      store.upsert('', stored('u', '101'));
      tracker.deleted(owner, configMaps, key, 'u');
      assert.match((tracker.caughtUp(owner) as { waitingFor: string }).waitingFor, /deletion of v1 configmaps ns\/a/);
      act(store);
      assert.equal(tracker.caughtUp(owner), true);
    }
  });

  test('forgets what it knew when the owner is gone or is another of the same name', () => {
    const { tracker } = aTracker();
    tracker.observe(owner, 'u1');
    tracker.wrote(owner, configMaps, '105');
    tracker.observe(owner, 'u1');
    assert.notEqual(tracker.caughtUp(owner), true);
    tracker.observe(owner, 'u2');
    assert.equal(tracker.caughtUp(owner), true);
    tracker.forget(owner);
    assert.equal(tracker.size, 0);
  });

  test('waits for a cache that is not synced', () => {
    const empty = new Store<ConfigMap>();
    empty.addPartition('');
    const tracker = new WriteTracker(() => empty);
    tracker.wrote(owner, configMaps, '1');
    assert.match((tracker.caughtUp(owner) as { waitingFor: string }).waitingFor, /have none/);
  });
});
