// Where a dataflow is, as its annotation says: read back as it was written, nobody else's, and never lost in a move.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotations } from '../../api/v1/labels.ts';
import {
  digestOfWish,
  isSamePlace,
  leavingFrom,
  onTheWay,
  type Place,
  placeOf,
  placePatch,
  placeWith,
  settledAs,
} from './place.ts';
import { target, wish } from './plan/testing.ts';

const place: Place = { cluster: 'prod', parents: ['root'], id: 'g-1', settled: 'abc' };

function objectWith(patch: object, uid = 'u-1') {
  const { metadata } = patch as { readonly metadata: { readonly annotations: Readonly<Record<string, string>> } };
  return { metadata: { name: 'orders', uid, annotations: metadata.annotations } };
}

test('A place is read back as it was written', () => {
  assert.deepEqual(placeOf(objectWith(placePatch('u-1', place))), place);
  const { id: _, settled: __, ...first } = place;
  assert.deepEqual(placeOf(objectWith(placePatch('u-1', first))), first);
});

test('The place of another object, whose annotations were copied, is none', () => {
  assert.equal(placeOf(objectWith(placePatch('u-1', place), 'u-2')), undefined);
});

test('What somebody wrote there by hand is no place', () => {
  for (const text of ['', '{', '[]', 'null', '{"uid":"u-1"}', '{"uid":"u-1","cluster":1,"parents":[]}'])
    assert.equal(
      placeOf({ metadata: { name: 'x', uid: 'u-1', annotations: { [annotations.place]: text } } }),
      undefined,
    );
  assert.equal(placeOf({ metadata: { name: 'x', uid: 'u-1' } }), undefined);
});

test('A move to another parent keeps the former one to look in, and one to another cluster begins anew', () => {
  assert.deepEqual(placeWith(place, 'prod', 'p'), { ...place, parents: ['root', 'p'] });
  assert.equal(placeWith(place, 'prod', 'root'), place);
  assert.deepEqual(placeWith(place, 'test', 'root'), { cluster: 'test', parents: ['root'] });
  assert.deepEqual(placeWith(undefined, 'prod', 'p'), { cluster: 'prod', parents: ['p'] });
});

test('The same place is not written again', () => {
  assert.ok(isSamePlace(place, { ...place }));
  assert.ok(!isSamePlace(place, { ...place, settled: 'other' }));
  assert.ok(!isSamePlace(undefined, place));
});

test('What was asked for changes with the spec and with what it leads to in NiFi, and not with who asks', () => {
  const digest = digestOfWish(wish, target);
  assert.equal(digestOfWish({ ...wish, owner: { ...wish.owner, uid: 'other' } }, target), digest);
  const others = [
    digestOfWish({ ...wish, state: 'Stopped' }, target),
    digestOfWish({ ...wish, name: 'x' }, target),
    digestOfWish(wish, { ...target, parentId: 'p' }),
    digestOfWish(wish, { ...target, contents: { kind: 'Definition', digest: 'd' } }),
    digestOfWish(wish, { ...target, context: { id: 'c', name: 'c', description: '' } }),
  ];
  assert.equal(new Set([digest, ...others]).size, others.length + 1);
  assert.equal(settledAs(undefined, digest), 'Never');
  assert.equal(settledAs({ ...place, settled: digest }, digest), 'Now');
  assert.equal(settledAs(place, digest), 'Before');
});

test('What was asked for before has to be brought anew once it is being changed, and all of it once it is about to leave', () => {
  const changing = placeOf(objectWith(placePatch('u-1', onTheWay(place))));
  assert.equal(settledAs(changing, 'abc'), 'Before');
  assert.equal(settledAs(leavingFrom(place), 'abc'), 'Never');
  const first = leavingFrom(place);
  assert.equal(onTheWay(first), first);
});
