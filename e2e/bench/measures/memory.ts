// What an operator with one cluster holds in memory: after it has brought the cluster up, and after a restart.
// Each operator watches a namespace of its own, so that several programs and flags can be compared in one lab.

import { setTimeout as sleep } from 'node:timers/promises';
import { aNamespace } from '../../lab/cluster.ts';
import { inLab, type Measure } from '../bench.ts';
import { withOperator } from '../operator.ts';
import type { Row } from '../rows.ts';
import { specOf } from './writes.ts';

const quietMs = 20_000;

export const memory: Measure = {
  name: 'memory',
  title: 'Memory with one cluster',
  run: (bench) =>
    inLab(bench, 'brisk', async (lab) => {
      const namespace = 'memory';
      const flags = [`--watch-namespaces=${namespace}`, '--leader-election=true'];
      const place = await aNamespace(lab, namespace);
      const broughtUp = await withOperator(lab.controlPlane, bench.options, flags, async (operator) => {
        const cluster = await place.create('prod', specOf(3));
        await cluster.ready({ timeoutMs: 120_000 });
        await sleep(quietMs);
        return { ...(await operator.usage()), heap: await heapMiB(operator) };
      });
      const restarted = await withOperator(lab.controlPlane, bench.options, flags, async (operator) => {
        await sleep(quietMs);
        return { ...(await operator.usage()), heap: await heapMiB(operator) };
      });
      return [...rowsOf('after bringing it up', broughtUp, 80), ...rowsOf('after a restart', restarted, 80)];
    }),
};

async function heapMiB(operator: { metrics(): Promise<{ sum(name: string): number }> }): Promise<number> {
  return (await operator.metrics()).sum('nodejs_heap_size_used_bytes') / 1024 / 1024;
}

function rowsOf(
  when: string,
  used: { readonly residentMiB: number; readonly peakMiB: number; readonly heap: number },
  target: number,
): readonly Row[] {
  const note = `peak ${used.peakMiB.toFixed(0)} MiB, heap ${used.heap.toFixed(0)} MiB`;
  return [{ id: 'P13', measure: `RSS with one cluster, ${when}`, unit: 'MiB', value: used.residentMiB, target, note }];
}
