// Everything that a run needs from outside: packages, programs, images. Found in the cache the second time. Nothing of it is running yet.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { type Binaries, type Cmd, ensureBinaries } from '../controlplane/binaries.ts';
import { ensureHelm } from '../helm/binary.ts';
import { run } from './command.ts';
import { ensureBaseRoot } from './images/base.ts';
import { operatorImage, pauseImage, standinImage } from './images/images.ts';
import { ensurePackages } from './packages.ts';
import { ensureNodePrograms, type NodePrograms } from './programs.ts';

export interface Prepared {
  readonly programs: NodePrograms;
  readonly binaries: Binaries;
  readonly helm: Cmd;
  /** Archives of images. */
  readonly images: readonly string[];
}

/** The versions of NiFi that the stand-in plays; scenarios upgrade from the first to the second. */
export const NIFI_VERSIONS = ['2.6.0', '2.11.0'] as const;
export const OPERATOR_IMAGE = 'localhost/nifi-operator';
const repository = join(import.meta.dirname, '../..');

/** Throws with what is missing and what to do about it. */
export async function prepare(onProgress: (line: string) => void): Promise<Prepared> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new Error('a node needs Linux and root: it makes namespaces, mounts and control groups. Nothing was done');
  }
  await ensurePackages(onProgress);
  const binaries = await ensureBinaries({ onProgress });
  const programs = await ensureNodePrograms(onProgress);
  const helm = await ensureHelm({ onProgress });
  const base = await ensureBaseRoot(onProgress);
  await run(process.execPath, ['hack/bundle.ts'], { cwd: repository });
  const names = NIFI_VERSIONS.map((version) => `docker.io/apache/nifi:${version}`);
  const images = [
    await pauseImage(programs.pause, onProgress),
    await standinImage(base, names, onProgress),
    await operatorImage(
      base,
      { source: repository, name: `${OPERATOR_IMAGE}:new`, version: await version() },
      onProgress,
    ),
  ];
  return { programs, binaries, helm, images };
}

async function version(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(repository, 'package.json'), 'utf8')) as { version: string };
  return version;
}
