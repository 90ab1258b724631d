// The cache: indexes, partitions, and what its handlers are told.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ConfigMap } from './resources.ts';
import { Store } from './store.ts';
import { aConfigMap, eventLog } from './testing/builders.ts';
import { keyOf, keyText } from './types.ts';

function versioned(object: ConfigMap, resourceVersion: string, uid = `uid-${object.metadata.name}`): ConfigMap {
  return { ...object, metadata: { ...object.metadata, resourceVersion, uid } };
}

function byKey(...objects: ConfigMap[]): Map<string, ConfigMap> {
  return new Map(objects.map((object) => [keyText(keyOf(object)), object]));
}

function aStore(...namespaces: string[]) {
  const errors: unknown[] = [];
  const store = new Store<ConfigMap>({
    indexes: { byValue: (object) => [object.data?.['value'] ?? ''] },
    onHandlerError: (error) => errors.push(error),
  });
  for (const namespace of namespaces) store.addPartition(namespace);
  return { store, errors, log: eventLog({ store }) };
}

describe('a store', () => {
  test('is synced only when every partition is, and then knows how far all of them have seen', () => {
    const { store } = aStore('a', 'b');
    store.replace('a', byKey(versioned(aConfigMap('x', '', 'a'), '5')), '20');
    assert.equal(store.synced, false);
    assert.equal(store.resourceVersion, undefined);
    store.replace('b', byKey(), '15');
    assert.equal(store.synced, true);
    assert.equal(store.resourceVersion, '15');
    assert.equal(store.resourceVersionIn('a'), '20');
    assert.equal(store.resourceVersionIn('c'), undefined);
  });

  test('that watches all namespaces answers for each of them', () => {
    const { store } = aStore('');
    store.replace('', byKey(), '7');
    assert.equal(store.resourceVersionIn('anything'), '7');
  });

  test('replaces one partition without touching another', () => {
    const { store, log } = aStore('a', 'b');
    store.replace('a', byKey(versioned(aConfigMap('x', '', 'a'), '5')), '20');
    store.replace('b', byKey(versioned(aConfigMap('x', '', 'b'), '6')), '20');
    store.replace('a', byKey(), '30');
    assert.deepEqual(
      store.list().map((object) => object.metadata.namespace),
      ['b'],
    );
    assert.equal(log.at(-1), 'deleted a/x (final state unknown)');
  });

  test('follows an index value that changes and forgets one that nobody has', () => {
    const { store } = aStore('');
    store.replace('', byKey(versioned(aConfigMap('x', 'red'), '1')), '1');
    store.upsert('', versioned(aConfigMap('x', 'blue'), '2'));
    assert.deepEqual(store.byIndex('byValue', 'red'), []);
    assert.equal(store.byIndex('byValue', 'blue').length, 1);
    store.remove('', versioned(aConfigMap('x', 'blue'), '3'));
    assert.deepEqual(store.byIndex('byValue', 'blue'), []);
  });

  test('refuses an index that was not declared, and one declared twice with different functions', () => {
    const { store } = aStore('');
    assert.throws(() => store.byIndex('nope', 'x'), RangeError);
    assert.throws(() => store.addIndexes({ byValue: () => [] }), RangeError);
  });

  test('fills an index that is declared late', () => {
    const { store } = aStore('');
    store.replace('', byKey(versioned(aConfigMap('x'), '1')), '1');
    store.addIndexes({ byName: (object) => [object.metadata.name] });
    assert.equal(store.byIndex('byName', 'x').length, 1);
  });

  test('tells a handler that comes late of everything that is there', () => {
    const { store } = aStore('');
    store.replace('', byKey(versioned(aConfigMap('x'), '1')), '1');
    assert.deepEqual(eventLog({ store }), ['added ns/x (initial)']);
  });

  test('takes everything before it tells anything, so that handlers see one consistent state', () => {
    const { store } = aStore('');
    const sizes: number[] = [];
    store.subscribe(() => sizes.push(store.size));
    store.replace('', byKey(versioned(aConfigMap('x'), '1'), versioned(aConfigMap('y'), '2')), '2');
    assert.deepEqual(sizes, [2, 2]);
  });

  test('says nothing when a relist brings the same versions', () => {
    const { store, log } = aStore('');
    const same = byKey(versioned(aConfigMap('x'), '1'));
    store.replace('', same, '1');
    store.replace('', same, '9');
    assert.deepEqual(log, ['added ns/x (initial)']);
    assert.equal(store.resourceVersion, '9');
  });

  test('notices an object that was deleted and made anew unseen by its UID', () => {
    const { store, log } = aStore('');
    store.replace('', byKey(versioned(aConfigMap('x'), '1', 'old')), '1');
    store.replace('', byKey(versioned(aConfigMap('x'), '8', 'new')), '9');
    assert.deepEqual(log.slice(1), ['deleted ns/x (final state unknown)', 'added ns/x']);
  });

  test('gives the state before with an update', () => {
    const { store } = aStore('');
    store.replace('', byKey(versioned(aConfigMap('x', 'red'), '1')), '1');
    const seen: (string | undefined)[] = [];
    store.subscribe(({ old, object }) => seen.push(old?.data?.['value'], object.data?.['value']));
    store.upsert('', versioned(aConfigMap('x', 'blue'), '2'));
    assert.deepEqual(seen.slice(2), ['red', 'blue']);
  });

  test('goes on when a handler or an index function throws, and reports it', () => {
    const { store, errors, log } = aStore('');
    store.subscribe(() => {
      throw new Error('bad handler');
    });
    store.addIndexes({
      bad: () => {
        throw new Error('bad index');
      },
    });
    store.replace('', byKey(versioned(aConfigMap('x'), '1')), '1');
    assert.deepEqual(log, ['added ns/x (initial)']);
    assert.deepEqual(
      errors.map((error) => (error as Error).message),
      ['bad index', 'bad handler'],
    );
  });

  test('never lets a bookmark or an event take a partition back in time', () => {
    const { store } = aStore('');
    store.replace('', byKey(), '100');
    store.advance('', '90');
    assert.equal(store.resourceVersion, '100');
    store.advance('', '110');
    assert.equal(store.resourceVersion, '110');
  });
});
