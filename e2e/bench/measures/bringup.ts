// How long a cluster takes to come up, against its slowest node: nodes start together, so the number of them should not matter.

import { aNamespace } from '../../lab/cluster.ts';
import type { Lab } from '../../lab/lab.ts';
import { inLab, type Measure } from '../bench.ts';
import { withOperator } from '../operator.ts';
import { watchPods } from '../podwatch.ts';
import type { Row } from '../rows.ts';
import { specOf } from './writes.ts';

const sizes = [1, 3, 10, 50] as const;

export const bringup: Measure = {
  name: 'bringup',
  title: 'A cluster against its slowest node',
  run: (bench) =>
    inLab(bench, 'brisk', (lab) =>
      withOperator(lab.controlPlane, bench.options, ['--leader-election=false'], async () => {
        const rows: Row[] = [];
        for (const nodes of sizes) rows.push(await bringUp(lab, nodes));
        return rows;
      }),
    ),
};

async function bringUp(lab: Lab, nodes: number): Promise<Row> {
  const namespace = `bringup-${nodes}`;
  const place = await aNamespace(lab, namespace);
  const watch = watchPods(lab, { namespace, name: 'prod' });
  const begun = performance.now();
  const cluster = await place.create('prod', specOf(nodes));
  await cluster.ready({ timeoutMs: 300_000, everyMs: 20 });
  const seconds = (performance.now() - begun) / 1000;
  const slowest = watch.slowestMs() / 1000;
  await watch.stop();
  return {
    id: 'P8',
    measure: `create to Ready against the slowest node, N=${nodes}`,
    unit: 's',
    value: seconds,
    floor: slowest,
    target: slowest * 1.05 + 2,
  };
}
