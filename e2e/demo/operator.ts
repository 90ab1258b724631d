// The operator of a demo: a process of its own, whose log goes to a file. It is guarded from its first moment, so a demo that dies takes it along.

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { spawnOperator } from '../lab/operator.ts';
import type { DemoFolder } from './folder.ts';

export interface DemoOperator {
  readonly logFile: string;
  /** Settles when the process has ended, with how it ended. */
  readonly ended: Promise<string>;
  /** The last lines that it wrote. */
  lastLines(count: number): readonly string[];
  stop(): Promise<void>;
}

/** `more` are further arguments of it. */
export async function startDemoOperator(
  kubeconfig: string,
  folder: DemoFolder,
  more: readonly string[],
): Promise<DemoOperator> {
  const logFile = join(folder.path, 'operator.log');
  const log = createWriteStream(logFile);
  const operator = spawnOperator(kubeconfig, ['--log-format', 'text', ...more]);
  const { child, output } = operator;
  for (const stream of [child.stdout, child.stderr]) stream?.pipe(log, { end: false });
  const exited = once(child, 'exit');
  const release = await folder.guard('operator', child.pid ?? 0, 'process');
  const ended = exited.then(async () => {
    await release();
    return child.exitCode === null ? `was ended by ${child.signalCode}` : `ended with exit code ${child.exitCode}`;
  });
  return {
    logFile,
    ended,
    lastLines: (count) => output.join('').trimEnd().split('\n').slice(-count),
    async stop() {
      await operator.kill('SIGTERM');
      await ended;
      log.end();
    },
  };
}
