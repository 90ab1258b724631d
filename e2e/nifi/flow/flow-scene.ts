// What tests of flows stand on: a played cluster whose administrator may use the root group, a registry with a flow in it, and calls
// that say what was wrong when NiFi refuses.

import assert from 'node:assert/strict';
import { PlayedRegistry } from '../../registry/server.ts';
import { type ClientAnswer, clusterKey, eventually, Fixture } from '../contract/fixture.ts';
import { nameUuid } from '../tenants/model.ts';
import type { Timing } from '../timing.ts';
import type { FlowHandle } from './handles.ts';

export type Body = Record<string, unknown>;

export interface FlowScene {
  readonly fixture: Fixture;
  readonly registry: PlayedRegistry;
  readonly bucket: string;
  readonly flow: string;
  /** The cluster's flow as it is now. */
  handle(): FlowHandle;
  ask(method: string, path: string, json?: unknown, options?: Asking): Promise<ClientAnswer>;
  /** The same, and fails unless it is answered 2xx. */
  done(method: string, path: string, json?: unknown, options?: Asking): Promise<Body>;
  /** Id of a client of the registry. */
  client(): Promise<string>;
  /** A group that follows this version of the flow; its entity. */
  versioned(version: string): Promise<Body>;
  /** Asks for another version; the answer. */
  change(group: string, version: string, options?: Asking): Promise<ClientAnswer>;
  /** Waits for the end of a version change; the request as it is then. */
  ended(answer: ClientAnswer): Promise<Body>;
}

export interface Asking {
  readonly node?: number;
  readonly client?: string;
}

const source = 'f3a1c1a4-1111-3222-8333-444455556666';
const sink = 'f3a1c1a4-2222-3222-8333-444455556666';
const queue = 'f3a1c1a4-3333-3222-8333-444455556666';

/** `make` → `take` over `between`; `size` tells versions apart, and `without` leaves the queue and its end out. */
export function flowContents(size: string, without = false): object {
  const make = {
    identifier: source,
    name: 'make',
    type: 'org.apache.nifi.processors.standard.GenerateFlowFile',
    properties: { 'File Size': size },
    autoTerminatedRelationships: without ? ['success'] : [],
  };
  const take = {
    identifier: sink,
    name: 'take',
    type: 'org.apache.nifi.processors.attributes.UpdateAttribute',
    properties: { from: '#{host}' },
    autoTerminatedRelationships: ['success'],
  };
  const between = {
    identifier: queue,
    name: 'between',
    source: { id: source },
    destination: { id: sink },
    selectedRelationships: ['success'],
  };
  return {
    identifier: 'f3a1c1a4-0000-3222-8333-444455556666',
    name: 'versioned',
    comments: 'of the flow',
    processors: without ? [make] : [make, take],
    connections: without ? [] : [between],
    parameterContextName: 'settings',
  };
}

const parameterContexts = {
  settings: { name: 'settings', parameters: [{ name: 'host', value: 'h1', sensitive: false }] },
};

/** A cluster of this many nodes; versions 1 and 2 keep their queue, 3 has none. */
export async function withFlows(
  nodes: number,
  run: (scene: FlowScene) => Promise<void>,
  timing: Partial<Timing> = {},
): Promise<void> {
  const registry = await PlayedRegistry.start();
  const fixture = await Fixture.open({ timing });
  try {
    await fixture.cluster(nodes);
    await allowRoot(fixture);
    const bucket = registry.store.createBucket('flows').identifier;
    const flow = registry.store.createFlow(bucket, 'f').identifier;
    for (const contents of [flowContents('1B'), flowContents('2B'), flowContents('3B', true)]) {
      registry.store.createVersion(bucket, flow, { flowContents: contents, parameterContexts });
    }
    await run(scene(fixture, registry, bucket, flow));
  } finally {
    await registry.stop();
    await fixture.close();
  }
}

function scene(fixture: Fixture, registry: PlayedRegistry, bucket: string, flow: string): FlowScene {
  let client: string | undefined;
  const handle = (): FlowHandle => fixture.world.flow(clusterKey);
  const ask: FlowScene['ask'] = (method, path, json, { node = 0, client: user = 'admin' } = {}) =>
    fixture.ask(node, { method, path: `/nifi-api${path}`, client: user, ...(json === undefined ? {} : { json }) });
  const done: FlowScene['done'] = async (method, path, json, options) => {
    const answer = await ask(method, path, json, options);
    assert.ok(answer.status >= 200 && answer.status < 300, `${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.json ?? {};
  };
  const clientId = async (): Promise<string> => {
    const type = 'org.apache.nifi.registry.flow.NifiRegistryFlowRegistryClient';
    const component = { name: 'registry', type, properties: { url: registry.url } };
    client ??= String(
      (await done('POST', '/controller/registry-clients', { revision: { version: 0 }, component }))['id'],
    );
    return client;
  };
  const coordinates = async (version: string) => ({
    registryId: await clientId(),
    bucketId: bucket,
    flowId: flow,
    version,
  });
  return {
    fixture,
    registry,
    bucket,
    flow,
    handle,
    ask,
    done,
    client: clientId,
    async versioned(version) {
      const component = { name: 'v', position: { x: 1, y: 1 }, versionControlInformation: await coordinates(version) };
      return done('POST', '/process-groups/root/process-groups', { revision: { version: 0 }, component });
    },
    async change(group, version, options) {
      const entity = await done('GET', `/versions/process-groups/${group}`, undefined, options);
      const versionControlInformation = { groupId: group, ...(await coordinates(version)) };
      const body = { processGroupRevision: entity['processGroupRevision'], versionControlInformation };
      return ask('POST', `/versions/update-requests/process-groups/${group}`, body, options);
    },
    async ended(answer) {
      assert.equal(answer.status, 200, answer.text);
      const { requestId = '' } = (answer.json?.['request'] ?? {}) as { readonly requestId?: string };
      let request: Body = {};
      await eventually(async () => {
        request = (await done('GET', `/versions/update-requests/${requestId}`))['request'] as Body;
        return request['complete'] === true;
      }, 'the request is complete');
      return request;
    },
  };
}

async function allowRoot(fixture: Fixture): Promise<void> {
  const root = fixture.world.cluster(clusterKey).state?.rootGroupId ?? '';
  for (const action of ['read', 'write']) {
    const component = {
      action,
      resource: `/process-groups/${root}`,
      users: [{ id: nameUuid('CN=admin') }],
      userGroups: [],
    };
    const json = { revision: { version: 0 }, component };
    const answer = await fixture.ask(0, { method: 'POST', path: '/nifi-api/policies', client: 'admin', json });
    assert.equal(answer.status, 201, answer.text);
  }
}
