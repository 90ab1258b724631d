// Shows the clusters of a demo and what lives in them until its end, and knows when all is Ready. It fails when the operator ends by itself,
// and, where the demo is to end by itself, when time is up.

import type { Lab } from '../lab/lab.ts';
import type { DemoOptions } from './demo.ts';
import { watchFlows } from './flows.ts';
import type { DemoOperator } from './operator.ts';
import { DemoFailure, failureReport, type Shown } from './report.ts';
import { watchClusters } from './snapshot.ts';
import { flowLines, tableLines } from './table.ts';

const redrawMs = 200;
/** Off a terminal every change is a line for ever. */
const appendMs = 1000;
/** The table gets this many even where that scrolls what is above it away. */
const leastRows = 12;

export interface Expected {
  readonly clusters: number;
  readonly flows: number;
}

export interface Following {
  /** Rejects with DemoFailure when time is up, or when the operator or the demo ends first. */
  readonly allReady: Promise<Shown>;
  /** Settles at the demo's end: rejects with DemoFailure when the operator ended by itself. */
  readonly ended: Promise<void>;
  /** Keeps so many lines above the table on the screen. */
  leaveRoom(lines: number): void;
  stop(): Promise<void>;
}

interface Followed {
  readonly options: DemoOptions;
  readonly lab: Lab;
  readonly operator: DemoOperator;
  /** What there must be. */
  readonly expected: Expected;
}

/** Shows the clusters and what lives in them from now on. */
export async function following({ options, lab, operator, expected }: Followed): Promise<Following> {
  const { screen, signal, timeoutMs } = options;
  let changed = true;
  let room = 0;
  const onChange = (): void => {
    changed = true;
  };
  const watchings = { clusters: watchClusters(lab.client, onChange), flows: watchFlows(lab.client, onChange) };
  const snapshot = (): Shown => ({ clusters: watchings.clusters.snapshot(), flows: watchings.flows.snapshot() });
  const ready = Promise.withResolvers<Shown>();
  const ended = Promise.withResolvers<void>();
  const fail = (why: string): void => {
    const failure = new DemoFailure(failureReport(why, snapshot(), operator.lastLines(15)));
    ready.reject(failure);
    ended.reject(failure);
  };
  // Either may settle when nobody waits for it any more.
  ready.promise.catch(() => undefined);
  ended.promise.catch(() => undefined);
  const drawing = setInterval(
    () => {
      if (!changed) return;
      changed = false;
      const shown = snapshot();
      const below = flowLines(shown.flows);
      const rows = Math.max(screen.rows - 1 - room - below.length, leastRows);
      screen.draw([...tableLines(shown.clusters, rows), ...below]);
      if (isAll(shown, expected)) ready.resolve(shown);
    },
    screen.live ? redrawMs : appendMs,
  );
  const deadline = setTimeout(() => {
    if (options.once) fail(`not Ready after ${timeoutMs / 1000} s`);
    else screen.say(`Not all is Ready after ${timeoutMs / 1000} s; see ${operator.logFile}`);
  }, timeoutMs);
  void ready.promise.then(
    () => clearTimeout(deadline),
    () => clearTimeout(deadline),
  );
  const onAbort = (): void => {
    ready.reject(signal.reason);
    ended.resolve();
  };
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  void operator.ended.then((how) => !signal.aborted && fail(`the operator ${how}`));
  return {
    allReady: ready.promise,
    ended: ended.promise,
    leaveRoom(lines) {
      room = lines;
      changed = true;
    },
    async stop() {
      clearInterval(drawing);
      clearTimeout(deadline);
      signal.removeEventListener('abort', onAbort);
      await Promise.all([watchings.clusters.stop(), watchings.flows.stop()]);
    },
  };
}

function isAll({ clusters, flows }: Shown, expected: Expected): boolean {
  const areThere = clusters.length >= expected.clusters && flows.length >= expected.flows;
  return areThere && [...clusters, ...flows].every(({ ready }) => ready);
}
