// Objects at random out of a structural schema, for property tests: every field may be there or not, values come from what fits the
// field and from its boundaries. Rules of CEL are not known here; who needs them filters.

import * as fc from 'fast-check';
import type { Json, Structural } from '../../pkg/schema/structural.ts';
import { valuesOf } from '../../pkg/schema/values.ts';

/** Values of a schema. Objects get only fields that the schema has; those with a rule against each other come as they come. */
export function valuesFor(schema: Structural): fc.Arbitrary<Json> {
  if (schema.properties) return objectsFor(schema, schema.properties);
  if (schema.additionalProperties)
    return fc.dictionary(keys, valuesFor(schema.additionalProperties), { maxKeys: 3, noNullPrototype: true });
  if (schema.items) return listsFor(schema, schema.items);
  const good = valuesOf(schema).good.map(({ value }) => value);
  return fc.constantFrom(...(good.length === 0 ? ['ok' as Json] : good));
}

const keys = fc.constantFrom('cpu', 'memory', 'a', 'b');

function objectsFor(schema: Structural, properties: Readonly<Record<string, Structural>>): fc.Arbitrary<Json> {
  const required = schema.required ?? [];
  const model = Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, valuesFor(child)]));
  const options = { requiredKeys: required.filter((name) => name in model), noNullPrototype: true };
  return fc.record(model, options) as fc.Arbitrary<Json>;
}

/** Entries of a list by keys come once each. */
function listsFor(schema: Structural, items: Structural): fc.Arbitrary<Json> {
  const key = schema['x-kubernetes-list-map-keys']?.[0];
  const isSet = schema['x-kubernetes-list-type'] !== 'atomic';
  return fc.uniqueArray(valuesFor(items), {
    maxLength: 3,
    minLength: schema.minItems ?? 0,
    selector: (value) => JSON.stringify(key === undefined ? value : (value as Record<string, Json>)[key]),
    comparator: (one, other) => isSet && one === other,
  });
}
