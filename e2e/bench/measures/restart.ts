// A new operator process before a fleet that is well: it must write nothing, and soon do what was left undone.
// One cluster is changed while no operator runs; the time to the write that answers it is the time to the first useful reconcile.

import { setTimeout as sleep } from 'node:timers/promises';
import { nifiClusterType } from '../../../api/v1/nificluster.ts';
import type { ObjectKey } from '../../../pkg/kube/types.ts';
import type { AuditEntry } from '../../controlplane/audit.ts';
import { aNamespace } from '../../lab/cluster.ts';
import type { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { type Bench, inLab, type Measure } from '../bench.ts';
import { startFleet } from '../fleet.ts';
import { withOperator } from '../operator.ts';
import { auditMs, entriesOf, operatorEntries, operatorRequests } from '../requests.ts';
import { quantile, type Row } from '../rows.ts';
import { specOf } from './writes.ts';

const quietMs = 15_000;
const lateStarts = 5;
const flags = ['--leader-election=false'];

export const restart: Measure = {
  name: 'restart',
  title: 'A restart before a fleet that is well',
  run: (bench) =>
    inLab(bench, 'steady', async (lab) => {
      const keys = await withOperator(lab.controlPlane, bench.options, flags, async () => {
        const fleet = startFleet(lab);
        const clusters = bench.options.fleet;
        const made = await fleet.add(clusters, specOf(3));
        await fleet.allReady({
          timeoutMs: 900_000,
          progress: (ready) => bench.say(`${ready} of ${clusters} are Ready`),
        });
        await fleet.stop();
        await sleep(quietMs);
        return made;
      });
      return [...(await restartRows(bench, lab, keys)), ...(await lateRows(bench, lab, keys))];
    }),
};

/** A cluster that is made while all others are looked at for the first time must not wait behind those; one for each of several starts. */
async function lateRows(bench: Bench, lab: Lab, keys: readonly ObjectKey[]): Promise<readonly Row[]> {
  const place = await aNamespace(lab, 'late');
  const waits: number[] = [];
  const queued: number[] = [];
  for (let start = 0; start < lateStarts; start += 1) {
    await withOperator(lab.controlPlane, bench.options, flags, async (operator) => {
      const since = new Date();
      const cluster = await place.create(`late-${start}`, specOf(1));
      queued.push((await operator.metrics()).sum('workqueue_depth'));
      waits.push(await firstWriteMs(lab, cluster.key(cluster.name), since));
    });
  }
  const note = `${waits.length} starts; waiting just after it: ${queued.join(', ')} of ${keys.length}`;
  const row = (share: number, target: number): Row => ({
    id: 'P12',
    measure: `p${share * 100} from a new cluster to the first write, while ${keys.length} are looked at`,
    unit: 'ms',
    value: Math.max(0, quantile(waits, share)),
    target,
    note,
  });
  return [row(0.5, 20), row(0.99, 100)];
}

/** From the answer that a cluster was created to the operator's first request for it. */
async function firstWriteMs(lab: Lab, { namespace, name }: ObjectKey, since: Date): Promise<number> {
  const entries = (): ReturnType<typeof entriesOf> =>
    entriesOf(lab, { since, namespace }, (line) => line.includes(`"name":"${name}`));
  const isOperators = ({ userAgent }: AuditEntry): boolean => userAgent.startsWith('nifi-operator');
  await until(`${name} is begun`, async () => (await entries()).some(isOperators), { timeoutMs: 120_000 });
  const all = await entries();
  const created = all.find(({ verb, objectRef }) => verb === 'create' && objectRef.resource === 'nificlusters');
  const first = all.map((entry) => (isOperators(entry) ? auditMs(entry.requestReceivedTimestamp) : Number.NaN));
  return Math.min(...first.filter((ms) => !Number.isNaN(ms))) - auditMs(created?.stageTimestamp ?? '');
}

/** Starts an operator before these clusters; none may run. */
export async function restartRows(bench: Bench, lab: Lab, keys: readonly ObjectKey[]): Promise<readonly Row[]> {
  const [changed] = keys.slice(-1);
  if (changed === undefined) throw new RangeError('there is no cluster');
  await lab.client.patch(nifiClusterType, changed, { spec: { autoHeal: { reconnectAfter: '66s' } } });
  const since = new Date();
  return withOperator(lab.controlPlane, bench.options, flags, async (operator) => {
    const synced = performance.now() - operator.startedAtMs;
    await until(
      'the queue is empty',
      async () => {
        const metrics = await operator.metrics();
        const looked = metrics.sum('controller_runtime_reconcile_total');
        return looked >= keys.length && metrics.sum('workqueue_depth') === 0;
      },
      { timeoutMs: 600_000, everyMs: 250 },
    );
    const all = performance.now() - operator.startedAtMs;
    await sleep(quietMs);
    const entries = await operatorEntries(lab, { since });
    const useful = entries.find(
      ({ verb, objectRef }) =>
        verb === 'patch' && objectRef.name === changed.name && objectRef.namespace === changed.namespace,
    );
    const { writes, statusWrites, events, byKind } = await operatorRequests(lab, { since });
    bench.say(`restarted before ${keys.length}: ${JSON.stringify(byKind)}`);
    const { residentMiB, cpuSeconds } = await operator.usage();
    const of = `${keys.length} clusters`;
    return [
      {
        id: 'P11',
        measure: `restart: writes but the one asked for, ${of}`,
        unit: '',
        value: writes + statusWrites + events - 1,
        floor: 0,
        target: 0,
      },
      { measure: `restart: process start to synced caches, ${of}`, unit: 's', value: synced / 1000 },
      {
        id: 'P11',
        measure: `restart: process start to the first useful write, ${of}`,
        unit: 's',
        value: useful === undefined ? Number.NaN : (auditMs(useful.requestReceivedTimestamp) - since.getTime()) / 1000,
        target: 3,
      },
      { measure: `restart: process start to all looked at, ${of}`, unit: 's', value: all / 1000 },
      { measure: `restart: RSS, ${of}`, unit: 'MiB', value: residentMiB, note: `${cpuSeconds.toFixed(1)} s of CPU` },
    ];
  });
}
