// What a converged fleet costs while nothing happens: writes, requests an hour, calls to NiFi a minute, CPU, memory.

import { setTimeout as sleep } from 'node:timers/promises';
import { clusterSelector, labels, selectorText } from '../../../api/v1/labels.ts';
import { nifiClusterType } from '../../../api/v1/nificluster.ts';
import { configMaps, persistentVolumeClaims, pods, secrets, services } from '../../../pkg/kube/resources.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../../../pkg/kube/types.ts';
import type { Lab } from '../../lab/lab.ts';
import { type Bench, inLab, type Measure } from '../bench.ts';
import { startFleet } from '../fleet.ts';
import { type OperatorUnderTest, withOperator } from '../operator.ts';
import { operatorEntries, operatorRequests } from '../requests.ts';
import type { Row } from '../rows.ts';
import { specOf } from './writes.ts';

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
        const sizes = [1, bench.options.fleet];
        for (const size of sizes) {
          await fleet.add(size - fleet.ready, specOf(3));
          await fleet.allReady({ timeoutMs: 600_000 });
          await settle(lab);
          rows.push(...(await observe(bench, lab, operator, size)));
        }
        rows.push(...(await lookedAt(lab, operator, fleet.clusters)));
        rows.push(perCluster(rows, bench.options.fleet));
        await fleet.stop();
        return rows;
      }),
    ),
};

/** What a cluster adds to the resident memory: the last size against the first. */
function perCluster(rows: readonly Row[], fleet: number): Row {
  const [least = Number.NaN, most = Number.NaN] = rows.filter(({ unit }) => unit === 'MiB').map(({ value }) => value);
  const value = ((most - least) * 1024) / (fleet - 1);
  return { id: 'P13', measure: `RSS a cluster, from 1 to ${fleet}`, unit: 'KiB', value, target: 20 };
}

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
  const versions = await versionsOf(lab);
  const before = await operator.usage();
  const reconciled = (await operator.metrics()).sum('controller_runtime_reconcile_total');
  await sleep(windowMs);
  const after = await operator.usage();
  const reconciles = (await operator.metrics()).sum('controller_runtime_reconcile_total') - reconciled;
  const until = new Date();
  const moved = differing(versions, await versionsOf(lab));
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
      id: 'P3',
      measure: `idle writes but the lease in 60 s, ${of}`,
      unit: '',
      value: writes + statusWrites + events,
      floor: 0,
      target: 0,
    },
    {
      id: 'P3',
      measure: `objects that changed in 60 s, ${of}`,
      unit: '',
      value: moved,
      floor: 0,
      target: 0,
      note: `of ${versions.size}`,
    },
    {
      id: 'P4',
      measure: `idle requests an hour, ${of}`,
      unit: '',
      value: entries.length * hours + watches * reopensPerHour,
      floor,
      target: 850,
      note: `${watches} watches, opened anew ${reopensPerHour} times an hour each`,
    },
    {
      id: 'P18',
      measure: `idle NiFi calls a minute and cluster, ${of}`,
      unit: '',
      value: calls.length / clusters,
      floor: 1,
      target: 6,
    },
    {
      id: 'P15',
      measure: `idle CPU, ${of}`,
      unit: 'm',
      value: ((after.cpuSeconds - before.cpuSeconds) * 1e6) / windowMs,
      ...(clusters >= 100 ? { target: 5 } : {}),
    },
    { id: 'P13', measure: `idle RSS, ${of}`, unit: 'MiB', value: after.residentMiB },
  ];
}

/** resourceVersions of everything that carries the operator's label, and of the clusters. */
async function versionsOf(lab: Lab): Promise<ReadonlyMap<string, string>> {
  const labelSelector = selectorText({ [labels.managedBy]: clusterSelector('')[labels.managedBy] ?? '' });
  const found = new Map<string, string>();
  const note = (plural: string, items: readonly KubeObject[]): void => {
    for (const { metadata } of items)
      found.set(`${plural} ${metadata.namespace}/${metadata.name}`, metadata.resourceVersion ?? '');
  };
  for (const type of [pods, persistentVolumeClaims, configMaps, secrets, services] as readonly ResourceType[])
    note(type.plural, (await lab.client.list(type, { labelSelector })).items);
  note(nifiClusterType.plural, (await lab.client.list(nifiClusterType)).items);
  return found;
}

function differing(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): number {
  return new Set([...before.keys(), ...after.keys()].filter((key) => before.get(key) !== after.get(key))).size;
}

/** A change that means nothing has each cluster looked at. */
async function lookedAt(lab: Lab, operator: OperatorUnderTest, keys: readonly ObjectKey[]): Promise<readonly Row[]> {
  const since = new Date();
  const reconciled = (await operator.metrics()).sum('controller_runtime_reconcile_total');
  for (const key of keys)
    await lab.client.patch(nifiClusterType, key, { metadata: { annotations: { touched: 'yes' } } });
  await sleep(10_000);
  const reconciles = (await operator.metrics()).sum('controller_runtime_reconcile_total') - reconciled;
  const { writes, statusWrites, reads } = await operatorRequests(lab, { since });
  const note = `${reconciles} reconciles of ${keys.length} clusters`;
  return [
    {
      id: 'P3',
      measure: 'writes and reads of reconciles without a change',
      unit: '',
      value: writes + statusWrites + reads,
      floor: 0,
      target: 0,
      note,
    },
  ];
}

async function openWatches(lab: Lab): Promise<number> {
  const watches = (await operatorEntries(lab)).filter(({ verb }) => verb === 'watch');
  const ended = new Set(watches.filter(({ stage }) => stage === 'ResponseComplete').map(({ auditID }) => auditID));
  return watches.filter(({ stage, auditID }) => stage === 'ResponseStarted' && !ended.has(auditID)).length;
}
