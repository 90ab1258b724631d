// `make e2e`: a Kubernetes of one node, made of real parts, the operator installed on it as a user does, and the scenarios of e2e/scenarios.
// This process prepares what needs the network, starts the rest inside namespaces of its own (inside.ts), and sweeps after it. When it ends,
// however it ends, everything inside ends too: the pipe from here closes, and the kernel kills what is in a process namespace whose first
// process is gone.

import process from 'node:process';
import { parseArgs } from 'node:util';
import { runInside } from './outside.ts';
import { prepare } from './prepare.ts';

const usage = `Usage: node e2e/node/main.ts [--keep] [--only NAME[,NAME]] [--commit COMMIT]

  --only NAME  run these scenarios only (files of e2e/scenarios, without .ts)
  --commit C   test the operator as it was at this commit, not the files that are there
  --keep       leave the node up afterwards, until Ctrl-C
`;

async function main(): Promise<number> {
  const [text, flag] = [{ type: 'string' }, { type: 'boolean' }] as const;
  const { values } = parseArgs({ options: { keep: flag, only: text, commit: text, help: flag } });
  if (values.help === true) {
    process.stdout.write(usage);
    return 0;
  }
  const started = performance.now();
  const onProgress = (line: string): void => {
    process.stdout.write(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}\n`);
  };
  const prepared = await prepare({ commit: values.commit }, onProgress);
  return runInside({ ...prepared, keep: values.keep === true, only: values.only?.split(',') ?? [] }, onProgress);
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`make e2e: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
