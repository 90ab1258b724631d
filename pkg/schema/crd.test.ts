import assert from 'node:assert/strict';
import { test } from 'node:test';
import { object, string } from './helpers.ts';
import { publish } from './structural.ts';

test('A published schema has no key of the generators and sorted fields', () => {
  const text = string('Text.', { max: 5 });
  const published = publish(object('Thing.', { name: 'Thing', required: { b: text }, optional: { a: text } }));
  assert.equal(JSON.stringify(published).includes('x-ts'), false);
  assert.deepEqual(Object.keys(published['properties'] as object), ['a', 'b']);
});

test('The order in which a schema is written does not show in what is published', () => {
  const one = publish({ type: 'string', maxLength: 5, description: 'Text.' });
  const other = publish({ description: 'Text.', maxLength: 5, type: 'string' });
  assert.equal(JSON.stringify(one), JSON.stringify(other));
});
