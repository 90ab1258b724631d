// Runs scenarios: the first one alone, then those that may run beside each other, then the others one by one. After each the oracles; what one of
// them says is a failure of that scenario. A failed first scenario ends the run: without an operator nothing else means anything.

import type { KubeClient } from '../../../pkg/kube/client.ts';
import { namespaces } from '../../../pkg/kube/resources.ts';
import { restrictedNamespace } from '../../node/node.ts';
import { judge, type Span } from './oracles.ts';
import { chartRights, unusedRights } from './rights.ts';
import { type Ground, lacking, type Scenario, type Stage, type Turn, type WatchedFlow } from './stage.ts';

/** So many at once on a machine of two cores. While five real NiFi start on it, the API server answers nobody for ten seconds. */
const BESIDE = { played: 3, real: 1 } as const;

/** Of a Pod that is told to end. */
const STILL_ENDING_MS = 10_000;

/** Of a problem on the screen; all of it is in what is collected. */
const MOST_LINES = 12;

export interface Outcome {
  readonly name: string;
  readonly title: string;
  readonly seconds: number;
  /** Empty when it passed. */
  readonly problems: readonly string[];
}

export interface NamedScenario extends Scenario {
  /** The file's. */
  readonly name: string;
}

export interface Run {
  readonly scenarios: readonly NamedScenario[];
  /** All that there are: only then a right that nobody used is one too many. */
  readonly all: boolean;
}

/** The outcomes, in the order in which they came. */
export async function runScenarios(ground: Ground, { scenarios, all }: Run): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const possible = scenarios.filter((one) => canRun(ground, one));
  const of = (turn: Turn): NamedScenario[] => possible.filter((one) => one.turn === turn);
  const granted = new Set<string>();
  const grantsNow = async (): Promise<void> => {
    for (const right of await chartRights(ground.client)) granted.add(right);
  };
  const one = async (next: NamedScenario): Promise<Outcome> => {
    const outcome = await runOne({ ...ground, grantsNow }, next);
    outcomes.push(outcome);
    tell(ground, outcome);
    return outcome;
  };
  for (const next of of('first')) if ((await one(next)).problems.length > 0) return outcomes;
  await grantsNow();
  const waiting = of('beside');
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await one(next);
  };
  const beside = ground.world === undefined ? BESIDE.real : BESIDE.played;
  await Promise.all(Array.from({ length: beside }, worker));
  for (const next of [...of('alone'), ...of('last'), ...of('afterwards'), ...of('by hand')]) await one(next);
  if (all && possible.length === scenarios.length && ground.auditLog !== undefined) {
    const unused = (await unusedRights([...granted], ground.auditLog)).map(
      (right) => `granted, and never used: ${right}`,
    );
    const outcome = {
      name: 'rights',
      title: 'every right that the chart grants was used',
      seconds: 0,
      problems: unused,
    };
    outcomes.push(outcome);
    tell(ground, outcome);
  }
  return outcomes;
}

function canRun(ground: Ground, { name, needs }: NamedScenario): boolean {
  const missing = lacking(ground, needs);
  if (missing.length > 0) ground.onProgress(`skip  ${name}: it needs ${missing.join(' and ')}`);
  return missing.length === 0;
}

async function runOne(
  ground: Ground & Pick<Stage, 'grantsNow'>,
  { name, title, run }: NamedScenario,
): Promise<Outcome> {
  const started = performance.now();
  const namespace = name;
  const [since, flows] = [new Date(), [] as WatchedFlow[]];
  const own = new Map([[namespace, 0]]);
  const rightsGo: Span[] = [];
  let [expectedStarts, dataGivenUp] = [0, false];
  const stage: Stage = {
    ...ground,
    namespace,
    kubectl: async (...args) => ground.shell(`kubectl --namespace ${namespace} ${args.map(quoted).join(' ')}`),
    answerFor: (another) => own.set(another, ground.history.starts(another)),
    expectStarts: (count) => {
      expectedStarts += count;
    },
    giveUpData: () => {
      dataGivenUp = true;
    },
    async whileRightsGo(work) {
      const from = Date.now();
      try {
        return await work();
      } finally {
        rightsGo.push({ from, to: Date.now() + STILL_ENDING_MS });
      }
    },
    watchFlow: (flow) => flows.push(flow),
  };
  const problems: string[] = [];
  try {
    await restrictedNamespace(ground.client, namespace);
    await run(stage);
    problems.push(...(await judge(ground, { namespaces: own, since, expectedStarts, dataGivenUp, flows, rightsGo })));
    // A cluster that is not looked at any more only costs the others time.
    if (problems.length === 0) await leave(ground.client, namespace);
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  return { name, title, seconds: (performance.now() - started) / 1000, problems };
}

async function leave(client: KubeClient, namespace: string): Promise<void> {
  await client.delete(namespaces, { namespace: '', name: namespace });
}

function tell({ onProgress }: Ground, { name, title, seconds, problems }: Outcome): void {
  onProgress(`${problems.length === 0 ? 'pass' : 'FAIL'}  ${name} (${seconds.toFixed(0)} s): ${title}`);
  for (const problem of problems) {
    const lines = problem.split('\n');
    const shown =
      lines.length <= MOST_LINES
        ? lines
        : [...lines.slice(0, MOST_LINES), `… and ${lines.length - MOST_LINES} lines more`];
    onProgress(`      ${shown.join('\n                  ')}`);
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
