// Where each repository lives: on the volume that names it, on several, or on `data`.
// Directories are made below a volume's mount point, never the mount point itself: file systems keep files of their own
// there (lost+found), which NiFi's repositories do not expect.

import { volumeDirectory } from './paths.ts';
import type { Repository, StorageMount } from './types.ts';

const dataVolume = 'data';

/** Directories of a repository by the name NiFi knows them under, which must never change: claims refer to it. */
export function repositoryDirectories(
  storage: readonly StorageMount[],
  repository: Repository,
): Record<string, string> {
  const volumes = storage.filter((mount) => repositoryOf(mount) === repository).map((mount) => mount.name);
  const names = volumes.length === 0 ? [dataVolume] : volumes;
  return Object.fromEntries(
    names.map((volume) => [
      volume === repository || volume === dataVolume ? 'default' : volume,
      `${volumeDirectory(volume)}/${repository}_repository`,
    ]),
  );
}

/** Whether the repository shares the volume `data` with everything else. */
export function livesOnData(storage: readonly StorageMount[], repository: Repository): boolean {
  return !storage.some((mount) => repositoryOf(mount) === repository);
}

/** What is wrong with a set of volumes, one sentence each; empty when it can be rendered. */
export function storageProblems(storage: readonly StorageMount[]): string[] {
  const problems = [];
  if (!storage.some((mount) => mount.name === dataVolume)) problems.push('storage: the volume data is missing');
  if (storage.some((mount) => mount.name === dataVolume && mount.repository !== undefined)) {
    problems.push('storage: the volume data holds what has no volume of its own and cannot name a repository');
  }
  const flowFile = storage.filter((mount) => repositoryOf(mount) === 'flowfile').map((mount) => mount.name);
  if (flowFile.length > 1) {
    problems.push(`storage: NiFi has one FlowFile repository, but ${flowFile.join(' and ')} are for it`);
  }
  return problems;
}

function repositoryOf(mount: StorageMount): Repository | undefined {
  if (mount.repository !== undefined) return mount.repository;
  return mount.name === 'flowfile' || mount.name === 'content' || mount.name === 'provenance' ? mount.name : undefined;
}
