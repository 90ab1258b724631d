// A dataflow by operators that die at each write, to Kubernetes and to NiFi, and whose status is lost as well or names somebody else's
// group: for a creation from a registry and from a definition, a change of version with data queued, a deletion and a move there is one
// group in the end, as the spec says, or none; no flow file is lost; that other group is as it was; then nothing is written.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import type { DefaultedNiFiDataflow, DefaultedNiFiDataflowSpec } from '../../api/v1/zz_generated.nifidataflow.ts';
import type { FlowHandle } from '../../e2e/nifi/flow/handles.ts';
import { createProcessGroup } from '../../pkg/nifi/endpoints/process-groups.ts';
import type { StandIn } from '../../pkg/nifi/testing/stand-in.ts';
import { type Course, dieAtEveryWrite } from '../nifi/testing/every-death.ts';
import { namespace } from '../nifi/testing/world.ts';
import type { FlowFacts } from './status.ts';
import { flowContents, startTwo, worldOf } from './testing.ts';

type Flow = DefaultedNiFiDataflow;

const defaults = {
  clusterRef: { name: 'prod' },
  state: 'Running',
  sync: 'Always',
  updateStrategy: 'InPlace',
  skipInvalidComponents: false,
  deletionPolicy: 'DrainThenDelete',
} as const;

describe('Operators that die at each write', () => {
  let standIn: StandIn;
  let second: StandIn;
  let stop: () => Promise<void>;

  before(async () => {
    ({ standIn, second, stop } = await startTwo());
  });
  after(async () => await stop());

  const aWorld = () => worldOf(standIn, {}, { second });
  type World = ReturnType<typeof aWorld>;

  const handle = (nifi = standIn): FlowHandle => nifi.fixture.world.flow('test/contract');
  const groupsOf = (name: string, nifi = standIn) =>
    [...handle(nifi).state.groups.values()].filter((group) => group.name === name);
  const fromRegistry = (version: string): DefaultedNiFiDataflowSpec => ({
    ...defaults,
    source: { registry: { clientRef: { name: 'flows' }, bucket: 'flows', flow: 'orders', version } },
  });
  const fromDefinition = (size: string): DefaultedNiFiDataflowSpec => ({
    ...defaults,
    source: { definition: { inline: JSON.stringify({ flowContents: flowContents(size) }) } },
  });
  const make = async (world: World, name: string, spec: DefaultedNiFiDataflowSpec): Promise<void> => {
    world.api.before = () => undefined;
    // One NiFi serves all of these worlds: no two objects may have one mark.
    world.api.uidPrefix = name;
    const metadata = { name, namespace, generation: 1 };
    await world.api.create(nifiDataflowType, {
      apiVersion: 'datadynamics.io/v1',
      kind: 'NiFiDataflow',
      metadata,
      spec,
    });
  };
  const isReady = (generation: number) => (object: Flow | undefined) =>
    object?.status?.observedGeneration === generation &&
    object.status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';

  /** Each death twice: the next operator knows no status, or one that says that somebody else's group is the flow's. */
  const everyDeath = async (course: Course<Flow, FlowFacts>, prefix: string): Promise<void> => {
    const strangers = await Promise.all(
      [standIn, second].map((nifi) =>
        createProcessGroup(nifi.person, 'root', { name: `of a person ${prefix}`, position: { x: 7, y: 7 } }),
      ),
    );
    const [here, there] = strangers.map(({ id }) => id);
    const lie = ({ spec }: Flow): object => ({
      cluster: spec.clusterRef.name,
      id: spec.clusterRef.name === 'second' ? there : here,
    });
    await Promise.all([
      dieAtEveryWrite(aWorld, course, prefix),
      dieAtEveryWrite(aWorld, { ...course, lie }, `${prefix}-misled`),
    ]);
    for (const nifi of [standIn, second]) {
      const [left] = groupsOf(`of a person ${prefix}`, nifi);
      assert.deepEqual([left?.position, left?.parentId], [{ x: 7, y: 7 }, handle(nifi).state.rootGroupId]);
    }
  };

  test('make one group of a flow of a registry', async () => {
    await everyDeath(
      {
        begin: (world, name) => make(world, name, fromRegistry('1')),
        is: isReady(1),
        check: (name) => {
          const [group, ...more] = groupsOf(name);
          assert.deepEqual([group?.versionControl?.version, more.length], ['1', 0]);
        },
        leastWrites: 6,
      },
      'made',
    );
  });

  test('make one group of a definition', async () => {
    await everyDeath(
      {
        begin: (world, name) => make(world, name, fromDefinition('1B')),
        is: isReady(1),
        check: (name) => assert.equal(groupsOf(name).length, 1),
        leastWrites: 6,
      },
      'defined',
    );
  });

  const change = async (world: World, name: string, spec: object): Promise<void> => {
    world.api.before = () => undefined;
    world.api.play(nifiDataflowType, { namespace, name }, { metadata: { generation: 2 }, spec });
  };

  test('change the version, and keep every flow file that is queued', async () => {
    await everyDeath(
      {
        begin: async (world, name) => {
          await make(world, name, fromRegistry('1'));
          await world.live({ namespace, name }, isReady(1));
          handle().fill(handle().connection('between', name), 7);
          await change(world, name, fromRegistry('2'));
        },
        is: isReady(2),
        check: (name) => {
          const [group, ...more] = groupsOf(name);
          assert.deepEqual([group?.versionControl?.version, more.length], ['2', 0]);
          assert.ok(handle().queued(handle().connection('between', name)) >= 7);
        },
        leastWrites: 4,
      },
      'changed',
    );
  });

  test('replace a definition', async () => {
    await everyDeath(
      {
        begin: async (world, name) => {
          await make(world, name, fromDefinition('1B'));
          await world.live({ namespace, name }, isReady(1));
          await change(world, name, fromDefinition('2B'));
        },
        is: isReady(2),
        check: (name) => {
          assert.equal(groupsOf(name).length, 1);
          assert.equal(handle().processor('make', name).properties['File Size'], '2B');
        },
        leastWrites: 4,
      },
      'replaced',
    );
  });

  test('take a deleted one out of NiFi once it has drained', async () => {
    await everyDeath(
      {
        begin: async (world, name) => {
          await make(world, name, fromRegistry('1'));
          await world.live({ namespace, name }, isReady(1));
          world.api.drop(nifiDataflowType, { namespace, name });
        },
        is: (object) => object === undefined,
        check: (name) => assert.deepEqual(groupsOf(name), []),
        leastWrites: 3,
      },
      'gone',
    );
  });

  test('move it to another parent', async () => {
    const parent = await createProcessGroup(standIn.person, 'root', { name: 'parent', position: { x: 0, y: 0 } });
    await everyDeath(
      {
        begin: async (world, name) => {
          await make(world, name, fromRegistry('1'));
          await world.live({ namespace, name }, isReady(1));
          handle().fill(handle().connection('between', name), 7);
          await change(world, name, { ...fromRegistry('1'), parentProcessGroup: { name: 'parent' } });
        },
        is: isReady(2),
        check: (name) => {
          const [group, ...more] = groupsOf(name);
          assert.deepEqual([group?.parentId, more.length], [parent.id, 0]);
          assert.equal(handle().queued(handle().connection('between', name)), 7);
        },
        leastWrites: 4,
      },
      'moved',
    );
  });

  test('move it to another cluster', async () => {
    await everyDeath(
      {
        begin: async (world, name) => {
          await make(world, name, fromRegistry('1'));
          await world.live({ namespace, name }, isReady(1));
          await change(world, name, { ...fromRegistry('1'), clusterRef: { name: 'second' } });
        },
        is: isReady(2),
        check: (name) => assert.deepEqual([groupsOf(name).length, groupsOf(name, second).length], [0, 1]),
        leastWrites: 6,
      },
      'relocated',
    );
  });
});
