// What every measure is given, and the lab that it measures in.

import { type Lab, startLab } from '../lab/lab.ts';
import type { Row } from './rows.ts';

export interface BenchOptions {
  /** Sizes of the fleets that scale with the number of clusters. */
  readonly clusters: readonly number[];
  /** Clusters that are at rest while something is measured. */
  readonly fleet: number;
  /** The operator that is measured: main.ts or a bundle. */
  readonly program: string;
  /** Flags of Node for the operator's process. */
  readonly nodeFlags: readonly string[];
  /** More environment variables for it. */
  readonly env: Readonly<Record<string, string>>;
  readonly workers: number;
  /** How long the API server is away in the measure of an outage. */
  readonly outageSeconds: number;
  /** How many plans of faults are played. */
  readonly plans: number;
}

export interface Bench {
  readonly options: BenchOptions;
  say(line: string): void;
}

export interface Measure {
  readonly name: string;
  readonly title: string;
  /** Measures in a lab of its own, so that none leans on what another left. */
  run(bench: Bench): Promise<readonly Row[]>;
}

/**
 * `brisk`: the lab's own seconds pass so fast that it adds nothing to the time of one cluster. `steady`: probes and the reading of
 * certificates come about as often as in a real cluster; thousands of nodes that hurry would leave no CPU to what is measured.
 */
export type Pace = 'brisk' | 'steady';

const paces = {
  brisk: { kubelet: { speed: 20 }, timing: {} },
  steady: { kubelet: { speed: 2 }, timing: { speed: 1 } },
} as const satisfies Record<Pace, object>;

/** Runs `task` in a lab that goes when it ends: no process for each node, and one audit log however long it grows. */
export async function inLab<T>(bench: Bench, pace: Pace, task: (lab: Lab) => Promise<T>): Promise<T> {
  const { kubelet, timing } = paces[pace];
  const lab = await startLab({
    onProgress: (line) => bench.say(line),
    apiServerFlags: ['--audit-log-maxsize=100000'],
    timing,
    kubelet: {
      ...kubelet,
      runEntryScript: false,
      onError: (error) => bench.say(`played kubelet: ${error instanceof Error ? error.message : String(error)}`),
    },
  });
  try {
    return await task(lab);
  } finally {
    await lab.stop();
    await lab.nifi.stop();
  }
}
