// A hundred dataflows of one cluster, by one operator: how many calls it takes to make them, and that afterwards they cost NiFi a handful
// of shared reads a drift period in all, and Kubernetes nothing.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { nifiDataflowType } from '../../api/v1/nifidataflow.ts';
import type { DefaultedNiFiDataflow } from '../../api/v1/zz_generated.nifidataflow.ts';
import { until } from '../../e2e/lab/until.ts';
import { StandIn } from '../../pkg/nifi/testing/stand-in.ts';
import { namespace } from '../nifi/testing/world.ts';
import { startRegistry, worldOf } from './testing.ts';

const count = 100;
const flowContents = { identifier: 'orders-id', name: 'orders', comments: '', processors: [], connections: [] };
const driftPeriodMs = 1_000;
const periods = 5;

let standIn: StandIn;
let flows: Awaited<ReturnType<typeof startRegistry>>;

before(async () => {
  // A registry may be slow where many tests run at once; what NiFi thinks of that is not what is measured.
  standIn = await StandIn.start(1, { timing: { registryTimeoutMs: 60_000, registrySyncMs: 3_600_000 } });
  flows = await startRegistry([standIn], [flowContents]);
});
after(async () => {
  await flows.registry.stop();
  await standIn.close();
});

const isReady = (object: DefaultedNiFiDataflow | undefined): boolean =>
  object?.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';

test(`${count} dataflows, some of which follow the newest version, cost next to nothing at rest`, async () => {
  const world: ReturnType<typeof worldOf> = worldOf(standIn, {
    driftPeriodMs,
    siblingsOf: () => keys.flatMap((key) => world.object(key) ?? []),
  });
  const keys = Array.from({ length: count }, (_, index) => ({ namespace, name: `flow-${index}` }));
  for (const [index, { name }] of keys.entries()) {
    const registryFlow = { clientRef: { name: 'flows' }, bucket: 'flows', flow: 'orders', latest: true };
    const follows = index % 20 === 0;
    const source = follows ? { registry: registryFlow } : { definition: { inline: JSON.stringify({ flowContents }) } };
    await world.api.create(nifiDataflowType, {
      apiVersion: 'datadynamics.io/v1',
      kind: 'NiFiDataflow',
      metadata: { name, namespace, generation: 1 },
      spec: {
        clusterRef: { name: 'prod' },
        source,
        state: 'Running',
        sync: 'Always',
        updateStrategy: 'InPlace',
        skipInvalidComponents: false,
        deletionPolicy: 'Delete',
      },
    });
  }
  const calls = () => standIn.fixture.world.log.list(() => true).length;
  const begun = calls();
  await world.crowd(keys, { driftPeriodMs }, async () => {
    const waiting = () => keys.flatMap((key) => (isReady(world.object(key)) ? [] : [world.object(key)?.status]));
    await until(`all ${count} are ready`, () => waiting().length === 0, { timeoutMs: 90_000, describe: waiting });
    const made = calls() - begun;
    assert.ok(made <= 15 * count, `${made} calls to make them`);
    await sleep(2 * driftPeriodMs);
    const [quiet, written] = [calls(), world.writes.length];
    await sleep(periods * driftPeriodMs);
    const atRest = calls() - quiet;
    // Each is due every 0.9 to 1.1 periods: one more of each may fall into the time.
    assert.ok(atRest <= 6 * (periods + 1), `${atRest} calls in ${periods} periods`);
    assert.deepEqual(world.writes.slice(written), []);
  });
  const { groups } = standIn.fixture.world.flow('test/contract').state;
  assert.equal(groups.size, count + 1);
});
