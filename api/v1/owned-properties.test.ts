import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { operatorOwnedProperties, ownedProperty } from './owned-properties.ts';

describe('A property', () => {
  test('that says where data lives belongs to the operator', () => {
    for (const key of [
      'nifi.flow.configuration.file',
      'nifi.content.repository.directory.default',
      'nifi.content.repository.directory.content-2',
    ]) {
      assert.equal(ownedProperty('nifi.properties', key), true, key);
    }
  });

  test('that tunes NiFi belongs to the user', () => {
    for (const key of [
      'nifi.queue.swap.threshold',
      'nifi.content.claim.max.appendable.size',
      'nifi.security.user.saml.idp.metadata.url',
    ]) {
      assert.equal(ownedProperty('nifi.properties', key), false, key);
    }
  });

  test('is judged by its file', () => {
    assert.equal(ownedProperty('bootstrap.conf', 'java.arg.3'), true);
    assert.equal(ownedProperty('nifi.properties', 'java.arg.3'), false);
  });
});

test('No owned key is listed twice, by itself or under an owned prefix', () => {
  for (const { keys, prefixes } of Object.values(operatorOwnedProperties)) {
    assert.equal(new Set<string>(keys).size, keys.length);
    assert.deepEqual(
      keys.filter((key) => prefixes.some((prefix) => key.startsWith(prefix))),
      [],
    );
  }
});

const reference = join(import.meta.dirname, '../../../shared/reference/nifi-2.11/properties-by-version.tsv');

test('Every owned key is one that NiFi knows', { skip: !existsSync(reference) }, () => {
  const rows = readFileSync(reference, 'utf8').split('\n');
  const known = new Set(rows.map((row) => row.split('\t')[0]));
  const unknown = operatorOwnedProperties['nifi.properties'].keys.filter((key) => !known.has(key));
  assert.deepEqual(unknown, []);
});
