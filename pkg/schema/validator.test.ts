import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Ajv } from 'ajv';
import * as fc from 'fast-check';
import { nifiCluster } from '../../api/v1/nificluster.schema.ts';
import { withDefaults } from '../../api/v1/nificluster.ts';
import { integer, listMap, map, object, opaqueObject, string } from './helpers.ts';
import { jsonSchema } from './json-schema.ts';
import { rootSchema } from './kind.ts';
import { looseQuantity } from './kubernetes.ts';
import type { Structural } from './structural.ts';
import { validatorOf } from './validator.ts';

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
    const validate = validatorOf(schema);
    assert.deepEqual(
      validate({ name: 'a', entries: [{ id: 1 }], amounts: { cpu: 2, memory: '2Gi' }, anything: { x: 1 } }),
      [],
    );
  });

  test('names the path of every problem', () => {
    const problems = validatorOf(schema)({
      name: 'long',
      entries: [{ id: 1 }, { id: 10 }],
      amounts: { cpu: '2 Gi' },
    });
    assert.deepEqual(
      problems.map((problem) => problem.split(': ')[0]),
      ['name', 'entries[1].id', 'amounts.cpu'],
    );
  });

  test('lets unknown fields pass, and refuses them when closed', () => {
    const object = { name: 'a', entries: [{ id: 1, typo: true }], anything: { x: { y: 1 } } };
    assert.deepEqual(validatorOf(schema)(object), []);
    assert.deepEqual(validatorOf(schema, { closed: true })(object), ['entries[0].typo: There is no such field.']);
  });

  test('counts characters as the API server does: one for what JavaScript writes as two', () => {
    assert.deepEqual(validatorOf(schema)({ name: '👩👩👩' }), []);
    assert.deepEqual(validatorOf(schema)({ name: '👩👩👩👩' }), ['name: String is too long (4 > 3).']);
  });

  test('takes no field for known that every object of JavaScript has', () => {
    assert.deepEqual(validatorOf(schema, { closed: true })({ name: 'a', constructor: 'x' }), [
      'constructor: There is no such field.',
    ]);
    const odd: Structural = { type: 'object', required: ['constructor'] };
    assert.deepEqual(validatorOf(odd)({}), ['object: Instance does not have required property "constructor".']);
  });

  for (const closed of [false, true]) {
    test(`agrees with another implementation on whatever a cluster may look like${closed ? ', closed' : ''}`, () => {
      const whole = rootSchema(nifiCluster);
      const validate = validatorOf(whole, { closed });
      const other = new Ajv({ strictTypes: false, inlineRefs: false }).compile(jsonSchema(whole, { closed }));
      fc.assert(
        fc.property(fc.array(change, { maxLength: 3 }), (changes) => {
          const value = changes.reduce<unknown>((before, one) => changed(before, one), sample());
          assert.equal(validate(value).length === 0, other(value), JSON.stringify(value));
        }),
        { numRuns: 1_500, seed: 3 },
      );
    });
  }
});

interface Change {
  /** Which way to go at each level, of those that there are. */
  readonly path: readonly number[];
  readonly value: unknown;
}

const odd = fc.constantFrom<unknown>(null, true, -1, 0, 7, 1.5, 1e9, '', 'a', 'x'.repeat(5_000), [], {}, [{}]);
const change: fc.Arbitrary<Change> = fc.record({
  path: fc.array(fc.nat({ max: 40 }), { minLength: 1, maxLength: 7 }),
  value: fc.oneof({ weight: 3, arbitrary: odd }, { weight: 1, arbitrary: fc.jsonValue() }),
});

/** With something in every part of the spec that has parts of its own. */
function sample(): unknown {
  return withDefaults({
    apiVersion: 'datadynamics.io/v1',
    kind: 'NiFiCluster',
    metadata: { name: 'prod', namespace: 'flows' },
    spec: {
      version: '2.6.0',
      replicas: 3,
      node: {
        jvm: { heap: '2g', extraArgs: ['-Dx=y'] },
        resources: { requests: { cpu: 1, memory: '4Gi' }, limits: { memory: '4Gi' } },
        storage: [{ name: 'content', repository: 'Content', size: '7Gi' }],
        config: { nifiProperties: { 'nifi.queue.swap.threshold': '40000' } },
      },
      nodes: [{ id: 1, node: { jvm: { heap: '3g' } } }],
    },
  } as unknown as Parameters<typeof withDefaults>[0]);
}

/** The value with the one at the end of the path replaced, and a new field where the path leads past what there is. */
function changed(value: unknown, { path: [first = 0, ...rest], value: other }: Change): unknown {
  if (typeof value !== 'object' || value === null) return other;
  const names = [...Object.keys(value), 'added'];
  const name = names[first % names.length] ?? 'added';
  const before = (value as Record<string, unknown>)[name];
  const after = rest.length === 0 || before === undefined ? other : changed(before, { path: rest, value: other });
  const list: readonly unknown[] | undefined = Array.isArray(value) ? value : undefined;
  if (list !== undefined) return name === 'added' ? [...list, after] : list.with(Number(name), after);
  return { ...value, [name]: after };
}
