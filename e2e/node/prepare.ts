// Everything that a run needs from outside: packages, programs, images. Found in the cache the second time. Nothing of it is running yet.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { parse } from 'yaml';
import { type Cmd, ensureBinaries } from '../controlplane/binaries.ts';
import { ensureHelm } from '../helm/binary.ts';
import { run } from './command.ts';
import { ensureBaseRoot } from './images/base.ts';
import { allImages, nifiImage, operatorImage, pauseImage, standinImage } from './images/images.ts';
import { type ChosenNiFi, chosenNiFi } from './nifi-choice.ts';
import { ensurePackages } from './packages.ts';
import { whyImpossible } from './possible.ts';
import { ensureNodePrograms, type NodePrograms } from './programs.ts';
import { olderOperator, sourceAt } from './source.ts';

export interface Prepared {
  readonly programs: NodePrograms;
  readonly helm: Cmd;
  readonly nifi: ChosenNiFi;
  /** The checkout that is tested: its charts and its README are used. */
  readonly source: string;
  /** The archive of all images. */
  readonly images: string;
  /** Among them, as the node knows it. */
  readonly olderOperator: { readonly repository: string; readonly tag: string };
}

/** Where the charts look for the operator's image: nothing has to be said to install it. */
const OPERATOR_REPOSITORY = 'ghcr.io/datadynamics/nifi-operator';
const repository = join(import.meta.dirname, '../..');

/** The folder whose operator is tested: this checkout, or the operator as it was at a commit. Its dist/ is there. */
export async function sourceOf(commit: string | undefined, onProgress: (line: string) => void): Promise<string> {
  return commit === undefined ? bundled() : sourceAt(commit, onProgress);
}

/** `source`: of the operator, bundled. Throws with what is missing and what to do about it. */
export async function prepare(source: string, onProgress: (line: string) => void): Promise<Prepared> {
  const why = await whyImpossible();
  if (why !== undefined) throw new Error(`a node cannot be made here, and nothing was done: ${why}`);
  const nifi = chosenNiFi(process.env);
  await ensurePackages(onProgress);
  await ensureBinaries({ onProgress });
  const programs = await ensureNodePrograms(onProgress);
  const helm = await ensureHelm({ onProgress });
  const base = await ensureBaseRoot(onProgress);
  const older = await olderOperator();
  const build = async (from: string, tag: string): Promise<string> =>
    operatorImage(base, { source: from, name: `${OPERATOR_REPOSITORY}:${tag}`, version: tag }, onProgress);
  const images = [
    await pauseImage(programs.pause, onProgress),
    await imageOfNiFi(base, nifi, onProgress),
    await build(source, await appVersion()),
    await build(await sourceAt(older, onProgress), older),
  ];
  const archive = await allImages(images, onProgress);
  return {
    programs,
    helm,
    nifi,
    source,
    images: archive,
    olderOperator: { repository: OPERATOR_REPOSITORY, tag: older },
  };
}

async function imageOfNiFi(base: string, nifi: ChosenNiFi, onProgress: (line: string) => void): Promise<string> {
  const { version, newer, reference } = nifi;
  const nameOf = (tag: string): string => `docker.io/apache/nifi:${tag}`;
  if (reference !== undefined) return nifiImage(reference, nameOf(version), onProgress);
  return standinImage(base, [version, ...(newer === undefined ? [] : [newer])].map(nameOf), onProgress);
}

async function bundled(): Promise<string> {
  await run(process.execPath, ['hack/bundle.ts'], { cwd: repository });
  return repository;
}

/** The tag that the chart installs unless it is told another. */
async function appVersion(): Promise<string> {
  const chart = parse(await readFile(join(repository, 'charts/nifi-operator/Chart.yaml'), 'utf8')) as {
    appVersion: string;
  };
  return chart.appVersion;
}
