import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { evaluated, withParameters } from './expression.ts';

const attributes = new Map([
  ['abc', 'xyz'],
  ['a.b', ' c '],
]);

describe('A property', () => {
  test('gets the values of its parameters, and an unknown one is no empty text', () => {
    assert.equal(withParameters('#{u}/#{n}s', new Map(Object.entries({ u: 'https://h', n: 'x' }))), 'https://h/xs');
    assert.throws(() => withParameters('#{u}', new Map()), /nobody gives the parameter u/u);
  });

  test('gets the values of attributes, and nothing for one that is not there', () => {
    assert.equal(evaluated('${abc}, ${none}.', attributes), 'xyz, .');
    assert.equal(evaluated('Bearer ${a.b:trim()}', attributes), 'Bearer c');
  });

  test('keeps dollars as the guide of the Expression Language says', () => {
    const cases = {
      'You owe me $$5 too': 'You owe me $$5 too',
      '$${abc}': '${abc}',
      '$$${abc}': '$xyz',
      '{ "$1" }': '{ "$1" }',
    };
    for (const [text, expected] of Object.entries(cases)) assert.equal(evaluated(text, attributes), expected);
  });

  test('is not made out when it uses more of the language', () => {
    assert.throws(() => evaluated('${abc:toUpper()}', attributes), /no more than an attribute/u);
  });
});
