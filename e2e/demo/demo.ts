// A demo from nothing to clusters that are Ready, and its end. Whatever is started is put on a stack and taken down from the top, so the operator is gone
// before the API server it talks to. It never reads a kubeconfig of the machine.

import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Lab, startLab } from '../lab/lab.ts';
import type { Timing } from '../nifi/timing.ts';
import { buildPrograms } from './build.ts';
import { type DemoFolder, makeFolder } from './folder.ts';
import { featured, kubectlFolder, nextSteps } from './next-steps.ts';
import { type DemoOperator, startDemoOperator } from './operator.ts';
import { DemoFailure, failureReport } from './report.ts';
import { applySample, isCluster, readSamples } from './samples.ts';
import type { Screen } from './screen.ts';
import { type ClusterState, type Watching, watchClusters } from './snapshot.ts';
import { tableLines } from './table.ts';

export interface DemoOptions {
  readonly screen: Screen;
  readonly samples: string;
  /** End when all is Ready, and fail when it is not in time; else stay until `signal`. */
  readonly once: boolean;
  /** From the samples' creation to Ready. */
  readonly timeoutMs: number;
  /** Ends the demo; an Error as its reason is a failure. */
  readonly signal: AbortSignal;
}

type TakeDown = () => Promise<void>;

/** Slow enough to be seen, fast enough to be watched. */
const timing: Partial<Timing> = { startMs: 2500, joinMs: 1000, reconnectMs: 500, stopMs: 500, speed: 20 };
const redrawMs = 200;
/** Off a terminal every change is a line for ever. */
const appendMs = 1000;
/** The table gets this many even where that scrolls what is above it away. */
const leastRows = 12;

/** Resolves when the demo has ended well. Throws DemoFailure, or the signal's reason. Everything is gone either way. */
export async function runDemo(options: DemoOptions): Promise<void> {
  const takeDowns: TakeDown[] = [];
  const folder = await makeFolder();
  takeDowns.push(() => folder.remove());
  try {
    await bringUp(options, folder, takeDowns);
  } finally {
    options.screen.release();
    for (const takeDown of takeDowns.toReversed()) {
      // What cannot be taken down in order is left to the reapers; the rest still is.
      await takeDown().catch((error: unknown) => options.screen.say(`While ending: ${String(error)}`));
    }
  }
}

async function bringUp(options: DemoOptions, folder: DemoFolder, takeDowns: TakeDown[]): Promise<void> {
  const { screen, signal } = options;
  const samples = await readSamples(options.samples);
  await buildPrograms(screen, folder, signal);
  const lab = await startDemoLab(screen);
  takeDowns.push(async () => {
    await lab.stop();
    await lab.nifi.stop();
  });
  signal.throwIfAborted();
  const kubeconfig = join(folder.path, 'kubeconfig');
  await symlink(lab.controlPlane.kubeconfig, kubeconfig);
  const operator = await startDemoOperator(kubeconfig, folder);
  takeDowns.push(() => operator.stop());
  screen.say(`The operator runs; its log is ${operator.logFile}`);
  const started = performance.now();
  for (const sample of samples) {
    if (sample.leftOut === undefined) await applySample(lab.client, sample);
    screen.say(sample.leftOut === undefined ? `Applied ${sample.file}` : `Left out ${sample.file}: ${sample.leftOut}`);
  }
  const expected = samples
    .filter(({ leftOut }) => leftOut === undefined)
    .flatMap(({ objects }) => objects.filter(isCluster));
  const show = await following({ options, lab, operator, count: expected.length });
  takeDowns.push(() => show.stop());
  const clusters = await show.allReady;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  screen.say(`${clusters.length} clusters are Ready after ${seconds} s`);
  if (options.once) return;
  const cluster = featured(clusters);
  const place = { kubeconfig, kubectlFolder: await kubectlFolder(lab.controlPlane.binaries.kubectl, folder.path) };
  const steps = cluster === undefined ? ['No sample is a cluster'] : ['', ...nextSteps(place, cluster), ''];
  show.leaveRoom(steps.length);
  screen.say(steps.join('\n'));
  await show.ended;
}

async function startDemoLab(screen: Screen): Promise<Lab> {
  return startLab({
    onProgress: (line) => screen.say(line),
    auditLevel: 'None',
    timing,
    kubelet: {
      serviceAccountTokens: true,
      speed: 10,
      onError: (error) => screen.say(`The played kubelet: ${error instanceof Error ? error.message : String(error)}`),
    },
  });
}

interface Following {
  /** Rejects with DemoFailure when time is up, or when the operator or the demo ends first. */
  readonly allReady: Promise<readonly ClusterState[]>;
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
  /** Clusters there must be. */
  readonly count: number;
}

/** Shows the clusters from now on. */
async function following({ options, lab, operator, count }: Followed): Promise<Following> {
  const { screen, signal, timeoutMs } = options;
  let changed = true;
  let room = 0;
  const watching: Watching = watchClusters(lab.client, () => {
    changed = true;
  });
  const ready = Promise.withResolvers<readonly ClusterState[]>();
  const ended = Promise.withResolvers<void>();
  const fail = (why: string): void => {
    const failure = new DemoFailure(failureReport(why, watching.snapshot(), operator.lastLines(15)));
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
      const clusters = watching.snapshot();
      screen.draw(tableLines(clusters, Math.max(screen.rows - 1 - room, leastRows)));
      if (clusters.length >= count && clusters.every((cluster) => cluster.ready)) ready.resolve(clusters);
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
      await watching.stop();
    },
  };
}
