// What a converged fleet costs while nothing happens: writes, requests an hour, calls to NiFi a minute, CPU, memory.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../../lab/lab.ts';
import { type Bench, inLab, type Measure } from '../bench.ts';
import { startFleet } from '../fleet.ts';
import { type OperatorUnderTest, withOperator } from '../operator.ts';
import { operatorEntries, operatorRequests } from '../requests.ts';
import type { Row } from '../rows.ts';
import { specOf } from './writes.ts';

const fleets = [1, 100] as const;
const windowMs = 60_000;
const leaseIntervalSeconds = 5;
/** A watch is opened anew after five to ten minutes. */
const reopensPerHour = 8;

export const idle: Measure = {
  name: 'idle',
  title: 'A converged fleet',
  run: (bench) =>
    inLab(bench, 'steady', (lab) =>
      withOperator(lab.controlPlane, bench.options, [], async (operator) => {
        const fleet = startFleet(lab);
        const rows: Row[] = [];
        for (const size of fleets) {
          await fleet.add(size - fleet.ready, specOf(3));
          await fleet.allReady({ timeoutMs: 600_000 });
          await settle(lab);
          rows.push(...(await observe(bench, lab, operator, size)));
        }
        await fleet.stop();
        return rows;
      }),
    ),
};

/** The last events and status writes of a bring-up come within seconds of it. */
async function settle(lab: Lab): Promise<void> {
  for (;;) {
    const since = new Date();
    await sleep(10_000);
    const { writes, statusWrites, events } = await operatorRequests(lab, { since });
    if (writes + statusWrites + events === 0) return;
  }
}

async function observe(bench: Bench, lab: Lab, operator: OperatorUnderTest, clusters: number): Promise<readonly Row[]> {
  const since = new Date();
  const before = await operator.usage();
  const reconciled = (await operator.metrics()).sum('controller_runtime_reconcile_total');
  await sleep(windowMs);
  const after = await operator.usage();
  const reconciles = (await operator.metrics()).sum('controller_runtime_reconcile_total') - reconciled;
  const until = new Date();
  const { writes, statusWrites, events, entries, byKind } = await operatorRequests(lab, { since, until });
  const calls = lab.nifi.log.list(({ at, identity }) => at >= since && at < until && identity.includes('operator'));
  const kinds: Record<string, number> = {};
  for (const { method, path } of calls) {
    const kind = `${method} ${path.replace(/[?].*/u, '')}`;
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  bench.say(`${clusters} idle: ${JSON.stringify({ byKind, kinds, reconciles })}`);
  const watches = await openWatches(lab);
  const hours = 3_600_000 / windowMs;
  const of = `${clusters} cluster${clusters === 1 ? '' : 's'}`;
  const floor = 3600 / leaseIntervalSeconds + watches * reopensPerHour;
  return [
    {
      measure: `idle writes but the lease in 60 s, ${of}`,
      unit: '',
      value: writes + statusWrites + events,
      floor: 0,
      target: 0,
    },
    {
      measure: `idle requests an hour, ${of}`,
      unit: '',
      value: entries.length * hours + watches * reopensPerHour,
      floor,
      target: 850,
      note: `${watches} watches, opened anew ${reopensPerHour} times an hour each`,
    },
    {
      measure: `idle NiFi calls a minute and cluster, ${of}`,
      unit: '',
      value: calls.length / clusters,
      floor: 1,
      target: 6,
    },
    {
      measure: `idle CPU, ${of}`,
      unit: 'm',
      value: ((after.cpuSeconds - before.cpuSeconds) * 1e6) / windowMs,
      ...(clusters === 100 ? { target: 5 } : {}),
    },
    { measure: `idle RSS, ${of}`, unit: 'MiB', value: after.residentMiB },
  ];
}

async function openWatches(lab: Lab): Promise<number> {
  const watches = (await operatorEntries(lab)).filter(({ verb }) => verb === 'watch');
  const ended = new Set(watches.filter(({ stage }) => stage === 'ResponseComplete').map(({ auditID }) => auditID));
  return watches.filter(({ stage, auditID }) => stage === 'ResponseStarted' && !ended.has(auditID)).length;
}
