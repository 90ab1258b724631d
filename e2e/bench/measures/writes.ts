// How many requests a new cluster costs, against the fewest that it can be made with.

import { setTimeout as sleep } from 'node:timers/promises';
import type { NiFiClusterSpec } from '../../../api/v1/zz_generated.nificluster.ts';
import { aNamespace } from '../../lab/cluster.ts';
import { writesFloor } from '../../lab/counting.ts';
import type { Lab } from '../../lab/lab.ts';
import { type Bench, inLab, type Measure } from '../bench.ts';
import { withOperator } from '../operator.ts';
import { operatorRequests } from '../requests.ts';
import type { Row } from '../rows.ts';

/** Two Services, budget, policy, account, role and its binding, the start file, the key, the authority, the operator's certificate. */
export const sharedObjects = 11;
/** Progressing, then Ready. */
export const leastStatusWrites = 2;

const sizes = [3, 10, 30] as const;
const volumes = [['data'], ['data', 'content', 'provenance']] as const;

export function specOf(nodes: number, names: readonly string[] = ['data']): NiFiClusterSpec {
  return { version: '2.6.0', replicas: nodes, node: { storage: names.map((name) => ({ name, size: '1Gi' })) } };
}

export const writes: Measure = {
  name: 'writes',
  title: 'Requests for a new cluster',
  run: (bench) =>
    inLab(bench, 'brisk', (lab) =>
      withOperator(lab.controlPlane, bench.options, ['--leader-election', 'false'], async () => {
        const rows: Row[] = [];
        for (const nodes of sizes) for (const names of volumes) rows.push(...(await bringUp(bench, lab, nodes, names)));
        return rows;
      }),
    ),
};

async function bringUp(bench: Bench, lab: Lab, nodes: number, names: readonly string[]): Promise<readonly Row[]> {
  const namespace = `writes-${nodes}-${names.length}`;
  const since = new Date();
  const place = await aNamespace(lab, namespace);
  const begun = performance.now();
  const cluster = await place.create('prod', specOf(nodes, names));
  await cluster.ready({ timeoutMs: 120_000, everyMs: 50 });
  const seconds = (performance.now() - begun) / 1000;
  // Grants and late status writes belong to the bring-up as well.
  await sleep(3000);
  const {
    writes: made,
    statusWrites,
    reads,
    conflicts,
    events,
    byKind,
  } = await operatorRequests(lab, { since, namespace });
  bench.say(`${nodes} nodes, ${names.length} volumes: ${JSON.stringify(byKind)}`);
  const of = `N=${nodes} P=${names.length}`;
  return [
    {
      id: 'P1',
      measure: `writes, ${of}`,
      unit: '',
      value: made + leastStatusWrites,
      floor: writesFloor({ nodes, volumes: names.length, shared: sharedObjects }) + leastStatusWrites,
      target: 1.15,
      targetIsRatio: true,
      note: `and ${statusWrites - leastStatusWrites} more of status, ${events} events`,
    },
    { id: 'P2', measure: `reads, ${of}`, unit: '', value: reads, floor: 0, target: 0 },
    { measure: `conflicts, ${of}`, unit: '', value: conflicts, floor: 0, target: 0 },
    { measure: `create to Ready, ${of}`, unit: 's', value: seconds },
  ];
}
