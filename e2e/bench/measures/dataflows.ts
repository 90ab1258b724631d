// What dataflows cost: many of them at rest in one cluster, and many more that are made at the same time.
// NiFi's own log counts the calls, and the most that it was answering at once; writes are those of the audit log.

import { setTimeout as sleep } from 'node:timers/promises';
import { nifiDataflowType } from '../../../api/v1/nifidataflow.ts';
import type { DefaultedNiFiDataflow } from '../../../api/v1/zz_generated.nifidataflow.ts';
import { configMaps } from '../../../pkg/kube/resources.ts';
import { aNamespace } from '../../lab/cluster.ts';
import type { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { flowContents } from '../../nifi/flow/flow-scene.ts';
import { type Bench, inLab, type Measure } from '../bench.ts';
import { withOperator } from '../operator.ts';
import { operatorRequests } from '../requests.ts';
import type { Row } from '../rows.ts';
import { specOf } from './writes.ts';

const atRest = 100;
const atOnce = 200;
const requestsAtOnce = 8;
const windowMs = 120_000;
const quietMs = 10_000;
const timeoutMs = 900_000;
/** The operator has no more calls under way to one cluster. */
const callsAtOnce = 4;

export const dataflows: Measure = {
  name: 'dataflows',
  title: 'Dataflows at rest, and many at once',
  run: (bench) =>
    inLab(bench, 'steady', (lab) =>
      withOperator(lab.controlPlane, bench.options, ['--leader-election=false'], async () => [
        ...(await bringUp(bench, lab, 'rest', atRest)),
        ...(await idle(bench, lab, 'rest')),
        ...(await bringUp(bench, lab, 'once', atOnce)),
      ]),
    ),
};

async function bringUp(bench: Bench, lab: Lab, namespace: string, count: number): Promise<readonly Row[]> {
  const cluster = await (await aNamespace(lab, namespace)).create('prod', specOf(3));
  await cluster.ready({ timeoutMs });
  // Without a parameter context.
  const flow = JSON.stringify({ flowContents: flowContents('1B') }).replaceAll('#{host}', 'here');
  await lab.client.create(configMaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'flow', namespace },
    data: { 'flow.json': flow },
  });
  await sleep(quietMs);
  const since = new Date();
  lab.nifi.log.mostInFlight = 0;
  const begun = performance.now();
  await createAll(lab, namespace, count);
  await until(`${count} dataflows are Ready`, async () => (await readyIn(lab, namespace)) === count, {
    timeoutMs,
    everyMs: 500,
    describe: () => readyIn(lab, namespace),
  });
  const seconds = (performance.now() - begun) / 1000;
  const calls = callsIn(lab, namespace, since).length;
  const { writes, statusWrites, events, byKind } = await operatorRequests(lab, { since, namespace });
  bench.say(`${count} dataflows: ${JSON.stringify(byKind)}`);
  const of = `${count} dataflows at once`;
  return [
    { measure: `all Ready, ${of}`, unit: 's', value: seconds, note: `${(count / seconds).toFixed(1)} a second` },
    { measure: `NiFi calls a dataflow, ${of}`, unit: '', value: calls / count },
    {
      measure: `NiFi calls under way, the most, ${of}`,
      unit: '',
      value: lab.nifi.log.mostInFlight,
      target: callsAtOnce,
    },
    {
      measure: `writes a dataflow, ${of}`,
      unit: '',
      value: (writes + statusWrites) / count,
      note: `${statusWrites} of status in all, and ${events} events`,
    },
  ];
}

async function createAll(lab: Lab, namespace: string, count: number): Promise<void> {
  const { apiVersion, kind } = nifiDataflowType;
  const spec = {
    clusterRef: { name: 'prod' },
    source: { definition: { configMapKeyRef: { name: 'flow', key: 'flow.json' } } },
  };
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const object = { apiVersion, kind, metadata: { name: `flow-${index}`, namespace }, spec };
      await lab.client.create(nifiDataflowType, object as unknown as DefaultedNiFiDataflow, { deadlineMs: 60_000 });
    }
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, worker));
}

async function readyIn(lab: Lab, namespace: string): Promise<number> {
  const { items } = await lab.client.list(nifiDataflowType, { namespace });
  return items.filter(({ status }) =>
    status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
  ).length;
}

async function idle(bench: Bench, lab: Lab, namespace: string): Promise<readonly Row[]> {
  for (;;) {
    const since = new Date();
    await sleep(quietMs);
    const { writes, statusWrites, events } = await operatorRequests(lab, { since });
    if (writes + statusWrites + events === 0) break;
  }
  const since = new Date();
  await sleep(windowMs);
  const calls = callsIn(lab, namespace, since);
  const kinds: Record<string, number> = {};
  for (const { method, path } of calls) {
    const kind = `${method} ${path.replace(/[?].*/u, '').replaceAll(/[0-9a-f-]{36}/gu, '*')}`;
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  bench.say(`${atRest} dataflows at rest: ${JSON.stringify(kinds)}`);
  const { writes, statusWrites, events } = await operatorRequests(lab, { since });
  const minutes = windowMs / 60_000;
  const of = `1 cluster with ${atRest} dataflows`;
  return [
    {
      id: 'P18',
      measure: `idle NiFi calls a minute, ${of}`,
      unit: '',
      value: calls.length / minutes,
      floor: 1,
      target: 6,
    },
    {
      measure: `idle writes in ${minutes} min, ${of}`,
      unit: '',
      value: writes + statusWrites + events,
      floor: 0,
      target: 0,
    },
  ];
}

function callsIn(lab: Lab, namespace: string, since: Date): ReturnType<Lab['nifi']['log']['list']> {
  return lab.nifi.log.list(
    (call) => call.namespace === namespace && call.at >= since && call.identity.includes('operator'),
  );
}
