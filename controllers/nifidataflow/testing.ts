// For tests: a flow that needs nothing and runs, as it stands in a registry or in a definition; a registry of that one flow; and the world
// of a dataflow that is alone in its namespace.

import assert from 'node:assert/strict';
import type { DefaultedNiFiDataflow } from '../../api/v1/zz_generated.nifidataflow.ts';
import type { DefaultedNiFiRegistryClient } from '../../api/v1/zz_generated.nifiregistryclient.ts';
import { PlayedRegistry } from '../../e2e/registry/server.ts';
import { createRegistryClient } from '../../pkg/nifi/endpoints/registry-clients.ts';
import { StandIn } from '../../pkg/nifi/testing/stand-in.ts';
import { clusterState } from '../nifi/cluster.ts';
import { marked } from '../nifi/markers.ts';
import { DataflowWorld, namespace } from '../nifi/testing/world.ts';
import { classOf } from '../nifiregistryclient/plan/classes.ts';
import { type DataflowOptions, DataflowWork } from './work.ts';

/** A registry with the flow `orders` in its bucket `flows`, in versions of these contents, and the NiFiRegistryClient `flows` in each NiFi. */
export async function startRegistry(nifis: readonly StandIn[], versions: readonly object[]) {
  const registry = await PlayedRegistry.start();
  const { store } = registry;
  const bucket = store.createBucket('flows').identifier;
  const flow = store.createFlow(bucket, 'orders').identifier;
  const commit = (contents: object) => store.createVersion(bucket, flow, { flowContents: contents });
  for (const contents of versions) commit(contents);
  const addClient = (nifi: StandIn, name: string) =>
    createRegistryClient(nifi.person, {
      name,
      type: classOf('NiFiRegistry'),
      description: marked('', { owner: { kind: 'NiFiRegistryClient', namespace, name: 'flows' }, sets: ['url'] }),
      properties: { url: registry.url },
    });
  for (const nifi of nifis) await addClient(nifi, 'flows');
  return { registry, commit, addClient };
}

/** Two NiFis of one node each, and a registry with two versions of the flow in both. */
export async function startTwo() {
  const [standIn, second] = [await StandIn.start(1), await StandIn.start(1)];
  const { registry } = await startRegistry([standIn, second], [flowContents('1B'), flowContents('2B')]);
  return {
    standIn,
    second,
    stop: async () => {
      await registry.stop();
      await standIn.close();
      await second.close();
    },
  };
}

/** Where the spec names a registry client, it is one of the same cluster. */
export function worldOf(
  standIn: StandIn,
  options: Partial<DataflowOptions> = {},
  others: Readonly<Record<string, StandIn>> = {},
): DataflowWorld<DefaultedNiFiDataflow, object> {
  return new DataflowWorld(
    standIn,
    (client, clusters) =>
      new DataflowWork({
        client,
        driftPeriodMs: 60_000,
        referredBy: ({ spec: { clusterRef } }) => ({ client: clientOf(clusterRef), context: undefined }),
        contextIdOf: () => assert.fail('no spec names a context'),
        siblingsOf: () => [],
        rivalsOf: () => [],
        clusterNamed: (key) => clusterState(clusters, key),
        ...options,
      }),
    others,
  );
}

function clientOf(clusterRef: { readonly name: string }): DefaultedNiFiRegistryClient {
  return { spec: { clusterRef, type: 'NiFiRegistry' } } as DefaultedNiFiRegistryClient;
}

/** `make` → `take`; the size tells versions apart. */
export function flowContents(size: string): object {
  const processor = (identifier: string, name: string, type: string, more: object): object => ({
    identifier,
    name,
    type: `org.apache.nifi.processors.${type}`,
    properties: {},
    ...more,
  });
  return {
    identifier: 'b1c1a1c4-0000-3222-8333-444455556666',
    name: 'of the registry',
    comments: 'of the flow',
    processors: [
      processor('make-id', 'make', 'standard.GenerateFlowFile', { properties: { 'File Size': size } }),
      processor('take-id', 'take', 'attributes.UpdateAttribute', { autoTerminatedRelationships: ['success'] }),
    ],
    connections: [
      {
        identifier: 'between-id',
        name: 'between',
        source: { id: 'make-id' },
        destination: { id: 'take-id' },
        selectedRelationships: ['success'],
      },
    ],
  };
}
