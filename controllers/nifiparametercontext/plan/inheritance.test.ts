// What a context may inherit from, and where that is in NiFi.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DefaultedNiFiParameterContext } from '../../../api/v1/zz_generated.nifiparametercontext.ts';
import { marked } from '../../nifi/markers.ts';
import { inheritanceObstacle, inheritedIds, inheritedIndex, type Siblings } from './inheritance.ts';

function context(name: string, from: readonly string[], cluster = 'prod'): DefaultedNiFiParameterContext {
  return {
    apiVersion: 'datadynamics.io/v1',
    kind: 'NiFiParameterContext',
    metadata: { name, namespace: 'data' },
    spec: {
      clusterRef: { name: cluster },
      adopt: false,
      deletionPolicy: 'Delete',
      inheritedParameterContexts: from.map((each) => ({ name: each })),
    },
  };
}

function among(...all: readonly DefaultedNiFiParameterContext[]): Siblings {
  return (name) => all.find(({ metadata }) => metadata.name === name);
}

function inNiFi(id: string, name: string) {
  const owner = { kind: 'NiFiParameterContext', namespace: 'data', name };
  return { id, name, description: marked('', { owner, sets: [] }), parameters: [], inherited: [] };
}

function refusal(object: DefaultedNiFiParameterContext, siblings: Siblings): string {
  const obstacle = inheritanceObstacle(object, siblings);
  return obstacle === undefined ? 'accepted' : `${obstacle.reason}: ${obstacle.message}`;
}

const top = context('top', ['left', 'right']);

test('Two that inherit from one are no circle', () => {
  const siblings = among(top, context('left', ['base']), context('right', ['base']), context('base', []));
  assert.equal(refusal(top, siblings), 'accepted');
});

test('One that does not exist is told', () => {
  assert.match(
    refusal(top, among(context('left', []))),
    /^ReferenceMissing: .*NiFiParameterContext right, .*create it/u,
  );
});

test('One of another cluster is refused', () => {
  const siblings = among(context('left', [], 'test'), context('right', []));
  assert.match(refusal(top, siblings), /^InvalidSpec: .*left, which lives in the NiFiCluster test/u);
});

test('A circle is refused where it closes, and where it is only led to it ends', () => {
  const siblings = among(top, context('left', []), context('right', ['base']), context('base', ['top']));
  assert.match(refusal(top, siblings), /^InvalidSpec: .*back to this context by way of right/u);
  const beside = among(context('left', ['right']), context('right', ['left']));
  assert.equal(refusal(top, beside), 'accepted');
});

test('Ids are in the order of the spec', () => {
  const siblings = among(context('left', []), context('right', []));
  const found = inheritedIds(top, siblings, [inNiFi('2', 'right'), inNiFi('1', 'left')]);
  assert.deepEqual(found, { ids: ['1', '2'] });
});

test('One that NiFi does not have yet is waited for', () => {
  const found = inheritedIds(top, among(context('left', []), context('right', [])), [inNiFi('1', 'left')]);
  assert.match(
    'waiting' in found ? `${found.waiting.reason}: ${found.waiting.message}` : '',
    /^ReferenceNotReady: .*right/u,
  );
});

test('Whoever inherits is found by what is inherited, also where an older schema let in no spec', () => {
  assert.deepEqual(inheritedIndex(top), ['data/left', 'data/right']);
  const { spec: _, ...bare } = top;
  assert.deepEqual(inheritedIndex(bare as DefaultedNiFiParameterContext), []);
});
