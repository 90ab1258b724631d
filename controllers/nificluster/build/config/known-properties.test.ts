import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { keysOfOtherReleases, knownProperties } from './known-properties.ts';

function keys(version: string): string[] {
  return knownProperties(version).map(({ key }) => key);
}

describe('knownProperties', () => {
  test('has a key from its first release to its last', () => {
    const sync = 'nifi.flowcontroller.registry.sync.interval';
    assert.deepEqual(
      ['2.5.0', '2.6.0', '2.11.0', '3.0.0'].map((version) => keys(version).includes(sync)),
      [false, true, true, true],
    );
    const secure = 'nifi.cluster.protocol.is.secure';
    assert.deepEqual(
      ['2.1.0', '2.6.0', '2.6.1', '2.7.0'].map((version) => keys(version).includes(secure)),
      [true, true, false, false],
    );
  });

  test('compares releases as numbers, and takes a release candidate for its release', () => {
    assert.equal(keys('2.10.0').includes('nifi.content.claim.truncation.enabled'), true);
    assert.equal(keys('2.9.0').includes('nifi.content.claim.truncation.enabled'), false);
    assert.deepEqual(keys('2.10.0-SNAPSHOT'), keys('2.10.0'));
  });

  test('refuses what is no version', () => {
    for (const version of ['', 'latest', '2.6', '2.6.0.1']) assert.throws(() => knownProperties(version), RangeError);
  });

  test('no key is in it twice', () => {
    assert.equal(new Set(keys('2.11.0')).size, keys('2.11.0').length);
  });
});

test('a key of another release is told apart from one that users name', () => {
  const asked = [
    'nifi.content.claim.truncation.enabled',
    'nifi.queue.swap.threshold',
    'nifi.nar.library.provider.x.url',
  ];
  assert.deepEqual(keysOfOtherReleases('2.6.0', asked), ['nifi.content.claim.truncation.enabled']);
  assert.deepEqual(keysOfOtherReleases('2.10.0', asked), []);
});
