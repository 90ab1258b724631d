import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { applyDefaults } from './defaults.ts';
import { atomicList, boolean, map, object } from './helpers.ts';

const leaf = boolean('Leaf.', { default: false });
const inner = object('Inner.', { optional: { leaf } });

describe('Defaults', () => {
  test('appear inside an object that has a default of its own', () => {
    const outer = object('Outer.', { optional: { inner: { ...inner, default: {} } } });
    assert.deepEqual(applyDefaults(outer, {}), { inner: { leaf: false } });
  });

  test('do not bring an object into being that has none', () => {
    assert.deepEqual(applyDefaults(object('Outer.', { optional: { inner } }), {}), {});
  });

  test('are filled into every entry of a list and of a map', () => {
    assert.deepEqual(applyDefaults(atomicList('List.', inner, { max: 2 }), [{}, { leaf: true }]), [
      { leaf: false },
      { leaf: true },
    ]);
    assert.deepEqual(applyDefaults(map('Map.', inner, { max: 2 }), { a: {} }), { a: { leaf: false } });
  });

  test('leave what is given, known or not, and do not touch their input', () => {
    const given = { leaf: true, unknown: [1] };
    assert.deepEqual(applyDefaults(inner, given), given);
    const empty = {};
    applyDefaults(inner, empty);
    assert.deepEqual(empty, {});
  });
});
