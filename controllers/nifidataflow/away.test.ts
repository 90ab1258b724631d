// A dataflow that is deleted, or gets other contents, while a node of NiFi is away: nothing goes before that node is back, and what it
// brings back is worked off.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import type { DefaultedNiFiDataflow, DefaultedNiFiDataflowSpec } from '../../api/v1/zz_generated.nifidataflow.ts';
import { eventually } from '../../e2e/nifi/contract/fixture.ts';
import { StandIn } from '../../pkg/nifi/testing/stand-in.ts';
import { namespace } from '../nifi/testing/world.ts';
import { worldOf } from './testing.ts';

/** `make` → `ask`, which does not run without the service `trust`. */
const flowContents = (size: string) => ({
  identifier: 'orders-id',
  name: 'orders',
  comments: '',
  controllerServices: [
    {
      identifier: 'trust-id',
      name: 'trust',
      type: 'org.apache.nifi.ssl.PEMEncodedSSLContextProvider',
      properties: { 'Private Key Source': 'UNDEFINED' },
    },
  ],
  processors: [
    {
      identifier: 'make-id',
      name: 'make',
      type: 'org.apache.nifi.processors.standard.GenerateFlowFile',
      properties: { 'File Size': size },
    },
    {
      identifier: 'ask-id',
      name: 'ask',
      type: 'org.apache.nifi.processors.standard.InvokeHTTP',
      properties: { 'HTTP URL': 'https://shop', 'SSL Context Service': 'trust-id' },
      autoTerminatedRelationships: ['Failure', 'No Retry', 'Original', 'Response', 'Retry'],
    },
  ],
  connections: [
    {
      identifier: 'between-id',
      name: 'between',
      source: { id: 'make-id' },
      destination: { id: 'ask-id' },
      selectedRelationships: ['success'],
    },
  ],
});

describe('A dataflow while a node is away', () => {
  let standIn: StandIn;

  before(async () => {
    standIn = await StandIn.start(2);
  });
  after(async () => {
    await standIn.close();
  });

  const nifi = () => standIn.fixture.world.flow('test/contract');
  const away = () => standIn.fixture.world.node(standIn.fixture.ip(1));
  const says =
    (reason: string, words: RegExp, generation = 1) =>
    (object: DefaultedNiFiDataflow | undefined) =>
      object?.status?.observedGeneration === generation &&
      object.status.conditions?.some((each) => each.reason === reason && words.test(each.message)) === true;
  const specOf = (size: string): DefaultedNiFiDataflowSpec => ({
    clusterRef: { name: 'prod' },
    source: { definition: { inline: JSON.stringify({ flowContents: flowContents(size) }) } },
    state: 'Running',
    sync: 'Always',
    updateStrategy: 'Drain',
    skipInvalidComponents: false,
    deletionPolicy: 'DrainThenDelete',
  });

  /** Ready, with seven flow files on the node that has gone away since. */
  async function aFlow(name: string) {
    const world = worldOf(standIn);
    world.api.uidPrefix = name;
    const key = { namespace, name };
    const metadata = { ...key, generation: 1 };
    const spec = specOf('1B');
    await world.api.create(nifiDataflowType, {
      apiVersion: 'datadynamics.io/v1',
      kind: 'NiFiDataflow',
      metadata,
      spec,
    });
    await world.live(key, says('Ready', /as the spec asks/u));
    away().disconnectBy('somebody');
    await eventually(() => away().connection === 'DISCONNECTED', 'it is disconnected');
    const between = nifi().connection('between', name);
    nifi().fill(between, 7, away().address);
    return {
      world,
      key,
      comesBack: async () => {
        away().connectBy('somebody');
        await eventually(() => away().connection === 'CONNECTED', 'it is connected');
      },
      workOff: () => {
        for (const member of standIn.fixture.world.cluster('test/contract').members) member.work(between.id, 1_000);
      },
      states: () => ['make', 'ask'].map((each) => nifi().processor(each, name).scheduled),
    };
  }

  test('that is deleted works off what the node brings back, with services that were disabled already', async () => {
    const { world, key, comesBack, workOff, states } = await aFlow('orders');
    world.api.drop(nifiDataflowType, key);
    await world.live(key, says('Withdrawing', /not connected/u));
    assert.deepEqual([nifi().service('trust').state, away().queued], ['DISABLED', 7]);
    await comesBack();
    await world.live(key, says('Draining', /works off/u));
    await world.live(key, () => states()[1] === 'RUNNING');
    assert.deepEqual(states(), ['STOPPED', 'RUNNING']);
    workOff();
    await world.live(key, (object) => object === undefined);
    assert.equal([...nifi().state.groups.values()].filter(({ name }) => name === 'orders').length, 0);
  });

  test('whose queues are to be empty for other contents runs on, and gets them when the node is back and has worked off', async () => {
    const { world, key, comesBack, workOff, states } = await aFlow('bills');
    const size = () => nifi().processor('make', 'bills').properties['File Size'];
    world.api.before = () => undefined;
    world.api.play(nifiDataflowType, key, { metadata: { generation: 2 }, spec: specOf('2B') });
    await world.live(key, says('Draining', /not connected/u, 2), { reconciles: 3 });
    assert.deepEqual([size(), states(), away().queued], ['1B', ['RUNNING', 'RUNNING'], 7]);
    await comesBack();
    await world.live(key, says('Draining', /works off/u, 2));
    assert.deepEqual([size(), states()], ['1B', ['STOPPED', 'RUNNING']]);
    workOff();
    await world.live(key, says('Ready', /as the spec asks/u, 2));
    assert.deepEqual([size(), states()], ['2B', ['RUNNING', 'RUNNING']]);
  });
});
