// The three kinds for dataflows as published: they pass the API lint, fit into their budget, and have the defaults they promise.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { crdYaml } from '../../pkg/schema/crd.ts';
import { lintKind } from '../../pkg/schema/lint.ts';
import { defaulted } from './decode.ts';
import { nifiDataflow } from './nifidataflow.schema.ts';
import { decodeNiFiDataflow, nifiDataflowType } from './nifidataflow.ts';
import { nifiParameterContext } from './nifiparametercontext.schema.ts';
import { decodeNiFiParameterContext, nifiParameterContextType } from './nifiparametercontext.ts';
import { nifiRegistryClient } from './nifiregistryclient.schema.ts';
import { decodeNiFiRegistryClient, nifiRegistryClientType } from './nifiregistryclient.ts';
import type { DefaultedNiFiDataflow, NiFiDataflow } from './zz_generated.nifidataflow.ts';
import type { DefaultedNiFiParameterContext, NiFiParameterContext } from './zz_generated.nifiparametercontext.ts';
import type { NiFiRegistryClient } from './zz_generated.nifiregistryclient.ts';

const kinds = [nifiRegistryClient, nifiParameterContext, nifiDataflow];
const largestCrd = 200 * 1024;
const clusterRef = { name: 'prod' };

const client: NiFiRegistryClient = {
  apiVersion: 'datadynamics.io/v1',
  kind: 'NiFiRegistryClient',
  metadata: { name: 'flows' },
  spec: { clusterRef, type: 'NiFiRegistry' },
};
const context: NiFiParameterContext = {
  apiVersion: 'datadynamics.io/v1',
  kind: 'NiFiParameterContext',
  metadata: { name: 'settings' },
  spec: { clusterRef },
};
const dataflow: NiFiDataflow = {
  apiVersion: 'datadynamics.io/v1',
  kind: 'NiFiDataflow',
  metadata: { name: 'orders' },
  spec: { clusterRef, source: { definition: { inline: '{}' } } },
};

for (const kind of kinds) {
  test(`${kind.kind} passes the lint of the API and fits into 200 KB`, () => {
    assert.deepEqual(lintKind(kind), []);
    assert.ok(Buffer.byteLength(crdYaml(kind, '')) <= largestCrd);
  });
}

test('A dataflow runs, is kept in sync, is updated in place and is drained before it is deleted, unless told otherwise', () => {
  const { spec } = defaulted(nifiDataflow, dataflow) as DefaultedNiFiDataflow;
  const { state, sync, updateStrategy, deletionPolicy, skipInvalidComponents } = spec;
  assert.deepEqual([state, sync, updateStrategy], ['Running', 'Always', 'InPlace']);
  assert.deepEqual([deletionPolicy, skipInvalidComponents], ['DrainThenDelete', false]);
});

test('A context takes over nothing by itself, and goes with its object', () => {
  const { spec } = defaulted(nifiParameterContext, context) as DefaultedNiFiParameterContext;
  assert.deepEqual([spec.adopt, spec.deletionPolicy], [false, 'Delete']);
});

describe('The decode boundary', () => {
  test('gives back what fits', () => {
    assert.equal(decodeNiFiRegistryClient(client).ok, true);
    assert.equal(decodeNiFiParameterContext(defaulted(nifiParameterContext, context)).ok, true);
    assert.equal(decodeNiFiDataflow(defaulted(nifiDataflow, dataflow)).ok, true);
  });

  test('names the field of what does not', () => {
    const broken = { ...client, spec: { type: 'github', secretProperties: { Token: { name: 'git' } } } };
    const decoded = decodeNiFiRegistryClient(broken);
    const problems = decoded.ok ? [] : [...decoded.problems].toSorted();
    assert.equal(problems.length, 3);
    assert.match(problems.join('\n'), /secretProperties[^]*key[^]*type[^]*clusterRef/u);
  });
});

test('Each type leads to the collection of its CRD', () => {
  const types = [nifiRegistryClientType, nifiParameterContextType, nifiDataflowType];
  assert.deepEqual(
    types.map(({ kind, plural }) => `${kind} ${plural}`),
    kinds.map(({ kind, plural }) => `${kind} ${plural}`),
  );
});
