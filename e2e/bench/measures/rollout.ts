// What a change of every node costs: requests, calls to NiFi, and the operator's own time between what allows a step and the step.

import { setTimeout as sleep } from 'node:timers/promises';
import { aNamespace } from '../../lab/cluster.ts';
import type { Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { rolloutCost } from '../../rollout/measure.ts';
import { isRolledOut } from '../../rollout/scene.ts';
import { type Bench, inLab, type Measure } from '../bench.ts';
import { withOperator } from '../operator.ts';
import { watchPods } from '../podwatch.ts';
import { quantile, type Row } from '../rows.ts';
import { specOf } from './writes.ts';

const sizes = [3, 10] as const;
/** Milliseconds of the operator's own for a restarted node, at the 95th percentile. */
const overheadTargetMs = 1_000;
const property = { 'nifi.queue.swap.threshold': '40000' };

export const rollout: Measure = {
  name: 'rollout',
  title: 'A change of every node',
  run: (bench) =>
    inLab(bench, 'brisk', (lab) =>
      withOperator(lab.controlPlane, bench.options, ['--leader-election', 'false'], async () => {
        const rows: Row[] = [];
        for (const nodes of sizes) rows.push(...(await rollOut(bench, lab, nodes)));
        return rows;
      }),
    ),
};

async function rollOut(bench: Bench, lab: Lab, nodes: number): Promise<readonly Row[]> {
  const cluster = await (await aNamespace(lab, `rollout-${nodes}`)).create('prod', specOf(nodes));
  await cluster.ready({ timeoutMs: 120_000 });
  // Grants and late status writes belong to the bring-up.
  await sleep(3_000);
  const watch = watchPods(lab, { namespace: cluster.namespace, name: cluster.name });
  await until('the watch sees all Pods', () => watch.leastReady().count === nodes);
  const least = watch.leastReady();
  const since = new Date();
  const begun = performance.now();
  await cluster.patch({ spec: { node: { config: { nifiProperties: property } } } });
  await cluster.until('all are rolled out', isRolledOut, { timeoutMs: 600_000, everyMs: 100 });
  const seconds = (performance.now() - begun) / 1_000;
  await watch.stop();
  await sleep(3_000);
  const ids = Array.from({ length: nodes }, (_, id) => id);
  const { requests, nifiCalls, nodes: overheads } = await rolloutCost(lab, cluster, ids, since);
  bench.say(`rollout of ${nodes}: ${JSON.stringify(requests.byKind)} ${JSON.stringify(nifiCalls)}`);
  for (const { pod, gaps } of overheads) bench.say(`${pod}: ${JSON.stringify(gaps)}`);
  const { writes, statusWrites, events, conflicts } = requests;
  const calls = Object.values(nifiCalls).reduce((sum, count) => sum + count, 0);
  const totals = overheads.map(({ totalMs }) => totalMs);
  const of = `N=${nodes}`;
  return [
    {
      measure: `rollout: writes, ${of}`,
      unit: '',
      value: writes - conflicts,
      floor: 6 * nodes,
      target: 6 * nodes + 2,
      note: `${statusWrites} of status, ${events} events, ${conflicts} refused`,
    },
    { measure: `rollout: NiFi calls per restart, ${of}`, unit: '', value: calls / nodes },
    {
      id: 'P7',
      measure: `rollout: own overhead per node p95, ${of}`,
      unit: 'ms',
      value: quantile(totals, 0.95),
      target: overheadTargetMs,
      note: `p50 ${quantile(totals, 0.5).toFixed(0)} ms`,
    },
    {
      id: 'P9',
      measure: `rollout: most nodes down at once, ${of}`,
      unit: '',
      value: nodes - least.count,
      floor: 1,
      target: 1,
    },
    { measure: `rollout: change to all rolled out, ${of}`, unit: 's', value: seconds },
  ];
}
