// Two operators and one Lease: how long nobody acts when the leader crashes or is told to end, and that no action happens twice.

import { setTimeout as sleep } from 'node:timers/promises';
import { nifiClusterType } from '../../../api/v1/nificluster.ts';
import { leases } from '../../../pkg/kube/resources.ts';
import { aNamespace, type ClusterHandle } from '../../lab/cluster.ts';
import type { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { inLab, type Measure } from '../bench.ts';
import { type OperatorUnderTest, startOperatorProcess } from '../operator.ts';
import { operatorEntries } from '../requests.ts';
import type { Row } from '../rows.ts';
import { specOf } from './writes.ts';

const lease = { namespace: 'default', name: 'nifi-operator' };

export const failover: Measure = {
  name: 'failover',
  title: 'A leader that ends, and its successor',
  run: (bench) =>
    inLab(bench, 'brisk', async (lab) => {
      const start = (): Promise<OperatorUnderTest> => startOperatorProcess(lab.controlPlane, bench.options);
      let leader = await start();
      const place = await aNamespace(lab, 'failover');
      const cluster = await place.create('prod', specOf(3));
      await cluster.ready({ timeoutMs: 120_000 });
      const since = new Date();
      const rows: Row[] = [];
      for (const [signal, target, what] of [
        ['SIGTERM', 1, 'asked to end'],
        ['SIGKILL', 17.5, 'killed'],
      ] as const) {
        const standby = await start();
        await sleep(2000);
        const before = await holder(lab);
        await grow(lab, cluster);
        const ended = leader.kill(signal);
        const begun = performance.now();
        await until('the standby holds the lease', async () => isAnother(await holder(lab), before), {
          timeoutMs: 60_000,
          everyMs: 10,
        });
        rows.push({
          id: 'P17',
          measure: `leader ${what}: until the next one leads`,
          unit: 's',
          value: (performance.now() - begun) / 1000,
          target,
        });
        await ended;
        await cluster.until('all nodes are ready', isWhole, { timeoutMs: 120_000 });
        leader = standby;
      }
      await leader.kill('SIGTERM');
      rows.push({
        id: 'P17',
        measure: 'objects created twice, or refused as there already',
        unit: '',
        value: await doubles(lab, since),
        floor: 0,
        target: 0,
      });
      return rows;
    }),
};

async function holder(lab: Lab): Promise<string | undefined> {
  return (await lab.client.get(leases, lease))?.spec?.holderIdentity;
}

function isAnother(now: string | undefined, before: string | undefined): boolean {
  return now !== undefined && now !== '' && now !== before;
}

/** Work that is under way when the leader ends. */
async function grow(lab: Lab, cluster: ClusterHandle): Promise<void> {
  const replicas = ((await cluster.get()).spec.replicas ?? 0) + 2;
  await lab.client.patch(nifiClusterType, cluster.key(cluster.name), { spec: { replicas } });
}

function isWhole({ spec, status }: Awaited<ReturnType<ClusterHandle['get']>>): boolean {
  return status?.readyNodes === spec.replicas && status?.phase === 'Running';
}

async function doubles(lab: Lab, since: Date): Promise<number> {
  const entries = await operatorEntries(lab, { since });
  const creates = entries.filter(({ verb, objectRef }) => verb === 'create' && objectRef.resource !== 'events');
  const names = creates.map(({ objectRef: { resource, namespace, name } }) => `${resource} ${namespace}/${name}`);
  return names.length - new Set(names).size + creates.filter(({ code }) => code === 409).length;
}
