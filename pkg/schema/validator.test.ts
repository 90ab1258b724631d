import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { integer, listMap, map, object, opaqueObject, string } from './helpers.ts';
import { looseQuantity } from './kubernetes.ts';
import { compileValidator } from './validator.ts';

const entry = object('Entry.', { required: { id: integer('Id.', { min: 0, max: 9 }) } });
const schema = object('Thing.', {
  required: { name: string('Name.', { min: 1, max: 3 }) },
  optional: {
    entries: listMap('Entries.', ['id'], entry, { max: 2 }),
    amounts: map('Amounts.', looseQuantity('Amount.'), { max: 2 }),
    anything: opaqueObject('Anything.'),
  },
});

describe('A validator', () => {
  test('accepts what fits, and numbers and texts as quantities', () => {
    const validate = compileValidator(schema);
    assert.deepEqual(
      validate({ name: 'a', entries: [{ id: 1 }], amounts: { cpu: 2, memory: '2Gi' }, anything: { x: 1 } }),
      [],
    );
  });

  test('names the path of every problem', () => {
    const problems = compileValidator(schema)({
      name: 'long',
      entries: [{ id: 1 }, { id: 10 }],
      amounts: { cpu: '2 Gi' },
    });
    assert.deepEqual(
      problems.map((problem) => problem.split(' ')[0]),
      ['name', 'entries[1].id', 'amounts.cpu'],
    );
  });

  test('lets unknown fields pass, and refuses them when closed', () => {
    const object = { name: 'a', entries: [{ id: 1, typo: true }], anything: { x: { y: 1 } } };
    assert.deepEqual(compileValidator(schema)(object), []);
    assert.deepEqual(compileValidator(schema, { closed: true })(object), [
      'entries[0] must NOT have additional properties: typo',
    ]);
  });
});
