// What a dataflow names in Kubernetes: there and of its cluster, or told with the field and the mend.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DefaultedNiFiDataflow } from '../../../api/v1/zz_generated.nifidataflow.ts';
import { type Referred, referredObstacle } from './referred.ts';

const object = {
  spec: {
    clusterRef: { name: 'prod' },
    source: { registry: { clientRef: { name: 'flows' }, bucket: 'b', flow: 'f', version: '1' } },
    parameterContextRef: { name: 'values' },
  },
} as unknown as DefaultedNiFiDataflow;
const of = (name: string) => ({ spec: { clusterRef: { name } } });
const told = (client: object | undefined, context: object | undefined): string => {
  const verdict = referredObstacle(object, { client, context } as Referred);
  return verdict === undefined ? '' : `${verdict.reason}: ${verdict.message}`;
};

test('A client and a context of the same cluster are fine', () => {
  assert.equal(told(of('prod'), of('prod')), '');
});

test('A client that does not exist is told, and then a context that does not', () => {
  assert.match(
    told(undefined, undefined),
    /^ReferenceMissing: spec\.source\.registry\.clientRef .* flows, which does not exist/u,
  );
  assert.match(
    told(of('prod'), undefined),
    /^ReferenceMissing: spec\.parameterContextRef .* values, which does not exist/u,
  );
});

test('One of another cluster is told with both clusters', () => {
  assert.match(told(of('test'), of('prod')), /^ReferenceInvalid: .* belongs to the NiFiCluster test and not to prod/u);
});

test('What the spec does not name is not missed', () => {
  const { parameterContextRef: _, ...spec } = object.spec;
  const bare = { ...object, spec: { ...spec, source: { definition: { inline: '{}' } } } };
  assert.equal(referredObstacle(bare, { client: undefined, context: undefined }), undefined);
});
