import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { certificateCommonName } from './names.ts';

describe('certificateCommonName', () => {
  test('is the node, its cluster and its namespace as long as that fits', () => {
    assert.equal(certificateCommonName('0', 'prod', 'data'), '0.prod.data');
  });

  test('has at most 64 characters for the longest names and ids that Kubernetes allows', () => {
    const name = certificateCommonName('2147483647', 'c'.repeat(63), 'n'.repeat(63));
    assert.ok(name.length <= 64, name);
    assert.match(name, /^2147483647\.[0-9a-f]{40}$/);
  });

  test('shortens all nodes of a cluster the same way, whatever the length of their ids', () => {
    const scopes = ['0', '12', '2147483647', 'operator'].map((subject) =>
      certificateCommonName(subject, 'c'.repeat(40), 'n'.repeat(20)).slice(subject.length),
    );
    assert.equal(new Set(scopes).size, 1);
  });

  test('keeps clusters apart that differ behind the part that fits', () => {
    const namespace = 'n'.repeat(60);
    assert.notEqual(certificateCommonName('0', 'one', namespace), certificateCommonName('0', 'two', namespace));
    assert.notEqual(certificateCommonName('0', 'a', `${namespace}b`), certificateCommonName('0', `a`, `${namespace}c`));
  });
});
