// A demo from nothing to clusters that are Ready, and its end. Whatever is started is put on a stack and taken down from the top, so the operator is gone
// before the API server it talks to. It never reads a kubeconfig of the machine.

import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultPorts } from '../../controllers/nificluster/build/config/paths.ts';
import { type Lab, startLab } from '../lab/lab.ts';
import type { Timing } from '../nifi/timing.ts';
import { buildPrograms } from './build.ts';
import { flowSteps } from './flow-steps.ts';
import { flowKinds } from './flows.ts';
import { type DemoFolder, makeFolder } from './folder.ts';
import { type Expected, following } from './follow.ts';
import { featured, kubectlFolder, nextSteps } from './next-steps.ts';
import { startDemoOperator } from './operator.ts';
import { isDataflow, needsRegistry, pointedAt, startRegistry } from './registry.ts';
import { applySample, demoNamespace, isCluster, readSamples, type Sample } from './samples.ts';
import type { Screen } from './screen.ts';
import type { ClusterState } from './snapshot.ts';
import { playTraffic } from './traffic.ts';

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
  const applied = samples.filter(({ leftOut }) => leftOut === undefined);
  await buildPrograms(screen, folder, signal);
  const lab = await startDemoLab(screen);
  takeDowns.push(async () => {
    await lab.stop();
    await lab.nifi.stop();
  });
  signal.throwIfAborted();
  const registry = await startRegistry(applied);
  takeDowns.push(() => registry.stop());
  const kubeconfig = join(folder.path, 'kubeconfig');
  await symlink(lab.controlPlane.kubeconfig, kubeconfig);
  const operator = await startDemoOperator(kubeconfig, folder, ['--allowed-registry-hosts', registry.host]);
  takeDowns.push(() => operator.stop());
  screen.say(`The operator runs; its log is ${operator.logFile}`);
  const started = performance.now();
  for (const sample of samples) await bring(lab, screen, sample, registry.url);
  const endTraffic = playTraffic(lab.nifi, busyGroups(applied));
  takeDowns.push(async () => endTraffic());
  const show = await following({ options, lab, operator, expected: expectedOf(applied) });
  takeDowns.push(() => show.stop());
  const { clusters, flows } = await show.allReady;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const more = flows.length === 0 ? '' : ` and what lives in them (${flows.length})`;
  screen.say(`${clusters.length} clusters${more} are Ready after ${seconds} s`);
  if (options.once) return;
  const cluster = featured(clusters);
  const place = { kubeconfig, kubectlFolder: await kubectlFolder(lab.controlPlane.binaries.kubectl, folder.path) };
  const flowed = flowSteps(applied, (name) => openAddress(applied, clusters, name));
  const steps = cluster === undefined ? ['No sample is a cluster'] : ['', ...nextSteps(place, cluster, flowed), ''];
  show.leaveRoom(steps.length);
  screen.say(steps.join('\n'));
  await show.ended;
}

async function bring(lab: Lab, screen: Screen, sample: Sample, registryUrl: string): Promise<void> {
  if (sample.leftOut !== undefined) return screen.say(`Left out ${sample.file}: ${sample.leftOut}`);
  await applySample(lab.client, pointedAt(registryUrl, sample));
  screen.say(`Applied ${sample.file}${needsRegistry(sample) ? `, with the registry played at ${registryUrl}` : ''}`);
}

/** Groups of the flows that come from the registry, which has a flow that can be busy. */
function busyGroups(samples: readonly Sample[]): readonly (readonly [string, string])[] {
  const dataflows = samples.flatMap(({ objects }) => objects.filter(isDataflow));
  return dataflows
    .filter(({ spec }) => spec.source.registry !== undefined)
    .map(({ metadata, spec }) => [
      `${metadata.namespace ?? demoNamespace}/${spec.clusterRef.name}`,
      spec.displayName ?? metadata.name,
    ]);
}

/** Where a cluster answers that anybody may ask without TLS. */
function openAddress(samples: readonly Sample[], clusters: readonly ClusterState[], name: string): string | undefined {
  const spec = samples
    .flatMap(({ objects }) => objects.filter(isCluster))
    .find(({ metadata }) => metadata.name === name)?.spec;
  const ip = clusters.find((cluster) => cluster.name === name)?.nodes[0]?.ip;
  return spec?.transport === 'InsecureHTTP' && ip !== undefined ? `${ip}:${defaultPorts.web}` : undefined;
}

function expectedOf(samples: readonly Sample[]): Expected {
  const objects = samples.flatMap(({ objects }) => objects);
  return {
    clusters: objects.filter(isCluster).length,
    flows: objects.filter(({ kind }) => flowKinds.includes(kind)).length,
  };
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
