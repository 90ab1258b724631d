// Which version of which flow is asked for, by what is known without asking the registry.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contentsOf, type KnownOfFlow, lookupOf } from './source.ts';
import { atVersion } from './testing.ts';
import type { RegistryWish } from './world.ts';

const pinned: RegistryWish = { kind: 'Registry', client: 'flows', bucket: 'team', flow: 'orders', version: '3' };
const { version: _, ...following } = pinned;
const there = { versionControl: { ...atVersion, bucketName: 'team', flowName: 'orders' } };
const found = { bucketId: 'b', flowId: 'f' };
const nothing: KnownOfFlow = { registryId: 'client-2', group: undefined, found: undefined, newest: undefined };
const at = (version: string) => ({ registryId: 'client-2', bucketId: 'b', flowId: 'f', version });

const cases: readonly (readonly [string, RegistryWish, Partial<KnownOfFlow>, object | undefined])[] = [
  ['nothing is known: the registry is asked', pinned, {}, undefined],
  ['the group tells the ids, by the names that NiFi has', pinned, { group: there }, at('3')],
  [
    'the group tells the ids, which the spec gives',
    { ...pinned, bucket: 'b', flow: 'f' },
    { group: { versionControl: atVersion } },
    at('3'),
  ],
  ['the group is of another flow: the registry is asked', { ...pinned, flow: 'other' }, { group: there }, undefined],
  ['a group without version control tells nothing', pinned, { group: {} }, undefined],
  ['the names were looked up', pinned, { found }, at('3')],
  [
    'what was looked up counts more than what is there',
    pinned,
    { group: there, found: { ...found, flowId: 'g' } },
    { ...at('3'), flowId: 'g' },
  ],
  ['the newest is asked for and known', following, { group: there, newest: '9' }, at('9')],
  ['the newest is asked for and nobody has heard of it: what is there stays', following, { group: there }, at('2')],
  ['the newest is asked for, and there is no group yet', following, { found }, undefined],
  ['a version is asked for, and a newer one is known', pinned, { group: there, newest: '9' }, at('3')],
  ['a branch is asked for', { ...pinned, branch: 'main' }, { found }, { ...at('3'), branch: 'main' }],
];

describe('The version that is asked for', () => {
  for (const [what, wish, known, then] of cases) {
    test(what, () => {
      const contents = contentsOf(wish, { ...nothing, ...known });
      assert.deepEqual(contents, then && { kind: 'Registry', version: then });
    });
  }

  test('is looked up anew when the spec names another bucket, flow, branch or client, and not for another version', () => {
    const texts = [
      lookupOf(pinned, 'a'),
      lookupOf(pinned, 'b'),
      lookupOf({ ...pinned, bucket: 'x' }, 'a'),
      lookupOf({ ...pinned, flow: 'x' }, 'a'),
      lookupOf({ ...pinned, branch: 'x' }, 'a'),
    ];
    assert.equal(new Set(texts).size, texts.length);
    assert.equal(lookupOf({ ...pinned, version: '4' }, 'a'), lookupOf(pinned, 'a'));
  });
});
