// How soon a new process can work, and how much there is to load: an empty cluster, so that nothing but the operator itself takes the time.

import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { inLab, type Measure } from '../bench.ts';
import { withOperator } from '../operator.ts';
import { quantile } from '../rows.ts';

const times = 5;

export const start: Measure = {
  name: 'start',
  title: 'The start of a process',
  run: (bench) =>
    inLab(bench, 'brisk', async (lab) => {
      const seconds: number[] = [];
      for (let time = 0; time < times; time += 1) {
        await withOperator(lab.controlPlane, bench.options, ['--leader-election=false'], async ({ startedAtMs }) => {
          seconds.push((performance.now() - startedAtMs) / 1000);
        });
      }
      const program = await readFile(bench.options.program);
      return [
        {
          id: 'P19',
          measure: `process start to watching, median of ${times}`,
          unit: 's',
          value: quantile(seconds, 0.5),
          target: 1,
        },
        { id: 'P19', measure: 'the program, compressed', unit: 'KiB', value: gzipSync(program).length / 1024 },
      ];
    }),
};
