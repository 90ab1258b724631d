// What is taken for JSON, and how much of it: the work that a text can make is bounded before it is parsed.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseJson, UnsafeJsonError } from './json.ts';

const parse = (text: string): unknown => parseJson(Buffer.from(text));
const megabytes = (text: string): string => `[${text}${`,${text}`.repeat((8 * 1024 * 1024) / (text.length + 1) - 2)}]`;

describe('An answer', () => {
  test('is what it says, whatever its strings look like', () => {
    const value = { name: 'a "quoted" [{ name, \\', list: [1, null, true, 'ä€😀'], nested: { '': {} } };
    assert.deepEqual(parse(JSON.stringify(value)), value);
  });

  test('of 64 levels is taken, and of one more refused', () => {
    assert.ok(parse(`${'['.repeat(64)}${']'.repeat(64)}`));
    assert.throws(() => parse(`${'['.repeat(65)}${']'.repeat(65)}`), UnsafeJsonError);
  });

  for (const each of ['{}', '[]', '0', '""', '{"a":0}'])
    test(`of eight megabytes of ${each} is refused before it is parsed`, () => {
      assert.throws(() => parse(megabytes(each)), /more than 500000 values/u);
    });

  test('of one string of eight megabytes that looks like many values is one value', () => {
    assert.equal((parse(JSON.stringify('[{,'.repeat(2_500_000))) as string).length, 7_500_000);
  });

  for (const key of ['__proto__', '\\u005f_proto__', '__pr\\u006Fto__', '\\u005F\\u005fproto__'])
    test(`loses ${key} at every level and keeps the rest`, () => {
      const value = parse(`{"${key}":{"x":1},"a":[{"${key}":[],"b":"${key}"}]}`) as { a: readonly { b: string }[] };
      assert.deepEqual([Object.keys(value), value.a.map((one) => Object.keys(one))], [['a'], [['b']]]);
      assert.equal(value.a[0]?.b, '__proto__');
    });

  for (const text of ['', '{', '"a', '"\\', '[1,]', 'nothing'])
    test(`that is ${JSON.stringify(text)} is no JSON`, () => assert.throws(() => parse(text), SyntaxError));
});
