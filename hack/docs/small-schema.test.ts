// The page of the small schema says what is: its examples are valid, and its table has every field.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { smallNiFiCluster } from '../../api/v1alpha1/nificluster.schema.ts';
import { nifiFlow } from '../../api/v1alpha1/nififlow.schema.ts';
import { rootSchema } from '../../pkg/schema/kind.ts';
import { validatorOf } from '../../pkg/schema/validator.ts';
import { fenced, page, rows } from './pages.ts';

const text = page('docs/concepts/small-schema.md');

test('The examples of docs/concepts/small-schema.md are valid, and have no field that there is not', () => {
  const kinds = [smallNiFiCluster, nifiFlow];
  const examples = fenced(text, 'yaml').map((each) => parse(each) as { readonly kind: string });
  assert.deepEqual(
    examples.map(({ kind }) => kind),
    kinds.map(({ kind }) => kind),
  );
  for (const [index, kind] of kinds.entries()) {
    const { spec } = examples[index] as unknown as { readonly spec: unknown };
    assert.deepEqual(validatorOf(rootSchema(kind).properties?.['spec'] ?? {}, { closed: true })(spec), []);
  }
});

test('The table of docs/concepts/small-schema.md has every field of spec and status', () => {
  const first = rows(text)
    .map(([field = '']) => field)
    .join('\n');
  const fields = Object.entries(smallNiFiCluster.spec.properties ?? {}).flatMap(([name, { properties }]) =>
    properties && name !== 'resources' ? Object.keys(properties).map((inner) => `${name}.${inner}`) : [name],
  );
  const missing = [...fields, ...Object.keys(smallNiFiCluster.status.properties ?? {})].filter(
    (field) => !first.includes(field),
  );
  assert.deepEqual(missing, []);
});
