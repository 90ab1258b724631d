import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atomicList, boolean, object, rule, string } from './helpers.ts';
import type { CustomResource } from './kind.ts';
import { referenceOf } from './reference.ts';
import type { Structural } from './structural.ts';

function pageOf(optional: Readonly<Record<string, Structural>>): string {
  const kind: CustomResource = {
    group: 'example.com',
    version: 'v1',
    kind: 'Thing',
    plural: 'things',
    singular: 'thing',
    shortNames: [],
    categories: [],
    description: 'A thing.',
    spec: object('Wanted.', { optional }),
    status: object('Observed.', {}),
    rules: [],
    columns: [],
  };
  return referenceOf(kind);
}

test('A field has one row with its type, default, bounds and rules', () => {
  const text = string('Text.', { max: 5, default: 'a', rules: [rule('true', 'say a or b')] });
  assert.ok(pageOf({ text }).includes('| `spec.text` | string | Text. Default: `"a"`. Rule: say a or b. |'));
});

test('A bar in a pattern does not end the cell', () => {
  assert.ok(pageOf({ text: string('Text.', { max: 5, pattern: '^(a|b)$' }) }).includes('Form: `^(a\\|b)$`.'));
});

test('A shape that stands in two places is spelled out at the first', () => {
  const shape = object('Shape.', { optional: { flag: boolean('Flag.') } });
  const page = pageOf({ one: shape, many: atomicList('Many.', shape, { max: 2 }) });
  assert.ok(page.includes('| `spec.one.flag` | boolean | Flag. |'));
  assert.ok(page.includes('| `spec.many` | list of object | Many. Fields as in `spec.one`. At most 2 entries. |'));
  assert.equal(page.includes('spec.many[].flag'), false);
});
