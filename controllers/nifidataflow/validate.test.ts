// What is in the way of a dataflow, with the field and the mend in its words; and what NiFi should have when nothing is.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DataflowSource, DefaultedNiFiDataflow } from '../../api/v1/zz_generated.nifidataflow.ts';
import type { References } from '../nificluster/references.ts';
import { referencesOf, validate } from './validate.ts';

const text = JSON.stringify({ flowContents: { identifier: 'x', name: 'theirs', processGroups: [] } });
const configMap: DataflowSource = { definition: { configMapKeyRef: { name: 'flows', key: 'orders.json' } } };
const registry: DataflowSource = {
  registry: { clientRef: { name: 'git' }, bucket: 'b', flow: 'f', branch: 'main', latest: true },
};

function holding(data: Readonly<Record<string, string>>): References {
  return () => ({ state: 'present', object: { data } });
}
const nothing: References = () => ({ state: 'missing' });

function dataflow(source: DataflowSource, more: object = {}): DefaultedNiFiDataflow {
  return {
    apiVersion: 'datadynamics.io/v1',
    kind: 'NiFiDataflow',
    metadata: { name: 'orders', namespace: 'data', uid: 'u' },
    spec: {
      clusterRef: { name: 'prod' },
      source,
      state: 'Running',
      sync: 'Always',
      updateStrategy: 'InPlace',
      skipInvalidComponents: false,
      deletionPolicy: 'DrainThenDelete',
      ...more,
    },
  };
}

test('A flow of a registry is asked for as the spec names it, the newest when it names no version', () => {
  const validated = validate(dataflow(registry), nothing);
  assert.ok(validated.ok);
  const { owner, name, source } = validated.wish;
  assert.deepEqual(owner, { kind: 'NiFiDataflow', namespace: 'data', name: 'orders', uid: 'u' });
  assert.deepEqual(
    [name, source],
    ['orders', { kind: 'Registry', client: 'git', branch: 'main', bucket: 'b', flow: 'f' }],
  );
});

test('A definition is the same in a ConfigMap and inline', () => {
  const [kept, inline] = [
    validate(dataflow(configMap), holding({ 'orders.json': text })),
    validate(dataflow({ definition: { inline: text } }), nothing),
  ];
  assert.ok(kept.ok);
  assert.deepEqual(kept, inline);
  assert.equal(kept.wish.source.kind, 'Definition');
});

test('Name, place and context are those of the spec', () => {
  const more = {
    displayName: 'Orders',
    position: { posX: 1, posY: 2 },
    parentProcessGroup: { name: 'ingest' },
    parameterContextRef: { name: 'prod' },
  };
  const validated = validate(dataflow(registry, more), nothing);
  assert.ok(validated.ok);
  const { name, position, parent, context } = validated.wish;
  assert.deepEqual([name, position, parent, context], ['Orders', { x: 1, y: 2 }, { name: 'ingest' }, 'prod']);
});

test('The ConfigMap of a definition is watched, and nothing else', () => {
  assert.deepEqual(referencesOf(dataflow(configMap)), [{ kind: 'ConfigMap', name: 'flows' }]);
  assert.deepEqual(referencesOf(dataflow(registry)), []);
});

const refused: readonly (readonly [string, DataflowSource, References, RegExp])[] = [
  [
    'a ConfigMap that does not exist',
    configMap,
    nothing,
    /^ReferenceMissing: .*configMapKeyRef names the ConfigMap flows, /u,
  ],
  [
    'a key that is not there',
    configMap,
    holding({}),
    /^ReferenceKeyMissing: .* the key orders\.json, .* add it or correct/u,
  ],
  [
    'a ConfigMap with what is not JSON',
    configMap,
    holding({ 'orders.json': 'canary{' }),
    /^ReferenceInvalid: .*not JSON/u,
  ],
  [
    'a ConfigMap with another JSON',
    configMap,
    holding({ 'orders.json': '{"a":"canary"}' }),
    /^ReferenceInvalid: .*no flow/u,
  ],
  [
    'inline text that is no flow',
    { definition: { inline: '["canary"]' } },
    nothing,
    /^InvalidSpec: .*\.inline: .*no flow/u,
  ],
];

describe('A dataflow is refused for', () => {
  for (const [what, source, references, words] of refused) {
    test(what, () => {
      const validated = validate(dataflow(source), references);
      assert.ok(!validated.ok);
      const { reason, message } = validated.obstacle;
      assert.match(`${reason}: ${message}`, words);
      assert.doesNotMatch(message, /canary/u);
    });
  }
});
