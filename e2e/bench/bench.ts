// What every measure is given, and the lab that it measures in.

import { type Lab, startLab } from '../lab/lab.ts';
import type { Row } from './rows.ts';

export interface BenchOptions {
  /** Sizes of the fleets that scale with the number of clusters. */
  readonly clusters: readonly number[];
  /** The operator that is measured: main.ts or a bundle. */
  readonly program: string;
  /** Flags of Node for the operator's process. */
  readonly nodeFlags: readonly string[];
  /** More environment variables for it. */
  readonly env: Readonly<Record<string, string>>;
  readonly workers: number;
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

/** A lab without a process for each node, whose audit log is one file however long it grows. */
export async function benchLab(bench: Bench): Promise<Lab> {
  return startLab({
    onProgress: (line) => bench.say(line),
    apiServerFlags: ['--audit-log-maxsize=100000'],
    kubelet: {
      runEntryScript: false,
      onError: (error) => bench.say(`played kubelet: ${error instanceof Error ? error.message : String(error)}`),
    },
  });
}

/** Runs `task` in a lab that goes when it ends. */
export async function inLab<T>(bench: Bench, task: (lab: Lab) => Promise<T>): Promise<T> {
  const lab = await benchLab(bench);
  try {
    return await task(lab);
  } finally {
    await lab.stop();
    await lab.nifi.stop();
  }
}
