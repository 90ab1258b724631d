// The operator as a process of its own with a Pod's credentials, as it runs in a cluster: nothing that only a kubeconfig needs is
// loaded. What it uses is read from the kernel (/proc), what it did from its own metrics and from the audit log.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { ControlPlane } from '../controlplane/controlplane.ts';
import { freePort } from '../controlplane/freeport.ts';
import { until } from '../lab/until.ts';
import type { BenchOptions } from './bench.ts';
import { type Metrics, parseMetrics } from './metrics.ts';

/**
 * How an image runs the operator. A small young generation and compact code cost some CPU, of which it needs little; one arena keeps
 * glibc from holding on to memory for each thread.
 */
export const shipped = {
  program: fileURLToPath(new URL('../../dist/operator.cjs', import.meta.url)),
  nodeFlags: '--max-semi-space-size=1 --optimize-for-size',
  env: 'MALLOC_ARENA_MAX=1',
} as const;

export interface Usage {
  readonly residentMiB: number;
  readonly peakMiB: number;
  /** Of all cores since the process began. */
  readonly cpuSeconds: number;
}

export interface OperatorUnderTest {
  readonly pid: number;
  /** Monotonic time of the spawn. */
  readonly startedAtMs: number;
  /** Lines of level error or warn. */
  readonly complaints: readonly string[];
  /** Every line, parsed, of level info and above. */
  readonly lines: readonly LogLine[];
  usage(): Promise<Usage>;
  metrics(): Promise<Metrics>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

interface LogLine {
  readonly level: string;
  readonly message: string;
}

type Program = Pick<BenchOptions, 'program' | 'nodeFlags' | 'env' | 'workers'>;

let processes = 0;

/** Resolves when its caches are synced. The folder with its credentials goes with the control plane's. */
export async function startOperatorProcess(
  controlPlane: ControlPlane,
  { program, nodeFlags, env: more, workers }: Program,
  flags: readonly string[] = [],
): Promise<OperatorUnderTest> {
  processes += 1;
  const [metricsPort, healthPort] = [await freePort(), await freePort()];
  const { hostname, port } = new URL(controlPlane.url);
  const given = [
    `--service-account-dir=${await credentials(controlPlane)}`,
    `--metrics-address=127.0.0.1:${metricsPort}`,
    `--health-address=127.0.0.1:${healthPort}`,
    `--workers=${workers}`,
    ...flags,
  ];
  const env = {
    PATH: process.env['PATH'],
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
    POD_NAME: `operator-${processes}`,
    ...more,
  };
  const startedAtMs = performance.now();
  const child = spawn(process.execPath, [...nodeFlags, program, ...given], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: LogLine[] = [];
  const complaints: string[] = [];
  let words = '';
  const take = (text: string): void => {
    const parts = `${words}${text}`.split('\n');
    words = parts.pop() ?? '';
    for (const part of parts) {
      const line = parseLine(part);
      lines.push(line);
      if (line.level === 'error' || line.level === 'warn') complaints.push(part);
    }
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', take);
  const ended = once(child, 'exit');
  const alive = (): boolean => child.exitCode === null && child.signalCode === null;
  await until(
    'the operator has filled its caches',
    () => alive() && lines.some(({ message }) => message === 'Caches are synced'),
    {
      timeoutMs: 120_000,
      everyMs: 5,
      describe: () => lines.slice(-5),
    },
  );
  const pid = child.pid ?? 0;
  return {
    pid,
    startedAtMs,
    complaints,
    lines,
    usage: () => usageOf(pid),
    async metrics() {
      const answer = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
      return parseMetrics(await answer.text());
    },
    async kill(signal) {
      if (!alive()) return;
      child.kill(signal);
      await ended;
    },
  };
}

/** Ends the operator before anything else goes. */
export async function withOperator<T>(
  controlPlane: ControlPlane,
  program: Program,
  flags: readonly string[],
  task: (operator: OperatorUnderTest) => Promise<T>,
): Promise<T> {
  const operator = await startOperatorProcess(controlPlane, program, flags);
  try {
    return await task(operator);
  } finally {
    await operator.kill('SIGTERM');
  }
}

async function credentials(controlPlane: ControlPlane): Promise<string> {
  const dir = join(controlPlane.dir, 'serviceaccount');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await writeFile(join(dir, 'token'), controlPlane.adminToken, { mode: 0o600 });
  await writeFile(join(dir, 'namespace'), 'default');
  await copyFile(controlPlane.caFile, join(dir, 'ca.crt'));
  return dir;
}

function parseLine(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    // What is no JSON did not come from the log: a stack on standard error.
    return { level: 'error', message: text };
  }
}

const ticksPerSecond = 100;

async function usageOf(pid: number): Promise<Usage> {
  const [status, stat] = await Promise.all([
    readFile(`/proc/${pid}/status`, 'utf8'),
    readFile(`/proc/${pid}/stat`, 'utf8'),
  ]);
  const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'mu').exec(status)?.[1] ?? 'NaN');
  // The second field is the program's name in parentheses, and may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return { residentMiB: kib('VmRSS') / 1024, peakMiB: kib('VmHWM') / 1024, cpuSeconds: ticks / ticksPerSecond };
}
