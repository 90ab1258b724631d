import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { atomicList, boolean, enumeration, integer, map, object, opaqueObject, string } from './helpers.ts';
import type { CustomResource } from './kind.ts';
import { looseQuantity } from './kubernetes.ts';
import type { Structural } from './structural.ts';
import { typescriptOf } from './typescript.ts';

function typesOf(fields: Readonly<Record<string, Structural>>): string {
  const kind: CustomResource = {
    group: 'example.com',
    version: 'v1',
    kind: 'Thing',
    plural: 'things',
    singular: 'thing',
    shortNames: [],
    categories: [],
    description: 'A thing.',
    spec: object('Wanted.', { name: 'ThingSpec', optional: fields }),
    status: object('Observed.', { name: 'ThingStatus' }),
    rules: [],
    columns: [],
  };
  return typescriptOf(kind);
}

const text = string('Text.', { max: 5 });

describe('Generated types', () => {
  test('write every kind of field as TypeScript has it', () => {
    const types = typesOf({
      text,
      count: integer('Count.', { min: 0, max: 1 }),
      choice: enumeration('Choice.', ['A', 'B']),
      list: atomicList('List.', enumeration('Choice.', ['A', 'B']), { max: 2 }),
      map: map('Map.', text, { max: 2 }),
      amount: looseQuantity('Amount.'),
      opaque: opaqueObject('Anything.'),
    });
    for (const field of [
      'readonly text?: string;',
      'readonly count?: number;',
      "readonly choice?: 'A' | 'B';",
      "readonly list?: readonly ('A' | 'B')[];",
      'readonly map?: Readonly<Record<string, string>>;',
      'readonly amount?: number | string;',
      'readonly opaque?: Readonly<Record<string, unknown>>;',
    ]) {
      assert.ok(types.includes(field), field);
    }
  });

  test('have a second view in which a field with a default is required', () => {
    const types = typesOf({ flag: boolean('Flag.', { default: false }) });
    assert.match(types, /interface ThingSpec \{\n[^}]*readonly flag\?: boolean;/);
    assert.match(types, /interface DefaultedThingSpec \{\n[^}]*readonly flag: boolean;/);
  });

  test('name an object without defaults once, for both views', () => {
    const plain = object('Plain.', { name: 'Plain', optional: { text } });
    const types = typesOf({ plain, flag: boolean('Flag.', { default: false }) });
    assert.equal(types.match(/interface Plain /g)?.length, 1);
    assert.equal(types.includes('DefaultedPlain'), false);
  });

  test('refuse one name for two shapes', () => {
    const one = object('One.', { name: 'Same', optional: { text } });
    const two = object('Two.', { name: 'Same', required: { text } });
    assert.throws(() => typesOf({ one, two }), /two different schemas are named Same/);
  });
});
