// The operator as it was at an earlier commit: its sources out of the history, bundled with the packages of this checkout. Kept by commit.

import { mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { buildOnce } from '../controlplane/buildcache.ts';
import { run } from './command.ts';
import { imageCache, isThere } from './images/cache.ts';

const repository = join(import.meta.dirname, '../..');

/** The commit that upgrades begin at. Throws where the history lacks it. */
export async function olderOperator(): Promise<string> {
  const commit = (await readFile(join(import.meta.dirname, 'older-operator'), 'utf8')).trim();
  await idOf(commit);
  return commit;
}

/** The folder of its sources, with dist/ in it; the Dockerfile is today's, where there was none. Throws where there is no history. */
export async function sourceAt(commit: string, onProgress: (line: string) => void): Promise<string> {
  const id = await idOf(commit);
  const kept = await imageCache('source', id);
  const folder = join(kept, 'tree');
  const what = `the operator as it was at ${id.slice(0, 10)}`;
  await buildOnce({ folder: kept, what, isDone: () => isThere(folder), onProgress }, async () => {
    onProgress(`bundling ${what}`);
    const work = `${folder}.making`;
    await rm(work, { recursive: true, force: true });
    await mkdir(work, { recursive: true });
    await run('/bin/sh', ['-ec', 'git archive "$1" | tar -x -C "$2"', 'archive', id, work], { cwd: repository });
    await bundle(work);
    await rename(work, folder);
  });
  return folder;
}

async function idOf(commit: string): Promise<string> {
  return (await run('git', ['rev-parse', '--verify', `${commit}^{commit}`], { cwd: repository })).trim();
}

async function bundle(folder: string): Promise<void> {
  await symlink(join(repository, 'node_modules'), join(folder, 'node_modules'));
  await run(process.execPath, ['hack/bundle.ts'], { cwd: folder });
  for (const file of ['Dockerfile', 'LICENSE']) {
    if (!(await isThere(join(folder, file)))) await run('cp', [join(repository, file), join(folder, file)]);
  }
}
