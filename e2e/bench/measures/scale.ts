// Fleets of growing size come up at once: what must be linear shows here when it is not.
// The operator is a process of its own; API server, etcd, the played kubelet and the played NiFi share the machine with it, so the time is theirs as
// much as the operator's. Its memory, CPU and event loop are its own.

import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { writesFloor } from '../../lab/counting.ts';
import type { Lab } from '../../lab/lab.ts';
import { type Bench, inLab, type Measure } from '../bench.ts';
import { type Fleet, startFleet } from '../fleet.ts';
import type { Metrics } from '../metrics.ts';
import { type OperatorUnderTest, withOperator } from '../operator.ts';
import { operatorRequests } from '../requests.ts';
import { type Row, table } from '../rows.ts';
import { restartRows } from './restart.ts';
import { leastStatusWrites, sharedObjects, specOf } from './writes.ts';

const nodesPerCluster = 3;
const timeoutMs = 1_800_000;
const quietMs = 10_000;
/** Node's histogram has the time between two turns of a timer of 10 ms, which is no delay. */
const timerMs = 10;

export const scale: Measure = {
  name: 'scale',
  title: 'Fleets of clusters with three nodes come up at once',
  async run(bench) {
    const rows: Row[] = [];
    for (const size of bench.options.clusters) {
      const found = await inLab(bench, 'steady', (lab) => fleetOf(bench, lab, size));
      bench.say(`${size} clusters:\n${table(found)}`);
      rows.push(...found);
    }
    return rows;
  },
};

async function fleetOf(bench: Bench, lab: Lab, size: number): Promise<readonly Row[]> {
  const fleet = startFleet(lab);
  const flags = ['--leader-election=false'];
  const broughtUp = await withOperator(lab.controlPlane, bench.options, flags, (operator) =>
    bringUp({ bench, lab, fleet, size }, operator),
  );
  await fleet.stop();
  return [...broughtUp, ...(await restartRows(bench, lab, fleet.clusters))];
}

interface Scene {
  readonly bench: Bench;
  readonly lab: Lab;
  readonly fleet: Fleet;
  readonly size: number;
}

async function bringUp({ bench, lab, fleet, size }: Scene, operator: OperatorUnderTest): Promise<readonly Row[]> {
  await operator.metrics();
  const before = await operator.usage();
  const own = process.cpuUsage();
  const since = new Date();
  const begun = performance.now();
  await fleet.add(size, specOf(nodesPerCluster));
  const created = performance.now();
  await fleet.allReady({
    timeoutMs,
    progress: (ready) => {
      operator
        .usage()
        .then(({ residentMiB, cpuSeconds }) =>
          bench.say(`${ready} of ${size} are Ready; RSS ${residentMiB.toFixed(0)} MiB, CPU ${cpuSeconds.toFixed(1)} s`),
        )
        .catch((error: unknown) => bench.say(String(error)));
    },
  });
  const seconds = (performance.now() - begun) / 1000;
  const during = await operator.metrics();
  const peak = await operator.usage();
  const bystander = process.cpuUsage(own);
  bench.say(
    `${size} are Ready after ${seconds.toFixed(1)} s, created within ${((created - begun) / 1000).toFixed(1)} s; ` +
      `the lab used ${((bystander.user + bystander.system) / 1e6).toFixed(1)} s of CPU`,
  );
  await sleep(quietMs);
  const after = await operator.usage();
  const requests = await operatorRequests(lab, { since });
  bench.say(JSON.stringify(requests.byKind));
  for (const line of operator.complaints.slice(0, 5)) bench.say(line.slice(0, 500));
  const of = `${size} clusters`;
  const floor = size * (writesFloor({ nodes: nodesPerCluster, volumes: 1, shared: sharedObjects }) + leastStatusWrites);
  return [
    { id: 'P10', measure: `all Ready, ${of}`, unit: 's', value: seconds },
    {
      id: 'P10',
      measure: `writes, ${of}`,
      unit: '',
      value: requests.writes + leastStatusWrites * size,
      floor,
      target: 1.15,
      targetIsRatio: true,
      note: `and ${requests.statusWrites - leastStatusWrites * size} more of status, ${requests.events} events`,
    },
    { measure: `reads, ${of}`, unit: '', value: requests.reads, floor: 0, target: 0 },
    { measure: `conflicts, ${of}`, unit: '', value: requests.conflicts, floor: 0, target: 0 },
    { id: 'P10', measure: `RSS peak, ${of}`, unit: 'MiB', value: peak.peakMiB, target: 150 },
    { measure: `RSS after ${quietMs / 1000} s of quiet, ${of}`, unit: 'MiB', value: after.residentMiB },
    ...processRows(during, of),
    {
      id: 'P10',
      measure: `CPU, ${of}`,
      unit: 'cores',
      value: (peak.cpuSeconds - before.cpuSeconds) / seconds,
      target: 1,
      note: `${(peak.cpuSeconds - before.cpuSeconds).toFixed(1)} s in all`,
    },
    { measure: `NiFi calls a cluster, ${of}`, unit: '', value: nifiCalls(during) / size },
  ];
}

function processRows(metrics: Metrics, of: string): readonly Row[] {
  const lag = (name: string): number =>
    Math.max(0, metrics.sum(`nodejs_eventloop_lag_${name}_seconds`) * 1000 - timerMs);
  const reconciles = metrics.sum('controller_runtime_reconcile_total');
  return [
    { id: 'P14', measure: `event-loop delay p99, ${of}`, unit: 'ms', value: lag('p99'), target: 20 },
    { id: 'P14', measure: `event-loop delay max, ${of}`, unit: 'ms', value: lag('max'), target: 200 },
    {
      measure: `failed reconciles, ${of}`,
      unit: '',
      value: metrics.sum('controller_runtime_reconcile_errors_total'),
      target: 0,
      note: `${metrics.sum('workqueue_retries_total')} retries, ${reconciles} reconciles`,
    },
  ];
}

function nifiCalls(metrics: Metrics): number {
  return metrics.sum('nifi_api_request_duration_seconds_count');
}
