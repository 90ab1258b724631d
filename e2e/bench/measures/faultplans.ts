// How many runs of the models of whole clusters a machine gets through: each is a sequence of faults that nobody wrote down.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Measure } from '../bench.ts';

const model = fileURLToPath(new URL('../../../controllers/nificluster/model/rollout.model.test.ts', import.meta.url));

export const faultPlans: Measure = {
  name: 'faultplans',
  title: 'Plans of faults that are played',
  async run(bench) {
    const { plans: runs } = bench.options;
    const begun = performance.now();
    const env = { ...process.env, MODEL_RUNS: String(runs) };
    const child = spawn(process.execPath, ['--test', model], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let told = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      told += text;
    });
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`the model fails: MODEL_RUNS=${runs} node --test ${model}\n${told}`);
    const seconds = (performance.now() - begun) / 1000;
    return [
      {
        id: 'P21',
        measure: 'time for 10,000 plans of faults',
        unit: 's',
        value: (seconds / runs) * 10_000,
        target: 3600,
        note: `one process, from ${runs} runs`,
      },
    ];
  },
};
