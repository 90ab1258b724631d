// A spec that is changed and changed back while NiFi is at work on it: the flow stands half-way, and nobody at the canvas did that. It
// runs again as asked, also where changes that are made in NiFi are not taken back.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import type { DefaultedNiFiDataflow, DefaultedNiFiDataflowSpec } from '../../api/v1/zz_generated.nifidataflow.ts';
import type { StandIn } from '../../pkg/nifi/testing/stand-in.ts';
import { namespace } from '../nifi/testing/world.ts';
import { startTwo, worldOf } from './testing.ts';

describe('A dataflow whose spec is changed back', () => {
  let standIn: StandIn;
  let second: StandIn;
  let stop: () => Promise<void>;

  before(async () => {
    ({ standIn, second, stop } = await startTwo());
  });
  after(async () => await stop());

  const nifi = () => standIn.fixture.world.flow('test/contract');
  const running = (name: string) => ['make', 'take'].map((each) => nifi().processor(each, name).scheduled);
  const specOf = (version: string, more: Partial<DefaultedNiFiDataflowSpec>): DefaultedNiFiDataflowSpec => ({
    clusterRef: { name: 'prod' },
    source: { registry: { clientRef: { name: 'flows' }, bucket: 'flows', flow: 'orders', version } },
    state: 'Running',
    sync: 'Never',
    updateStrategy: 'Drain',
    skipInvalidComponents: false,
    deletionPolicy: 'DrainThenDelete',
    ...more,
  });

  /** Ready, with seven flow files queued. */
  async function aFlow(name: string, spec: DefaultedNiFiDataflowSpec) {
    const world = worldOf(standIn, {}, { second });
    world.api.uidPrefix = name;
    const key = { namespace, name };
    const metadata = { ...key, generation: 1 };
    await world.api.create(nifiDataflowType, {
      apiVersion: 'datadynamics.io/v1',
      kind: 'NiFiDataflow',
      metadata,
      spec,
    });
    let generation = 1;
    const becomes = async (reason: string): Promise<void> => {
      const is = ({ status }: DefaultedNiFiDataflow): boolean =>
        status?.observedGeneration === generation && status.conditions?.[0]?.reason === reason;
      const reached = await world.live(key, (object) => object !== undefined && is(object), { reconciles: 2 });
      assert.equal(reached, 'reached');
    };
    await becomes('Ready');
    nifi().fill(nifi().connection('between', name), 7);
    return {
      becomes,
      change: (to: DefaultedNiFiDataflowSpec) => {
        generation += 1;
        world.api.before = () => undefined;
        world.api.play(nifiDataflowType, key, { metadata: { generation }, spec: to });
      },
    };
  }

  test('to the version that is there runs on with what is queued', async () => {
    const { becomes, change } = await aFlow('version', specOf('1', {}));
    change(specOf('2', {}));
    await becomes('Draining');
    assert.deepEqual(running('version'), ['STOPPED', 'RUNNING']);
    change(specOf('1', {}));
    await becomes('Ready');
    assert.deepEqual(running('version'), ['RUNNING', 'RUNNING']);
    assert.equal(nifi().queued(nifi().connection('between', 'version')), 7);
  });

  for (const sync of ['Never', 'Once'] as const)
    test(`to the cluster that it was about to leave runs on there, with sync ${sync}`, async () => {
      const name = `cluster-${sync.toLowerCase()}`;
      const { becomes, change } = await aFlow(name, specOf('1', { sync }));
      change(specOf('1', { sync, clusterRef: { name: 'second' } }));
      await becomes('Draining');
      assert.deepEqual(running(name), ['STOPPED', 'RUNNING']);
      change(specOf('1', { sync }));
      await becomes('Ready');
      assert.deepEqual(running(name), ['RUNNING', 'RUNNING']);
      assert.equal(nifi().queued(nifi().connection('between', name)), 7);
    });

  test('leaves alone what a person stopped before that', async () => {
    const { becomes, change } = await aFlow('stopped', specOf('1', {}));
    nifi().schedule(nifi().processor('make', 'stopped'), 'STOPPED');
    await becomes('LocallyModified');
    change(specOf('1', {}));
    await becomes('LocallyModified');
    assert.deepEqual(running('stopped'), ['STOPPED', 'RUNNING']);
  });
});
