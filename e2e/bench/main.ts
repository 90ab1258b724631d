// The benchmark: runs the measures that are named (all when none is), prints what they found as a table, and writes it as JSON.
// Ground truth is the API server's audit log, the kernel and the played NiFi's own log; never what the operator believes it did.

import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { dirname } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { Bench, Measure } from './bench.ts';
import { answers } from './measures/answers.ts';
import { bringup } from './measures/bringup.ts';
import { dataflows } from './measures/dataflows.ts';
import { failover } from './measures/failover.ts';
import { faultPlans } from './measures/faultplans.ts';
import { handshakes } from './measures/handshakes.ts';
import { idle } from './measures/idle.ts';
import { latency } from './measures/latency.ts';
import { memory } from './measures/memory.ts';
import { outage } from './measures/outage.ts';
import { restart } from './measures/restart.ts';
import { rollout } from './measures/rollout.ts';
import { scale } from './measures/scale.ts';
import { start } from './measures/start.ts';
import { writes } from './measures/writes.ts';
import { shipped } from './operator.ts';
import { type Report, type Row, table } from './rows.ts';

const measures: readonly Measure[] = [
  writes,
  bringup,
  idle,
  latency,
  handshakes,
  failover,
  outage,
  start,
  memory,
  restart,
  rollout,
  dataflows,
  answers,
  faultPlans,
  scale,
];

const options = {
  clusters: { type: 'string', default: '50,200,1000' },
  fleet: { type: 'string', default: '100' },
  workers: { type: 'string', default: '4' },
  outage: { type: 'string', default: '120' },
  plans: { type: 'string', default: '300' },
  program: { type: 'string', default: shipped.program },
  'node-flags': { type: 'string', default: shipped.nodeFlags },
  env: { type: 'string', default: shipped.env },
  json: { type: 'string', default: 'dist/bench.json' },
  quiet: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const help = `Usage: make bench BENCH="[measure…] [options]"

${measures.map(({ name, title }) => `  ${name.padEnd(12)} ${title}`).join('\n')}

  --clusters 50,200,1000   Sizes of the fleets that are scaled
  --fleet 100              Clusters of the measures idle, latency and restart
  --workers 4              Clusters that the operator works on at the same time
  --outage 120             Seconds for which the API server is away
  --plans 300              Plans of faults that are played
  --program main.ts        What runs as the operator instead of the bundle
  --node-flags='-a -b'     Flags of Node for it instead of those that it is shipped with
  --env A=b,C=d            Environment variables for it, likewise
  --json dist/bench.json   Where the numbers go
  --quiet                  No progress
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const chosen = positionals.length === 0 ? measures : positionals.map(measureOf);
  const begun = performance.now();
  const bench: Bench = {
    options: {
      clusters: values.clusters.split(',').map(Number),
      fleet: Number(values.fleet),
      workers: Number(values.workers),
      outageSeconds: Number(values.outage),
      plans: Number(values.plans),
      program: values.program,
      nodeFlags: values['node-flags'].split(' ').filter((flag) => flag !== ''),
      env: Object.fromEntries(new URLSearchParams(values.env.replaceAll(',', '&'))),
    },
    say(line) {
      const seconds = ((performance.now() - begun) / 1000).toFixed(1).padStart(7);
      if (!values.quiet) process.stderr.write(`${seconds} s  ${line}\n`);
    },
  };
  const startedAt = new Date().toISOString();
  const [{ model: cpuModel } = { model: 'unknown' }] = cpus();
  const [loadBefore = Number.NaN] = loadavg();
  const rows: Row[] = [];
  for (const measure of chosen) {
    bench.say(`${measure.title} (${measure.name})`);
    const found = await measure.run(bench);
    rows.push(...found);
    process.stdout.write(`\n${measure.title}\n${table(found)}\n\n`);
  }
  const report: Report = { startedAt, node: process.version, cpus: cpus().length, cpuModel, loadBefore, rows };
  await mkdir(dirname(values.json), { recursive: true });
  await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
  bench.say(`The numbers are in ${values.json}`);
}

function measureOf(name: string): Measure {
  const found = measures.find((measure) => measure.name === name);
  if (found === undefined) throw new Error(`there is no measure "${name}"; --help lists them`);
  return found;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  },
);
