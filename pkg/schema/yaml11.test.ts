// kubectl and Helm read YAML 1.1, in which a bare `y`, `no` or `on` is a boolean, also as the name of a field.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { crdYaml } from './crd.ts';
import { integer, object } from './helpers.ts';
import type { CustomResource } from './kind.ts';

test('A CRD means the same in YAML 1.1 as in 1.2, also with fields named y and no', () => {
  const bounds = { min: 0, max: 9 };
  const fields = { y: integer('Up.', bounds), no: integer('Not.', bounds) };
  const kind: CustomResource = {
    group: 'example.com',
    version: 'v1',
    kind: 'Point',
    plural: 'points',
    singular: 'point',
    shortNames: ['on'],
    categories: [],
    description: 'A point.',
    spec: object('Where.', { name: 'PointSpec', required: fields }),
    status: object('Seen.', { name: 'PointStatus', optional: {} }),
    rules: [],
    columns: [],
  };
  const text = crdYaml(kind, 'About it.');
  assert.deepEqual(parse(text, { version: '1.1' }), parse(text));
});
