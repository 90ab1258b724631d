// A dataflow that asks for the place of one that has just left NiFi: what was read of NiFi for everybody still shows the former's group.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import type { DefaultedNiFiDataflow } from '../../api/v1/zz_generated.nifidataflow.ts';
import { until } from '../../e2e/lab/until.ts';
import { createProcessGroup } from '../../pkg/nifi/endpoints/process-groups.ts';
import { StandIn } from '../../pkg/nifi/testing/stand-in.ts';
import { namespace } from '../nifi/testing/world.ts';
import { worldOf } from './testing.ts';

const flowContents = { identifier: 'orders-id', name: 'orders', comments: '', processors: [], connections: [] };
const driftPeriodMs = 3_000;

let standIn: StandIn;

before(async () => {
  standIn = await StandIn.start(1);
});
after(async () => {
  await standIn.close();
});

const reasonOf = (object: DefaultedNiFiDataflow | undefined): string | undefined =>
  object?.status?.conditions?.find(({ type }) => type === 'Ready')?.reason;

test('it is made at once, and no group is called unknown that is gone; of one that is there that is told', async () => {
  const keys = ['other', 'former', 'next', 'same', 'taken'].map((name) => ({ namespace, name }));
  const objects = (): readonly DefaultedNiFiDataflow[] => keys.flatMap((key) => world.object(key) ?? []);
  const world: ReturnType<typeof worldOf> = worldOf(standIn, {
    driftPeriodMs,
    siblingsOf: objects,
    rivalsOf: ({ spec }) => objects().filter((each) => each.spec.displayName === spec.displayName),
  });
  const make = (name: string, displayName: string) =>
    world.api.create(nifiDataflowType, {
      apiVersion: 'datadynamics.io/v1',
      kind: 'NiFiDataflow',
      metadata: { name, namespace, generation: 1 },
      spec: {
        clusterRef: { name: 'prod' },
        displayName,
        source: { definition: { inline: JSON.stringify({ flowContents }) } },
        state: 'Running',
        sync: 'Always',
        updateStrategy: 'InPlace',
        skipInvalidComponents: false,
        deletionPolicy: 'Delete',
      },
    });
  const object = (name: string) => world.object({ namespace, name });
  const isReady = (name: string) => reasonOf(object(name)) === 'Ready';
  const described = { timeoutMs: 20_000, describe: () => objects().map((each) => each.status) };
  const leave = async (name: string): Promise<void> => {
    world.api.drop(nifiDataflowType, { namespace, name });
    await until(`${name} has left`, () => object(name) === undefined, described);
  };
  await make('other', 'other');
  await make('former', 'shared');
  await world.crowd(keys, { driftPeriodMs }, async () => {
    await make('same', 'same');
    await until('all are ready', () => ['other', 'former', 'same'].every(isReady), described);
    // What is read once a period shows them by then, and goes on showing them for most of another one.
    await sleep(1.2 * driftPeriodMs);
    await leave('former');
    await make('next', 'shared');
    await until('the next one is ready', () => isReady('next'), described);

    await leave('same');
    await make('same', 'same');
    await until('another one of that name is ready', () => isReady('same'), described);
    assert.deepEqual(
      world.writes.filter((write) => write.includes('GroupNotRecognised')),
      [],
    );

    await createProcessGroup(standIn.person, 'root', { name: 'taken', position: { x: 0, y: 0 } });
    await make('taken', 'taken');
    await until('what a person made is told', () => reasonOf(object('taken')) === 'GroupNotRecognised', described);
  });
  const names = [...standIn.fixture.world.flow('test/contract').state.groups.values()].map(({ name }) => name);
  assert.deepEqual(names.filter((name) => name !== 'NiFi Flow').toSorted(), ['other', 'same', 'shared', 'taken']);
});
