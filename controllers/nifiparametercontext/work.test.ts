// A parameter context by operators that die at each write, to Kubernetes and to NiFi, and whose status is lost as well: for a creation,
// changed and dropped parameters, an overwritten description and a deletion there is one context in the end, as the spec says, or
// none; then nothing is written. And what NiFi refuses is told, and not asked again at once.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { nifiParameterContextType } from '../../api/v1/nifiparametercontext.ts';
import type {
  DefaultedNiFiParameterContext,
  NiFiParameterContextSpec,
} from '../../api/v1/zz_generated.nifiparametercontext.ts';
import { secrets } from '../../pkg/kube/resources.ts';
import { createParameterContext, type ParameterWrite } from '../../pkg/nifi/endpoints/parameter-contexts.ts';
import { StandIn } from '../../pkg/nifi/testing/stand-in.ts';
import { DigestKeeper } from '../nifi/digests.ts';
import { isMarkedFor } from '../nifi/markers.ts';
import { type Course, dieAtEveryWrite } from '../nifi/testing/every-death.ts';
import { DataflowWorld, namespace } from '../nifi/testing/world.ts';
import type { ContextFacts } from './status.ts';
import { ParameterContextWork } from './work.ts';

type Context = DefaultedNiFiParameterContext;
const clusterRef = { name: 'prod' };
const spec: NiFiParameterContextSpec = {
  clusterRef,
  description: 'ours',
  parameters: { url: { value: 'https://one' }, empty: { value: '' }, none: {} },
  sensitiveParameters: { token: { name: 'api', key: 'token' } },
};

describe('Operators that die at each write', () => {
  let standIn: StandIn;

  before(async () => {
    standIn = await StandIn.start(1);
  });
  after(() => standIn.close());

  const aWorld = () => {
    const world: DataflowWorld<Context, object> = new DataflowWorld(
      standIn,
      (client) =>
        new ParameterContextWork({
          digests: new DigestKeeper(client),
          driftPeriodMs: 60_000,
          siblingsOf: (space) => (name) => world.object({ namespace: space, name }),
          rivalsOf: () => new Set(),
          usersOf: () => ({ dataflows: [], heirs: [] }),
        }),
    );
    return world;
  };
  type World = ReturnType<typeof aWorld>;

  const contexts = () => [...(standIn.fixture.world.cluster('test/contract').state?.parameterContexts.values() ?? [])];
  const named = (name: string) => contexts().filter((each) => each.name === name);
  const values = (name: string) =>
    named(name).map(({ parameters }) =>
      Object.fromEntries(parameters.map((parameter) => [parameter.name, parameter.value ?? null])),
    );
  const isMarked = (name: string) =>
    isMarkedFor(named(name)[0]?.description ?? '', { kind: 'NiFiParameterContext', namespace, name });
  const putToken = (world: World, text: string) =>
    world.api.apply(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'api', namespace },
      data: { token: Buffer.from(text).toString('base64') },
    });
  const make = async (world: World, name: string, given: NiFiParameterContextSpec = spec): Promise<void> => {
    world.api.before = () => undefined;
    await putToken(world, 'one');
    await world.api.create(nifiParameterContextType, {
      apiVersion: 'datadynamics.io/v1',
      kind: 'NiFiParameterContext',
      metadata: { name, namespace, generation: 1 },
      spec: { adopt: false, deletionPolicy: 'Delete', ...given },
    });
  };
  const makeByHand = async (name: string, parameters: readonly ParameterWrite[]): Promise<void> => {
    const state = await standIn.run({
      name,
      input: name,
      run: async (context) => (await context.call((node) => createParameterContext(node, { name, parameters }))).id,
    });
    assert.equal(state.state, 'done');
  };
  const ready = (object: Context | undefined) => object?.status?.conditions?.find(({ type }) => type === 'Ready');
  const isReady = (generation: number) => (object: Context | undefined) =>
    object?.status?.observedGeneration === generation && ready(object)?.status === 'True';
  const made = async (world: World, name: string, given?: NiFiParameterContextSpec): Promise<void> => {
    await make(world, name, given);
    await world.live({ namespace, name }, isReady(1));
    world.api.before = () => undefined;
  };
  const change = (world: World, name: string, to: object) =>
    world.api.play(nifiParameterContextType, { namespace, name }, { metadata: { generation: 2 }, spec: to });

  const everyDeath = (course: Course<Context, ContextFacts>, prefix: string) => dieAtEveryWrite(aWorld, course, prefix);

  test('make one context', async () => {
    await everyDeath(
      {
        begin: make,
        is: isReady(1),
        check: (name) => {
          assert.deepEqual(values(name), [{ empty: '', none: null, token: 'one', url: 'https://one' }]);
          assert.ok(isMarked(name));
        },
        leastWrites: 5,
      },
      'made',
    );
  });

  test('write a changed Secret, and a changed value', async () => {
    await everyDeath(
      {
        begin: async (world, name) => {
          await made(world, name);
          await putToken(world, 'two');
          change(world, name, { parameters: { url: { value: 'https://two' } } });
        },
        is: (object, name) => isReady(2)(object) && values(name)[0]?.['token'] === 'two',
        check: (name) => assert.deepEqual(values(name), [{ empty: '', none: null, token: 'two', url: 'https://two' }]),
        leastWrites: 4,
      },
      'changed',
    );
  });

  test('remove what the spec gives no more, and leave what others set, although the description was overwritten', async () => {
    await everyDeath(
      {
        begin: async (world, name) => {
          await made(world, name);
          const [context] = named(name);
          assert.ok(context);
          context.description = 'of a version of a flow';
          const theirs = { name: 'theirs', value: 'x', sensitive: false, description: undefined };
          context.parameters = [...context.parameters, theirs];
          change(world, name, { parameters: { empty: null } });
        },
        is: isReady(2),
        check: (name) => {
          assert.deepEqual(values(name), [{ none: null, token: 'one', url: 'https://one', theirs: 'x' }]);
          assert.ok(isMarked(name));
        },
        leastWrites: 3,
      },
      'dropped',
    );
  });

  test('put a sensitive parameter in the place of a plain one', async () => {
    await everyDeath(
      {
        begin: async (world, name) => {
          await made(world, name);
          const url = { name: 'api', key: 'token' };
          change(world, name, { parameters: { url: null }, sensitiveParameters: { url } });
        },
        is: isReady(2),
        check: (name) => assert.deepEqual(values(name), [{ empty: '', none: null, token: 'one', url: 'one' }]),
        leastWrites: 4,
      },
      'turned',
    );
  });

  test('take over a context of the name when the spec says so', async () => {
    await everyDeath(
      {
        begin: async (world, name) => {
          const theirs = { name: 'theirs', value: 'x', sensitive: false };
          await makeByHand(name, [theirs]);
          await make(world, name, { clusterRef, adopt: true, parameters: { url: { value: 'https://one' } } });
        },
        is: isReady(1),
        check: (name) => {
          assert.deepEqual(values(name), [{ theirs: 'x', url: 'https://one' }]);
          assert.ok(isMarked(name));
        },
        leastWrites: 3,
      },
      'adopted',
    );
  });

  test('take a deleted one out of NiFi, although the description was overwritten', async () => {
    await everyDeath(
      {
        begin: async (world, name) => {
          await made(world, name);
          const [context] = named(name);
          assert.ok(context);
          context.description = 'of a version of a flow';
          world.api.drop(nifiParameterContextType, { namespace, name });
        },
        is: (object) => object === undefined,
        check: (name) => assert.deepEqual(named(name), []),
        leastWrites: 2,
      },
      'gone',
    );
  });

  test('tell in the words of NiFi why an update failed, ask once of each operator, and do what the next spec asks', async () => {
    const [world, name] = [aWorld(), 'failed'];
    await made(world, name);
    change(world, name, { parameters: { url: { value: 'https://two' } } });
    standIn.fixture.world.flowFaults.failNextUpdate('parameters', 'the disk is full');
    const isTold = (object: Context | undefined) => ready(object)?.reason === 'NiFiRefused';
    const soFar = world.writes.length;
    await world.live({ namespace, name }, isTold, { reconciles: 5 });
    const object = world.object({ namespace, name });
    assert.match(ready(object)?.message ?? '', /the disk is full/u);
    assert.equal(object?.status?.lastRequest?.state, 'Failed');
    assert.match(object.status.lastRequest.message ?? '', /the disk is full/u);
    assert.equal(
      world.writes.slice(soFar).filter((write) => write === 'NiFi').length,
      2,
      'asked for and forgotten, once',
    );
    const next = { metadata: { generation: 3 }, spec: { parameters: { url: { value: 'https://three' } } } };
    world.api.play(nifiParameterContextType, { namespace, name }, next);
    await world.live({ namespace, name }, isReady(3));
    assert.equal(values(name)[0]?.['url'], 'https://three');
  });

  test('leave an orphan in NiFi without their line', async () => {
    const [world, name] = [aWorld(), 'orphan'];
    await made(world, name, { ...spec, deletionPolicy: 'Orphan' });
    world.api.drop(nifiParameterContextType, { namespace, name });
    await world.live({ namespace, name }, (object) => object === undefined);
    assert.deepEqual(
      named(name).map(({ description }) => description),
      ['ours'],
    );
  });

  test('leave a context alone that somebody else made, say so, and delete without touching it', async () => {
    const [world, name] = [aWorld(), 'theirs'];
    await makeByHand(name, []);
    await make(world, name);
    await world.live({ namespace, name }, (object) => ready(object)?.reason === 'NameConflict', { reconciles: 3 });
    world.api.drop(nifiParameterContextType, { namespace, name });
    await world.live({ namespace, name }, (object) => object === undefined);
    assert.deepEqual(values(name), [{}]);
  });

  test('inherit in the order of the spec, once what is inherited is in NiFi, and say that a deletion has to wait for an heir', async () => {
    const world = aWorld();
    const inheritedParameterContexts = [{ name: 'right' }, { name: 'left' }];
    await make(world, 'top', { clusterRef, inheritedParameterContexts });
    await make(world, 'left', { clusterRef });
    await make(world, 'right', { clusterRef });
    const key = (name: string) => ({ namespace, name });
    await world.live(key('top'), (object) => ready(object)?.reason === 'ReferenceNotReady');
    await world.live(key('left'), isReady(1));
    await world.live(key('right'), isReady(1));
    await world.live(key('top'), isReady(1));
    assert.deepEqual(named('top')[0]?.inherited, [named('right')[0]?.id, named('left')[0]?.id]);
    world.api.drop(nifiParameterContextType, key('left'));
    const soFar = world.writes.length;
    await world.live(key('left'), (object) => ready(object)?.reason === 'InUse', { reconciles: 5 });
    assert.match(ready(world.object(key('left')))?.message ?? '', /NiFi still uses it: .*referenced/u);
    assert.equal(world.writes.slice(soFar).filter((write) => write === 'NiFi').length, 1, 'asked once');
  });
});
