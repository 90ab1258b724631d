import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { chanceIn, differences, flatten } from './flatten.ts';

function flat(value: unknown): Map<string, string> {
  const into = new Map<string, string>();
  flatten('Pod/a ', value, into);
  return into;
}

describe('Flattening', () => {
  test('lists of named items are told by name, others by place', () => {
    assert.deepEqual(
      [...flat({ spec: { volumes: [{ name: 'data', claim: 'x' }], args: ['-v'] } })],
      [
        ['Pod/a spec.volumes.[data].name', '"data"'],
        ['Pod/a spec.volumes.[data].claim', '"x"'],
        ['Pod/a spec.args.[0]', '"-v"'],
      ],
    );
  });

  test('a text is taken by its lines, and JSON in a text as what it says', () => {
    assert.deepEqual(
      [...flat({ file: 'a=1\nb=2', record: '{"data":"x"}', broken: '{no' })],
      [
        ['Pod/a file.line 1', '"a=1"'],
        ['Pod/a file.line 2', '"b=2"'],
        ['Pod/a record.data', '"x"'],
        ['Pod/a broken', '"{no"'],
      ],
    );
  });

  test('what is empty is still there', () => {
    assert.deepEqual(
      [...flat({ labels: {}, items: [] })].map(([path]) => path),
      ['Pod/a labels', 'Pod/a items'],
    );
  });

  test('a value that differs, one too many and one too few are differences, unless they are chance', () => {
    const one = flat({ a: 1, b: 2, same: 0 });
    const other = flat({ a: 9, c: 3, same: 0 });
    assert.deepEqual(differences(one, other, new Set(['Pod/a c'])), [
      'Pod/a a: 1 in the reference, 9 here',
      'Pod/a b: 2 in the reference, absent here',
    ]);
    assert.deepEqual(differences(one, other, chanceIn(one, other)), []);
  });
});
