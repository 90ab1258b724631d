// A registry client by operators that die at each write, to Kubernetes and to NiFi, and whose status is lost as well: for a creation,
// a changed Secret, a changed type and a deletion there is one client in the end, as the spec says, or none; then nothing is written.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { nifiRegistryClientType } from '../../api/v1/nifiregistryclient.ts';
import type {
  DefaultedNiFiRegistryClient,
  NiFiRegistryClientSpec,
} from '../../api/v1/zz_generated.nifiregistryclient.ts';
import { secrets } from '../../pkg/kube/resources.ts';
import { StandIn } from '../../pkg/nifi/testing/stand-in.ts';
import { DigestKeeper } from '../nifi/digests.ts';
import { isMarkedFor } from '../nifi/markers.ts';
import { type Course, dieAtEveryWrite } from '../nifi/testing/every-death.ts';
import { DataflowWorld, namespace } from '../nifi/testing/world.ts';
import type { ClientFacts } from './status.ts';
import { RegistryClientWork } from './work.ts';

type Client = DefaultedNiFiRegistryClient;
const token = 'Personal Access Token';
const github: NiFiRegistryClientSpec = {
  clusterRef: { name: 'prod' },
  type: 'GitHub',
  properties: {
    'Repository Owner': 'example',
    'Repository Name': 'flows',
    'Authentication Type': 'PERSONAL_ACCESS_TOKEN',
  },
  secretProperties: { [token]: { name: 'git', key: 'token' } },
};
const registry: NiFiRegistryClientSpec = {
  clusterRef: { name: 'prod' },
  type: 'NiFiRegistry',
  properties: { url: 'http://registry:18080' },
};

describe('Operators that die at each write', () => {
  let standIn: StandIn;

  before(async () => {
    standIn = await StandIn.start(1);
  });
  after(() => standIn.close());

  const aWorld = () =>
    new DataflowWorld(standIn, (client) => {
      const hosts = { allowed: [], apiServer: [] };
      return new RegistryClientWork({
        digests: new DigestKeeper(client),
        hosts,
        lookups: { addresses: () => [], forget: () => undefined },
        driftPeriodMs: 60_000,
        usersOf: () => [],
      });
    });
  type World = ReturnType<typeof aWorld>;

  const inNiFi = (name: string) => {
    const owner = { kind: 'NiFiRegistryClient', namespace, name };
    const { state } = standIn.fixture.world.cluster('test/contract');
    return [...(state?.registryClients.values() ?? [])].filter((each) => isMarkedFor(each.description ?? '', owner));
  };
  const putToken = (world: World, text: string) =>
    world.api.apply(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'git', namespace },
      data: { token: Buffer.from(text).toString('base64') },
    });
  const make = async (world: World, name: string, spec: NiFiRegistryClientSpec): Promise<void> => {
    world.api.before = () => undefined;
    await putToken(world, 'one');
    await world.api.create(nifiRegistryClientType, {
      apiVersion: 'datadynamics.io/v1',
      kind: 'NiFiRegistryClient',
      metadata: { name, namespace, generation: 1 },
      spec,
    });
  };
  const isReady = (generation: number) => (object: Client | undefined) =>
    object?.status?.observedGeneration === generation &&
    object.status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';

  const everyDeath = (course: Course<Client, ClientFacts>, prefix: string) => dieAtEveryWrite(aWorld, course, prefix);

  test('make one client', async () => {
    await everyDeath(
      {
        begin: (world, name) => make(world, name, github),
        is: isReady(1),
        check: (name) =>
          assert.deepEqual(
            inNiFi(name).map(({ properties }) => properties[token]),
            ['one'],
          ),
        leastWrites: 5,
      },
      'made',
    );
  });

  test('write a changed Secret', async () => {
    await everyDeath(
      {
        begin: async (world, name) => {
          await make(world, name, github);
          await world.live({ namespace, name }, isReady(1));
          world.api.before = () => undefined;
          await putToken(world, 'two');
        },
        is: (object, name) => isReady(1)(object) && inNiFi(name)[0]?.properties[token] === 'two',
        check: (name) => assert.equal(inNiFi(name).length, 1),
        leastWrites: 3,
      },
      'secret',
    );
  });

  test('put a client of another type in the place of the former one', async () => {
    await everyDeath(
      {
        begin: async (world, name) => {
          await make(world, name, registry);
          await world.live({ namespace, name }, isReady(1));
          const change = {
            metadata: { generation: 2 },
            spec: { ...github, properties: { ...github.properties, url: null } },
          };
          world.api.play(nifiRegistryClientType, { namespace, name }, change);
        },
        is: (object, name) => isReady(2)(object) && inNiFi(name).length === 1,
        check: (name) =>
          assert.deepEqual(
            inNiFi(name).map((each) => [each.type, each.name]),
            [['org.apache.nifi.github.GitHubFlowRegistryClient', name]],
          ),
        leastWrites: 4,
      },
      'typed',
    );
  });

  test('take a deleted one out of NiFi', async () => {
    await everyDeath(
      {
        begin: async (world, name) => {
          await make(world, name, registry);
          await world.live({ namespace, name }, isReady(1));
          world.api.drop(nifiRegistryClientType, { namespace, name });
        },
        is: (object) => object === undefined,
        check: (name) => assert.deepEqual(inNiFi(name), []),
        leastWrites: 2,
      },
      'gone',
    );
  });
});
