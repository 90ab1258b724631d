// The lint finds each thing that it is there for: one schema per rule, wrong in exactly that.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CustomResource } from './kind.ts';
import { lintKind } from './lint.ts';
import type { Structural } from './structural.ts';

function kindWith(field: Structural): CustomResource {
  const columns = ['Replicas', 'Ready', 'Phase', 'Version', 'Age'];
  return {
    group: 'example.com',
    version: 'v1',
    kind: 'Thing',
    plural: 'things',
    singular: 'thing',
    shortNames: [],
    categories: [],
    description: 'A thing.',
    spec: { type: 'object', description: 'Wanted.', properties: { field } },
    status: { type: 'object', description: 'Observed.' },
    rules: [],
    scale: { specReplicasPath: '.spec.r', statusReplicasPath: '.status.r', labelSelectorPath: '.status.s' },
    columns: columns.map((name) => ({ name, type: 'string' as const, jsonPath: '.x', description: 'Column.' })),
  };
}

const good = { description: 'A field.' };
const text: Structural = { ...good, type: 'string', maxLength: 5 };

const cases: readonly (readonly [string, Structural, string])[] = [
  ['without a description', { type: 'string', maxLength: 5 }, 'spec.field: no description'],
  [
    'with a long first sentence',
    { ...text, description: `${'x'.repeat(100)}.` },
    'spec.field: first sentence longer than 100 characters',
  ],
  [
    'whose description does not end',
    { ...text, description: 'A field' },
    'spec.field: description does not end with a full stop',
  ],
  ['that is an unbounded string', { ...good, type: 'string' }, 'spec.field: string without maxLength'],
  [
    'that is an integer without a lower bound',
    { ...good, type: 'integer', format: 'int32', maximum: 1 },
    'spec.field: integer without minimum',
  ],
  [
    'that is an integer without an upper bound',
    { ...good, type: 'integer', format: 'int32', minimum: 1 },
    'spec.field: integer without maximum',
  ],
  [
    'that is an unbounded map',
    { ...good, type: 'object', additionalProperties: text },
    'spec.field: map without maxProperties',
  ],
  [
    'that is an unbounded list',
    { ...good, type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
    'spec.field: list without maxItems',
  ],
  [
    'that is a list without a type',
    { ...good, type: 'array', items: text, maxItems: 1 },
    'spec.field: list without list type',
  ],
  [
    'with a default that its schema refuses',
    { ...text, default: 'too long' },
    'spec.field: default: object: String is too long (8 > 5).',
  ],
  [
    'with a rule that says nothing',
    { ...text, 'x-kubernetes-validations': [{ rule: 'true' }] },
    'spec.field: rule without a message: true',
  ],
];

describe('The API lint', () => {
  test('finds nothing wrong with a good field', () => {
    assert.deepEqual(lintKind(kindWith(text)), []);
  });

  for (const [what, field, problem] of cases) {
    test(`refuses a field ${what}`, () => {
      assert.deepEqual(lintKind(kindWith(field)), [problem]);
    });
  }

  test('refuses a list map whose key is optional', () => {
    const items: Structural = { ...good, type: 'object', properties: { name: text } };
    const field: Structural = {
      ...good,
      type: 'array',
      items,
      maxItems: 1,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    };
    assert.deepEqual(lintKind(kindWith(field)), ['spec.field: list key name is not required']);
  });

  test('refuses a kind that lacks a column', () => {
    assert.ok(lintKind({ ...kindWith(text), columns: [] }).includes('columns: Phase is missing'));
  });
});
