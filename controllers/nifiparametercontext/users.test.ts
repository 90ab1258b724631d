// What holds the deletion of a parameter context.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DefaultedNiFiDataflow } from '../../api/v1/zz_generated.nifidataflow.ts';
import type { DefaultedNiFiParameterContext } from '../../api/v1/zz_generated.nifiparametercontext.ts';
import { contextIndex, holderOf } from './users.ts';

function context(name: string, from: readonly string[]): DefaultedNiFiParameterContext {
  const inheritedParameterContexts = from.map((each) => ({ name: each }));
  return {
    apiVersion: 'datadynamics.io/v1',
    kind: 'NiFiParameterContext',
    metadata: { name, namespace: 'data' },
    spec: { clusterRef: { name: 'prod' }, adopt: false, deletionPolicy: 'Delete', inheritedParameterContexts },
  };
}

test('Dataflows and heirs hold it, named in an order that stays', () => {
  const base = context('base', []);
  const heirs = [context('two', ['base']), context('one', ['base'])];
  const held = holderOf(base, { dataflows: ['b', 'a'], heirs }, () => undefined);
  assert.equal(held?.reason, 'InUse');
  assert.match(held.message, /NiFiDataflow a, NiFiDataflow b, NiFiParameterContext one, NiFiParameterContext two$/u);
});

test('Two that inherit from each other do not hold each other', () => {
  const [one, two] = [context('one', ['two']), context('two', ['one'])];
  const siblings = (name: string) => [one, two].find(({ metadata }) => metadata.name === name);
  assert.equal(holderOf(one, { dataflows: [], heirs: [two] }, siblings), undefined);
});

test('A dataflow is found by the context that it names, one that names none is not', () => {
  const metadata = { name: 'flow', namespace: 'data' };
  const named = { metadata, spec: { parameterContextRef: { name: 'base' } } } as DefaultedNiFiDataflow;
  assert.deepEqual(contextIndex(named), ['data/base']);
  assert.deepEqual(contextIndex({ metadata } as DefaultedNiFiDataflow), []);
});
