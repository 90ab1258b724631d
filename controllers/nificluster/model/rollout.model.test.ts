// Whatever people ask for and whatever goes wrong: no flow file is lost, never more nodes are down through our acts than
// may be, nothing is deleted without proof, and the cluster comes to what the spec says and to rest.
// MODEL_RUNS is how many runs; another MODEL_SEED makes others, and with MODEL_PATH it repeats one that failed, which prints both.

import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { anyRun, perform } from './runs.ts';

const { MODEL_RUNS, MODEL_SEED, MODEL_PATH } = process.env;

describe('Rollouts, removals and everything that goes wrong meanwhile', () => {
  test('lose nothing, keep the others up, and end as the spec says', async () => {
    await fc.assert(
      fc.asyncProperty(anyRun, async (run) => void (await perform(run))),
      {
        numRuns: Number(MODEL_RUNS ?? 10_000),
        seed: Number(MODEL_SEED ?? 12),
        ...(MODEL_PATH === undefined ? {} : { path: MODEL_PATH }),
      },
    );
  });
});
