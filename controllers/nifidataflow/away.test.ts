// A dataflow that is deleted while a node of NiFi is away: nothing goes before that node is back, and what it brings back is worked off.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import type { DefaultedNiFiDataflow } from '../../api/v1/zz_generated.nifidataflow.ts';
import { eventually } from '../../e2e/nifi/contract/fixture.ts';
import { StandIn } from '../../pkg/nifi/testing/stand-in.ts';
import { namespace } from '../nifi/testing/world.ts';
import { worldOf } from './testing.ts';

const key = { namespace, name: 'orders' };

/** `make` → `ask`, which does not run without the service `trust`. */
const flowContents = {
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
      properties: {},
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
};

let standIn: StandIn;

before(async () => {
  standIn = await StandIn.start(2);
});
after(async () => {
  await standIn.close();
});

test('what a node brings back is worked off with the services that were disabled already', async () => {
  const world = worldOf(standIn);
  const nifi = standIn.fixture.world.flow('test/contract');
  const away = standIn.fixture.world.node(standIn.fixture.ip(1));
  const says = (reason: string, words: RegExp) => (object: DefaultedNiFiDataflow | undefined) =>
    object?.status?.conditions?.some((each) => each.reason === reason && words.test(each.message)) === true;
  await world.api.create(nifiDataflowType, {
    apiVersion: 'datadynamics.io/v1',
    kind: 'NiFiDataflow',
    metadata: { ...key, generation: 1 },
    spec: {
      clusterRef: { name: 'prod' },
      source: { definition: { inline: JSON.stringify({ flowContents }) } },
      state: 'Running',
      sync: 'Always',
      updateStrategy: 'InPlace',
      skipInvalidComponents: false,
      deletionPolicy: 'DrainThenDelete',
    },
  });
  await world.live(key, says('Ready', /as the spec asks/u));
  away.disconnectBy('somebody');
  await eventually(() => away.connection === 'DISCONNECTED', 'it is disconnected');
  nifi.fill(nifi.connection('between'), 7, away.address);
  world.api.drop(nifiDataflowType, key);
  await world.live(key, says('Withdrawing', /not connected/u));
  assert.deepEqual([nifi.service('trust').state, away.queued], ['DISABLED', 7]);

  away.connectBy('somebody');
  await eventually(() => away.connection === 'CONNECTED', 'it is connected');
  await world.live(key, says('Draining', /works off/u));
  await world.live(key, () => nifi.processor('ask').scheduled === 'RUNNING');
  assert.equal(nifi.processor('make').scheduled, 'STOPPED');
  const { id } = nifi.connection('between');
  for (const member of standIn.fixture.world.cluster('test/contract').members) member.work(id, 1_000);
  await world.live(key, (object) => object === undefined);
  assert.equal([...nifi.state.groups.values()].filter(({ name }) => name === 'orders').length, 0);
});
