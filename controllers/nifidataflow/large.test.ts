// A NiFi that has more in it than one answer may tell: what depends on that answer says why it does not go on, everything else of that
// NiFi does, and it goes on by itself once there is less.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import type { DefaultedNiFiDataflow } from '../../api/v1/zz_generated.nifidataflow.ts';
import { getQueued } from '../../pkg/nifi/endpoints/group-status.ts';
import { StandIn } from '../../pkg/nifi/testing/stand-in.ts';
import { namespace } from '../nifi/testing/world.ts';
import { worldOf } from './testing.ts';

/** Beyond what eight megabytes of NiFi's answers hold. */
const tooMany = 5_000;
const definition = { flowContents: { identifier: 'flow-id', name: 'small', processors: [], connections: [] } };

describe('A dataflow', () => {
  let standIn: StandIn;

  before(async () => {
    standIn = await StandIn.start(1);
  });
  after(() => standIn.close());

  const state = () => standIn.fixture.world.flow('test/contract').state;

  /** Tells how to take them away again. */
  function crowd(parentId: string): () => void {
    const { groups } = state();
    const ids = Array.from({ length: tooMany }, (_, index) => `${parentId.slice(0, 8)}-${index}`);
    for (const id of ids) groups.set(id, { id, parentId, name: id, comments: '', position: { x: 0, y: 0 } });
    return () => {
      for (const id of ids) groups.delete(id);
    };
  }

  async function aFlow(name: string) {
    const world = worldOf(standIn, { driftPeriodMs: 1_000 });
    world.api.uidPrefix = name;
    const key = { namespace, name };
    await world.api.create(nifiDataflowType, {
      apiVersion: 'datadynamics.io/v1',
      kind: 'NiFiDataflow',
      metadata: { ...key, generation: 1 },
      spec: {
        clusterRef: { name: 'prod' },
        source: { definition: { inline: JSON.stringify(definition) } },
        state: 'Running',
        sync: 'Always',
        updateStrategy: 'InPlace',
        skipInvalidComponents: false,
        deletionPolicy: 'Delete',
      },
    });
    const becomes = async (words: RegExp): Promise<void> => {
      const is = (object: DefaultedNiFiDataflow | undefined): boolean => {
        const ready = object?.status?.conditions?.find(({ type }) => type === 'Ready');
        return words.test(`${ready?.reason}: ${ready?.message}`);
      };
      assert.equal(await world.live(key, is), 'reached');
    };
    const id = () => standIn.fixture.world.flow('test/contract').group(name).id;
    return { world, key, becomes, id };
  }

  test('with thousands of groups in it is kept, and leaves NiFi, without any of them being told', async () => {
    const { world, key, becomes, id } = await aFlow('large');
    await becomes(/^Ready/u);
    const group = id();
    const thin = crowd(group);
    assert.equal((await getQueued(standIn.person, group)).flowFilesQueued, 0);
    await becomes(/^Ready/u);
    thin();
    world.api.before = () => undefined;
    world.api.drop(nifiDataflowType, key);
    assert.equal(await world.live(key, (object) => object === undefined), 'reached');
  });

  test('in a parent with more groups than an answer may tell says so, and goes on once there are fewer', async () => {
    const { becomes } = await aFlow('crowded');
    const thin = crowd(state().rootGroupId);
    await becomes(/^NiFiRefused: .*sent more than an answer can hold/u);
    thin();
    await becomes(/^Ready/u);
  });
});
