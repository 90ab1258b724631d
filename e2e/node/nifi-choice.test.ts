// Which NiFi the environment asks for.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosenNiFi } from './nifi-choice.ts';

test('without an image NiFi is played, in two versions', () => {
  const { version, newer, reference } = chosenNiFi({ NIFI_IMAGE: '' });
  assert.deepEqual([version, newer, reference], ['2.6.0', '2.11.0', undefined]);
});

test('the version of an image is its tag, and there is no other to upgrade to', () => {
  const { version, newer, reference } = chosenNiFi({ NIFI_IMAGE: 'docker.io/apache/nifi:2.7.2' });
  assert.deepEqual([version, newer, reference], ['2.7.2', undefined, 'docker.io/apache/nifi:2.7.2']);
});

test('an image whose tag is no version needs it said', () => {
  assert.throws(() => chosenNiFi({ NIFI_IMAGE: 'nifi.tar' }), /set NIFI_VERSION too/u);
  assert.equal(chosenNiFi({ NIFI_IMAGE: 'nifi.tar', NIFI_VERSION: '2.11.0' }).version, '2.11.0');
});
