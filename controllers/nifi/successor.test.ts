// A registry client or a parameter context that asks for the name of one that has just left NiFi, or that is made again under its own:
// what was read of NiFi for everybody before that shows the former one, and is not read again for a long time by itself.

import { after, before, describe, test } from 'node:test';
import { nifiParameterContextType } from '../../api/v1/nifiparametercontext.ts';
import { nifiRegistryClientType } from '../../api/v1/nifiregistryclient.ts';
import { until } from '../../e2e/lab/until.ts';
import type { KubeApi } from '../../pkg/kube/api.ts';
import { StandIn } from '../../pkg/nifi/testing/stand-in.ts';
import { ParameterContextWork } from '../nifiparametercontext/work.ts';
import { RegistryClientWork } from '../nifiregistryclient/work.ts';
import { DigestKeeper } from './digests.ts';
import type { DataflowKind } from './kind.ts';
import type { WithStatus } from './status-writer.ts';
import { DataflowWorld, namespace } from './testing/world.ts';

const driftPeriodMs = 600_000;
const clusterRef = { name: 'prod' };

interface WithId extends WithStatus {
  readonly status?: NonNullable<WithStatus['status']> & { readonly id?: string };
}

const kinds = [
  {
    type: nifiRegistryClientType,
    work: (client: KubeApi): DataflowKind<WithId, object> =>
      new RegistryClientWork({
        digests: new DigestKeeper(client),
        hosts: { allowed: [], apiServer: [] },
        lookups: { addresses: () => [], forget: () => undefined },
        driftPeriodMs,
        usersOf: () => [],
      }),
    spec: { clusterRef, type: 'NiFiRegistry', properties: { url: 'http://registry:18080' } },
    inNiFi: 'registryClients',
  },
  {
    type: nifiParameterContextType,
    work: (client: KubeApi): DataflowKind<WithId, object> =>
      new ParameterContextWork({
        digests: new DigestKeeper(client),
        driftPeriodMs,
        siblingsOf: () => () => undefined,
        rivalsOf: () => new Set(),
        usersOf: () => ({ dataflows: [], heirs: [] }),
      }),
    spec: { clusterRef, adopt: false, deletionPolicy: 'Delete', parameters: { size: { value: '1' } } },
    inNiFi: 'parameterContexts',
  },
] as const;

describe('Who comes after one that has left', () => {
  let standIn: StandIn;

  before(async () => {
    standIn = await StandIn.start(1);
  });
  after(() => standIn.close());

  for (const { type, work, spec, inNiFi } of kinds)
    test(`is made at once: a ${type.kind}`, async () => {
      const world = new DataflowWorld<WithId, object>(standIn, work);
      const keys = ['other', 'former', 'next', 'same'].map((name) => ({ namespace, name }));
      const object = (name: string) => world.object({ namespace, name });
      const described = { timeoutMs: 20_000, describe: () => keys.map(({ name }) => object(name)?.status) };
      const make = async (name: string, displayName = name): Promise<void> => {
        const metadata = { name, namespace, generation: 1 };
        const made = { apiVersion: type.apiVersion, kind: type.kind, metadata, spec: { ...spec, displayName } };
        await world.api.create<WithId>(type, made);
      };
      const named = (name: string) =>
        [...standIn.fixture.world.flow('test/contract').state[inNiFi].values()].filter((each) => each.name === name);
      /** By an object that knows the one that is there. */
      const isThere = (name: string, displayName = name): boolean => {
        const { id, conditions } = object(name)?.status ?? {};
        const isReady = conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true;
        return isReady && named(displayName).length === 1 && named(displayName)[0]?.id === id;
      };
      const leave = async (name: string): Promise<void> => {
        world.api.drop(type, { namespace, name });
        await until(`${name} has left`, () => object(name) === undefined, described);
      };
      await make('other');
      await make('former', 'shared');
      await make('same');
      await world.crowd(keys, { driftPeriodMs }, async () => {
        const all = () => isThere('other') && isThere('former', 'shared') && isThere('same');
        await until('all are there', all, described);
        await leave('former');
        await make('next', 'shared');
        await until('the next one is there', () => isThere('next', 'shared'), described);
        await leave('same');
        await make('same');
        await until('another one of that name is there', () => isThere('same'), described);
      });
    });
});
