// Who has a place in NiFi for which several dataflows ask.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DefaultedNiFiDataflow, DefaultedNiFiDataflowSpec } from '../../../api/v1/zz_generated.nifidataflow.ts';
import { takenFrom, targetOf } from './target.ts';

interface Life {
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
}

function dataflow(name: string, spec: Partial<DefaultedNiFiDataflowSpec> = {}, life: Life = {}): DefaultedNiFiDataflow {
  return {
    apiVersion: 'datadynamics.io/v1',
    kind: 'NiFiDataflow',
    metadata: { name, namespace: 'data', uid: name, creationTimestamp: '2026-01-01T00:00:00Z', ...life },
    spec: {
      clusterRef: { name: 'prod' },
      source: { definition: { inline: '{}' } },
      displayName: 'orders',
      state: 'Running',
      sync: 'Always',
      updateStrategy: 'InPlace',
      skipInvalidComponents: false,
      deletionPolicy: 'DrainThenDelete',
      ...spec,
    },
  };
}

const first = dataflow('first');
const second = dataflow('second', {}, { creationTimestamp: '2026-01-02T00:00:00Z' });
const leaving = dataflow('first', {}, { deletionTimestamp: '2026-01-03T00:00:00Z' });

test('The oldest has the place, and the other is told whose it is and what mends it', () => {
  assert.equal(takenFrom(first, [second, first]), undefined);
  const verdict = takenFrom(second, [second, first]);
  assert.deepEqual([verdict?.is, verdict?.reason], ['Stalled', 'TargetTaken']);
  assert.match(verdict?.message ?? '', /NiFiDataflow first is older .* spec\.displayName$/u);
});

test('The next waits until one that is being deleted has left NiFi, and then has the place', () => {
  assert.deepEqual(takenFrom(second, [leaving, second])?.is, 'Working');
  assert.equal(takenFrom(second, [second]), undefined);
});

test('Another cluster, parent or name is another place, and the spelling of an id is not', () => {
  const id = (text: string) => targetOf(dataflow('a', { parentProcessGroup: { id: text } }));
  const places = [
    targetOf(dataflow('a')),
    targetOf(dataflow('a', { clusterRef: { name: 'test' } })),
    targetOf(dataflow('a', { parentProcessGroup: { name: 'ab' } })),
    targetOf(dataflow('a', { displayName: 'other' })),
    id('ab'),
  ];
  assert.equal(new Set(places).size, places.length);
  assert.equal(id('ab'), id('AB'));
});
