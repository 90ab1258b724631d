// What NiFi itself does to the registry clients and parameter contexts of an operator: a node that connects, a person who changes the
// same thing, processes that end in the middle of a request. Each ends as if it had not been.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { nifiParameterContextType } from '../../api/v1/nifiparametercontext.ts';
import { nifiRegistryClientType } from '../../api/v1/nifiregistryclient.ts';
import type { ClusterState } from '../../e2e/nifi/flow/state.ts';
import type { ResourceType } from '../../pkg/kube/types.ts';
import { StandIn } from '../../pkg/nifi/testing/stand-in.ts';
import { ParameterContextWork } from '../nifiparametercontext/work.ts';
import { RegistryClientWork } from '../nifiregistryclient/work.ts';
import { DigestKeeper } from './digests.ts';
import type { WithStatus } from './status-writer.ts';
import { DataflowWorld, namespace } from './testing/world.ts';

interface Kind {
  readonly type: ResourceType<WithStatus>;
  readonly world: (standIn: StandIn) => DataflowWorld<WithStatus, object>;
  readonly spec: (value: string) => object;
  /** What NiFi has under this name: the value that was asked for, and what a person set beside it. */
  readonly inNiFi: (
    state: ClusterState,
    name: string,
  ) => readonly { readonly id: string; readonly value: unknown; readonly others: unknown }[];
  /** A person sets something that the spec does not ask for. */
  readonly byHand: (state: ClusterState, id: string) => void;
  readonly writes: RegExp;
}

const driftPeriodMs = 60_000;
const clusterRef = { name: 'prod' };
const registryClients: Kind = {
  type: nifiRegistryClientType,
  world: (standIn) =>
    new DataflowWorld(standIn, (client) => {
      const work = new RegistryClientWork({
        digests: new DigestKeeper(client),
        hosts: { allowed: [], apiServer: [] },
        lookups: { addresses: () => [], forget: () => undefined },
        driftPeriodMs,
        usersOf: () => [],
      });
      return work;
    }),
  spec: (value) => ({ clusterRef, type: 'NiFiRegistry', properties: { url: `http://${value}` } }),
  inNiFi: (state, name) =>
    [...state.registryClients.values()]
      .filter((each) => each.name === name)
      .map(({ id, properties }) => ({
        id,
        value: properties['url'],
        others: properties['ssl-context-service'] ?? null,
      })),
  byHand: (state, id) => {
    const client = state.registryClients.get(id);
    assert.ok(client);
    client.properties = { ...client.properties, 'ssl-context-service': 'theirs' };
  },
  writes: /registry-clients/u,
};
const parameterContexts: Kind = {
  type: nifiParameterContextType,
  world: (standIn) =>
    new DataflowWorld(standIn, (client) => {
      const work = new ParameterContextWork({
        digests: new DigestKeeper(client),
        driftPeriodMs,
        siblingsOf: () => () => undefined,
        rivalsOf: () => new Set(),
        usersOf: () => ({ dataflows: [], heirs: [] }),
      });
      return work;
    }),
  spec: (value) => ({
    clusterRef,
    adopt: false,
    deletionPolicy: 'Delete',
    parameters: { url: { value: `http://${value}` } },
  }),
  inNiFi: (state, name) =>
    [...state.parameterContexts.values()]
      .filter((each) => each.name === name)
      .map(({ id, parameters }) => {
        const valueOf = (wanted: string) => parameters.find((each) => each.name === wanted)?.value ?? null;
        return { id, value: valueOf('url'), others: valueOf('theirs') };
      }),
  byHand: (state, id) => {
    const context = state.parameterContexts.get(id);
    assert.ok(context);
    context.parameters = [
      ...context.parameters,
      { name: 'theirs', sensitive: false, description: '', value: 'theirs' },
    ];
  },
  writes: /parameter-contexts/u,
};

for (const kind of [registryClients, parameterContexts]) {
  describe(`A ${kind.type.kind}`, () => {
    let standIn: StandIn;

    before(async () => {
      standIn = await StandIn.start(2, { timing: { reconnectMs: 3_000, updateStepMs: 60 } });
    });
    after(() => standIn.close());

    const cluster = () => standIn.fixture.world.cluster('test/contract');
    const node = (index: number) => standIn.fixture.world.node(standIn.fixture.ip(index));
    const inNiFi = (name: string) => {
      const { state } = cluster();
      assert.ok(state);
      return kind.inNiFi(state, name);
    };
    const make = async (name: string) => {
      const world = kind.world(standIn);
      const key = { namespace, name };
      await world.api.create(kind.type, {
        apiVersion: 'datadynamics.io/v1',
        kind: kind.type.kind,
        metadata: { ...key, generation: 1 },
        spec: kind.spec('one'),
      } as WithStatus);
      const readyOf = (object: WithStatus | undefined) =>
        object?.status?.conditions?.find(({ type }) => type === 'Ready');
      let generation = 1;
      return {
        change: () => {
          generation += 1;
          world.api.before = () => undefined;
          world.api.play(kind.type, key, { metadata: { generation }, spec: kind.spec('two') });
        },
        becomes: async (status: 'True' | 'False', words: RegExp) => {
          const is = (object: WithStatus | undefined): boolean => {
            const ready = readyOf(object);
            const told = object?.status?.observedGeneration === generation;
            return told && ready?.status === status && words.test(`${ready.reason}: ${ready.message}`);
          };
          assert.equal(await world.live(key, is), 'reached');
        },
      };
    };
    const writesTo = (since: number) =>
      standIn
        .writes()
        .slice(since)
        .filter(({ path }) => kind.writes.test(path));

    test('waits while a node of NiFi is connecting, asks for no change meanwhile, and is then made', async () => {
      const { becomes } = await make('waits');
      node(1).disconnectBy('somebody');
      await untilTrue(() => node(1).connection === 'DISCONNECTED');
      node(1).connectBy('somebody');
      await untilTrue(() => node(1).connection === 'CONNECTING');
      const since = standIn.writes().length;
      await becomes('False', /CONNECTING/u);
      assert.deepEqual(writesTo(since), []);
      await becomes('True', /Ready/u);
      assert.deepEqual(
        inNiFi('waits').map(({ value }) => value),
        ['http://one'],
      );
    });

    test('that a person changes at the same moment is changed after all, and keeps what that person set beside it', async () => {
      const { becomes, change } = await make('raced');
      await becomes('True', /Ready/u);
      const [made] = inNiFi('raced');
      assert.ok(made);
      change();
      const since = standIn.writes().length;
      standIn.fixture.world.flowFaults.raceOnce(kind.writes, made.id, (state) => kind.byHand(state, made.id));
      await becomes('True', /Ready/u);
      assert.deepEqual(inNiFi('raced'), [{ id: made.id, value: 'http://two', others: 'theirs' }]);
      const refused = writesTo(since).filter(({ status }) => status >= 400);
      assert.equal(refused.length, 1, 'the first attempt came too late, and no other did');
    });

    test('whose NiFi dies in the middle of a change has it in the end, and no request is left', async () => {
      const { becomes, change } = await make('cut');
      await becomes('True', /Ready/u);
      change();
      const [made] = inNiFi('cut');
      const ended = Promise.withResolvers<void>();
      standIn.fixture.world.flowFaults.raceOnce(kind.writes, made?.id ?? '', () => {
        setTimeout(() => {
          for (const index of [0, 1]) node(index).kill();
          ended.resolve(Promise.all([standIn.fixture.start(0), standIn.fixture.start(1)]).then(() => undefined));
        }, 70);
      });
      await becomes('True', /Ready/u);
      await ended.promise;
      assert.deepEqual(
        inNiFi('cut').map(({ id, value }) => [id, value]),
        [[made?.id, 'http://two']],
      );
      assert.deepEqual([node(0).requestsKept, node(1).requestsKept], [0, 0]);
    });
  });
}

async function untilTrue(is: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!is()) {
    assert.ok(performance.now() < end, 'it never came to it');
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}
