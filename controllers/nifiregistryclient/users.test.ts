// Which dataflows hold the deletion of a registry client, and the words that it waits with.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaulted } from '../../api/v1/decode.ts';
import { nifiDataflow } from '../../api/v1/nifidataflow.schema.ts';
import type { DefaultedNiFiDataflow } from '../../api/v1/zz_generated.nifidataflow.ts';
import type { DefaultedNiFiRegistryClient } from '../../api/v1/zz_generated.nifiregistryclient.ts';
import { ModelApi } from '../../pkg/kube/testing/model-api.ts';
import { DigestKeeper } from '../nifi/digests.ts';
import { clientIndex } from './users.ts';
import { RegistryClientWork } from './work.ts';

function dataflow(source: object): DefaultedNiFiDataflow {
  const metadata = { name: 'orders', namespace: 'data' };
  return defaulted(nifiDataflow, { metadata, spec: { clusterRef: { name: 'prod' }, source } }) as DefaultedNiFiDataflow;
}

test('A dataflow uses the client that it names in its own namespace', () => {
  const registry = { clientRef: { name: 'flows' }, bucket: 'b', flow: 'f', latest: true };
  assert.deepEqual(clientIndex(dataflow({ registry })), ['data/flows']);
  assert.deepEqual(clientIndex(dataflow({ definition: { inline: '{}' } })), []);
});

test('An object that an older schema let in uses none', () => {
  assert.deepEqual(clientIndex({ metadata: { name: 'x' } } as DefaultedNiFiDataflow), []);
});

test('A deletion waits for the dataflows, by name and in order', () => {
  const used = (users: readonly string[]) =>
    new RegistryClientWork({
      digests: new DigestKeeper(new ModelApi()),
      hosts: { allowed: [], apiServer: [] },
      lookups: { addresses: () => [], forget: () => undefined },
      driftPeriodMs: 60_000,
      usersOf: () => users,
    }).heldBy({ metadata: { name: 'flows', namespace: 'data' } } as DefaultedNiFiRegistryClient);
  assert.equal(used([]), undefined);
  assert.match(used(['b', 'a'])?.message ?? '', /NiFiDataflow a, b$/u);
});
