// `make e2e`: a Kubernetes of one node, made of real parts, the operator installed on it as a user does, and the scenarios of e2e/scenarios.
// This process prepares what needs the network, starts the rest inside namespaces of its own (inside.ts), and sweeps after it. When it ends,
// however it ends, everything inside ends too: the pipe from here closes, and the kernel kills what is in a process namespace whose first
// process is gone.

import process from 'node:process';
import { parseArgs } from 'node:util';
import { brokenOperators, withBroken } from './broken.ts';
import { isCurrentAsked, runOnCurrent } from './current.ts';
import { runInside } from './outside.ts';
import { whyImpossible } from './possible.ts';
import { prepare, sourceOf } from './prepare.ts';

const usage = `Usage: node e2e/node/main.ts [--keep] [--bare] [--only NAME[,NAME]] [--commit COMMIT] [--broken all] [--if-possible]

  --only NAME  run these scenarios only (files of e2e/scenarios, without .ts)
  --commit C   test the operator as it was at this commit, not the files that are there
  --broken all run operators that are broken on purpose, or the one of this name: for each the scenario that must fail
  --keep       leave the node up afterwards, until Ctrl-C
  --bare       only bring the node up, with nothing on it, and leave it until Ctrl-C
  --if-possible  where a node cannot be made, say so and end well

  NIFI_IMAGE=NAME   a real NiFi instead of the played one: a name that buildah can pull, or an archive of docker or buildah
  CLUSTER=current   the Kubernetes that the current kubeconfig names, instead of a node of the run's own
`;

const started = performance.now();

function onProgress(line: string): void {
  process.stdout.write(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}\n`);
}

async function main(): Promise<number> {
  const [text, flag] = [{ type: 'string' }, { type: 'boolean' }] as const;
  const { values } = parseArgs({
    options: { keep: flag, bare: flag, only: text, commit: text, broken: text, 'if-possible': flag, help: flag },
  });
  if (values.help === true) {
    process.stdout.write(usage);
    return 0;
  }
  const why = values['if-possible'] === true ? await whyImpossible() : undefined;
  if (why !== undefined) {
    process.stdout.write(`make e2e did NOT run, so nothing was tested on a real node: ${why}\n`);
    return 0;
  }
  const onCurrent = isCurrentAsked(process.env, values['if-possible'] === true);
  const source = await sourceOf(values.commit, onProgress);
  const only = values.only?.split(',') ?? [];
  if (onCurrent) return runOnCurrent(source, only, onProgress);
  if (values.broken !== undefined) return tryBroken(source, values.broken);
  const bare = values.bare === true;
  const task = { keep: bare || values.keep === true, bare, only };
  return (await runInside({ ...(await prepare(source, onProgress)), ...task }, onProgress)).code;
}

/** 0 when for each of them the scenario failed that must. */
async function tryBroken(source: string, which: string): Promise<number> {
  const chosen = brokenOperators.filter(({ name }) => which === 'all' || which === name);
  if (chosen.length === 0) throw new Error(`there is no broken operator ${which}`);
  const unnoticed: string[] = [];
  for (const broken of chosen) {
    onProgress(`broken on purpose: ${broken.what}`);
    const only = [broken.noticedBy];
    const { failed } = await withBroken(source, broken, async (copy) =>
      runInside({ ...(await prepare(copy, onProgress)), keep: false, bare: false, only }, onProgress),
    );
    const noticed = failed.includes(broken.noticedBy);
    onProgress(`${broken.name}: ${noticed ? 'noticed' : 'NOT NOTICED'} by the scenario ${broken.noticedBy}`);
    if (!noticed) unnoticed.push(broken.name);
  }
  return unnoticed.length === 0 ? 0 : 1;
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
