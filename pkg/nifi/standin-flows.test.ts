// Changes of flows, parameter contexts and registry clients against the stand-in NiFi: an operator that dies at each write, a person who
// interferes, and requests that fail; and that NiFi keeps none of them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../../e2e/nifi/contract/fixture.ts';
import { definitionWith } from './definition.ts';
import { importDefinition } from './endpoints/definitions.ts';
import { getRootProcessGroupId } from './endpoints/flow.ts';
import { getGroupFlow, sourcesIn } from './endpoints/group-flow.ts';
import { createParameterContext, getParameterContext, type ParameterContext } from './endpoints/parameter-contexts.ts';
import { getProcessGroup, listProcessGroups, type ProcessGroup } from './endpoints/process-groups.ts';
import { createRegistryClient, listRegistryClients } from './endpoints/registry-clients.ts';
import { scheduleGroup, scheduleProcessor } from './endpoints/scheduling.ts';
import { isMarked, markPosition, markText, ownerIn } from './marker.ts';
import { flowTask } from './requests/flow-task.ts';
import { updateParameterContext } from './requests/parameter-update.ts';
import { replaceContents } from './requests/replace.ts';
import { StandIn } from './testing/stand-in.ts';
import type { GatewayTask, NodeCalls, Reader } from './types.ts';

const owner = { kind: 'NiFiDataflow', namespace: 'data', name: 'f', uid: '0d4f-11' };
const reader: Reader = { kind: 'NiFiDataflow', namespace: 'data', name: 'f' };
const bare = { flowContents: { identifier: 'i', name: 'theirs', comments: 'theirs', processGroups: [] } };
const position = markPosition({ x: 300, y: -40 }, owner.uid);
const definition = (mark: string): ReturnType<typeof definitionWith> =>
  definitionWith(bare, { name: 'mine', comments: markText(mark, owner), position });

describe('flows of a played cluster', () => {
  let standIn: StandIn;
  let root: string;
  let node: NodeCalls;

  before(async () => {
    standIn = await StandIn.start(2);
    node = standIn.person;
    root = await getRootProcessGroupId(node);
  });

  after(() => standIn.close());

  const own = async (each: NodeCalls): Promise<ProcessGroup | undefined> =>
    (await listProcessGroups(each, root)).groups.find(({ comments }) => ownerIn(comments)?.uid === owner.uid);

  async function ownGroup(): Promise<ProcessGroup> {
    const group = await own(node);
    assert.ok(group);
    return group;
  }

  const createGroup = flowTask({
    name: 'create',
    input: '',
    async look(each) {
      return (await own(each)) === undefined
        ? {
            call: async (asked) =>
              (await importDefinition(asked, root, { name: 'mine', position, definition: definition('one') })).id,
          }
        : undefined;
    },
  });

  const replace = (mark: string): GatewayTask => ({
    ...flowTask({ name: 'replace', input: mark, look: async () => undefined }),
    run: async (context) => {
      const { id } = await context.call(own).then((group) => group ?? assert.fail('there is no group'));
      const done = ({ comments }: ProcessGroup): boolean => comments === markText(mark, owner);
      return await replaceContents({ groupId: id, definition: definition(mark), input: mark, done }).run(context);
    },
  });

  const setHost = (context: Pick<ParameterContext, 'id'>, value: string): GatewayTask =>
    updateParameterContext({
      contextId: context.id,
      input: value,
      plan: ({ parameters }) =>
        parameters.some((each) => each.name === 'host' && each.value === value)
          ? undefined
          : { parameters: [{ name: 'host', sensitive: false, value }] },
    });

  const hostIn = async ({ id }: Pick<ParameterContext, 'id'>): Promise<string | null | undefined> =>
    (await getParameterContext(node, id)).parameters.find(({ name }) => name === 'host')?.value;

  async function context(name: string): Promise<ParameterContext> {
    return await createParameterContext(node, {
      name,
      parameters: [{ name: 'host', sensitive: false, value: 'h0' }],
    });
  }

  /** Of each background request that was made: where, and whether it was deleted there. */
  function keptRequests(since: number): readonly string[] {
    const writes = standIn.writes().slice(since);
    const made = writes.filter(
      ({ method, path, status }) => method === 'POST' && path.endsWith('-requests') && status < 300,
    );
    const deleted = writes.filter(({ method, path }) => method === 'DELETE' && path.includes('-requests/'));
    const left = made.filter(({ ip }) => deleted.filter((each) => each.ip === ip).length === 0);
    assert.ok(made.length > 0, 'a request was made');
    return [
      ...left.map(({ path }) => path),
      ...(made.length === deleted.length ? [] : ['not as many deleted as made']),
    ];
  }

  test('are created once by operators that die at each write, and found again by their marks', async () => {
    assert.equal(await standIn.runDying(createGroup), 1);
    assert.equal((await standIn.run(createGroup)).state, 'done');
    const { groups } = await listProcessGroups(node, root);
    const mine = groups.filter(({ name }) => name === 'mine');
    assert.equal(mine.length, 1);
    assert.ok(mine.every((group) => isMarked(group.position, owner.uid)));
  });

  test('keep their marks when their contents are replaced, and no request stays in NiFi', async () => {
    const before = standIn.writes().length;
    const { id } = await ownGroup();
    assert.ok((await standIn.runDying(replace('two'))) >= 1);
    const group = await ownGroup();
    assert.deepEqual([group.id, group.name, group.comments], [id, 'mine', markText('two', owner)]);
    assert.ok(isMarked(group.position, owner.uid));
    assert.ok(standIn.writes().length > before);
    const after = standIn.writes().length;
    assert.equal((await standIn.run(replace('three'))).state, 'done');
    assert.deepEqual(keptRequests(after), []);
    assert.equal((await standIn.run(replace('three'))).state, 'done');
    assert.equal(standIn.writes().length, after + 2);
  });

  test('say in NiFi’s words why a replacement failed, and keep what there was', async () => {
    const before = standIn.writes().length;
    standIn.fixture.world.flowFaults.failNextUpdate('replace', 'the disk is full');
    const state = await standIn.run(replace('four'));
    assert.ok(state.state === 'failed' && state.error.includes('the disk is full'), JSON.stringify(state));
    assert.ok(state.retryAtMs - state.atMs > 20_000, 'it is not repeated blindly');
    assert.equal((await ownGroup()).comments, markText('three', owner));
    assert.deepEqual(keptRequests(before), []);
  });

  test('share one look at them among all that depend on them', async () => {
    await standIn.withGateway(async (gateway) => {
      const others = Array.from({ length: 20 }, (_, index) => ({ ...reader, name: `f${index}` }));
      const count = (): number =>
        standIn.fixture.world.log.list(({ path }) => path.endsWith('/process-groups/root/process-groups')).length;
      const before = count();
      await eventually(() => {
        const answers = others.map((each) => gateway.flows.groups('root', 60_000, each));
        return answers.every((answer) => answer !== undefined);
      }, 'all have their answer');
      assert.equal(count(), before + 1);
    });
  });

  test('are made for a parameter context under the eyes of a person who changes it too', async () => {
    const before = standIn.writes().length;
    const base = await context('base');
    standIn.fixture.world.flowFaults.raceOnce(/parameter-contexts\/[^/]+\/update-requests$/u, base.id);
    const state = await standIn.run(setHost(base, 'h1'));
    assert.ok(state.state === 'done' && state.result?.includes('complete'), JSON.stringify(state));
    assert.equal(await hostIn(base), 'h1');
    assert.deepEqual(keptRequests(before), []);
    const refused = standIn
      .writes()
      .slice(before)
      .filter(({ status }) => status >= 400);
    assert.deepEqual(
      refused.map(({ status }) => status),
      [400],
      'the first attempt came too late',
    );
  });

  test('change a parameter once however often the operator dies', async () => {
    const base = await context('mortal');
    await standIn.runDying(setHost(base, 'h1'));
    assert.equal(await hostIn(base), 'h1');
    const before = standIn.writes().length;
    assert.equal((await standIn.run(setHost(base, 'h1'))).state, 'done');
    assert.equal(standIn.writes().length, before);
  });

  test('tell why a parameter cannot be changed', async () => {
    const base = await context('fails');
    const before = standIn.writes().length;
    standIn.fixture.world.flowFaults.failNextUpdate('parameters', 'Component x did not stop');
    const state = await standIn.run(setHost(base, 'h1'));
    assert.ok(state.state === 'failed' && state.error.includes('Component x did not stop'), JSON.stringify(state));
    assert.equal(await hostIn(base), 'h0');
    assert.deepEqual(keptRequests(before), []);
  });

  test('find a registry client again by the mark in its description', async () => {
    const description = markText('Flows of the team', { ...owner, kind: 'NiFiRegistryClient' });
    const type = 'org.apache.nifi.registry.flow.NifiRegistryFlowRegistryClient';
    const create = flowTask({
      name: 'client',
      input: '',
      async look(each) {
        const clients = await listRegistryClients(each);
        const known = clients.some((client) => ownerIn(client.description)?.uid === owner.uid);
        const properties = { url: 'http://127.0.0.1:1' };
        const client = { name: 'team', type, description, properties };
        return known ? undefined : { call: async (asked) => (await createRegistryClient(asked, client)).id };
      },
    });
    assert.equal(await standIn.runDying(create), 1);
    await standIn.run(create);
    const clients = await listRegistryClients(node);
    assert.deepEqual(
      clients.map(({ name, properties }) => [name, properties['url']]),
      [['team', 'http://127.0.0.1:1']],
    );
  });

  test('tell where data comes in, and stop just that', async () => {
    const type = 'org.apache.nifi.processors.attributes.UpdateAttribute';
    const generate = 'org.apache.nifi.processors.standard.GenerateFlowFile';
    const bundle = { group: 'org.apache.nifi', artifact: 'nifi-standard-nar', version: '2.11.0' };
    const processor = (identifier: string, of: string, more: object): object => ({
      identifier,
      name: identifier,
      type: of,
      bundle,
      properties: {},
      groupIdentifier: 'i',
      componentType: 'PROCESSOR',
      scheduledState: 'ENABLED',
      ...more,
    });
    const end = (id: string): object => ({ id, type: 'PROCESSOR', groupId: 'i', name: id });
    const flowContents = {
      ...bare.flowContents,
      processors: [
        processor('source', generate, { autoTerminatedRelationships: [] }),
        processor('sink', type, { autoTerminatedRelationships: ['success'] }),
      ],
      connections: [
        {
          identifier: 'c',
          name: 'c',
          source: end('source'),
          destination: end('sink'),
          selectedRelationships: ['success'],
          groupIdentifier: 'i',
          componentType: 'CONNECTION',
        },
      ],
    };
    const settings = { name: 'drained', comments: '', position: { x: 0, y: 0 } };
    const group = await importDefinition(node, root, {
      ...settings,
      definition: definitionWith({ flowContents }, settings),
    });
    await scheduleGroup(node, group.id, 'RUNNING');
    const running = async (): Promise<readonly string[]> =>
      (await getGroupFlow(node, group.id)).processors
        .filter(({ state }) => state === 'RUNNING')
        .map(({ name }) => name)
        .toSorted();
    await eventually(async () => (await running()).length === 2, 'both run');
    const sources = sourcesIn(await getGroupFlow(node, group.id));
    assert.deepEqual(
      sources.map(({ name, validationStatus }) => [name, validationStatus]),
      [['source', 'VALID']],
    );
    for (const source of sources) {
      await scheduleProcessor(node, source, 'STOPPED');
    }
    await eventually(async () => (await running()).length === 1, 'the source has stopped');
    assert.deepEqual(await running(), ['sink']);
  });

  test('leave a group that is gone alone', async () => {
    const group = await ownGroup();
    const gone = { ...group, id: '00000000-0000-0000-0000-000000000000' };
    const state = await standIn.run(
      replaceContents({ groupId: gone.id, definition: definition('x'), input: 'x', done: () => false }),
    );
    assert.ok(state.state === 'failed' && state.refused === 'NotFound', JSON.stringify(state));
    assert.equal((await getProcessGroup(node, group.id)).id, group.id);
  });
});
