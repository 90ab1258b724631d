// The root that the images of a run begin with, in place of one from a registry: Debian's smallest, curl, and the Node that runs this. Made
// once with debootstrap and kept. Links that lead from the root are made relative: a process outside reads files of containers through /proc.

import { copyFile, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildOnce, isExecutable } from '../../controlplane/buildcache.ts';
import { run } from '../command.ts';
import { SYSTEM_PATH } from '../packages.ts';
import { tarOf } from './archive.ts';
import { digestOfTexts, imageCache, isThere } from './cache.ts';

const suite = 'bookworm';
const mirror = 'http://deb.debian.org/debian';
// What Node links to, and what the image of NiFi has that our probes and scripts use.
const packages = ['ca-certificates', 'curl', 'libstdc++6', 'procps'];
const unneeded = [
  'var/cache/apt',
  'var/lib/apt/lists',
  'usr/share/doc',
  'usr/share/man',
  'usr/share/locale',
  'usr/share/info',
];

/** The tar of the root. */
export async function ensureBaseRoot(onProgress: (line: string) => void): Promise<string> {
  const folder = await imageCache('base', digestOfTexts([suite, ...packages, process.version, process.arch, '1']));
  const target = join(folder, 'root.tar');
  await buildOnce({ folder, what: 'the root of images', isDone: () => isThere(target), onProgress }, async () => {
    onProgress('making a Debian root for the images with debootstrap, once');
    const root = await mkdtemp(join(folder, 'root-'));
    try {
      const env = { ...process.env, PATH: SYSTEM_PATH };
      await run('debootstrap', ['--variant=minbase', `--include=${packages.join(',')}`, suite, root, mirror], { env });
      await Promise.all(unneeded.map(async (path) => rm(join(root, path), { recursive: true, force: true })));
      await rm(join(root, 'var/run'), { force: true });
      await symlink('../run', join(root, 'var/run'));
      await addNode(root);
      await tarOf(root, target);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
  return target;
}

async function addNode(root: string): Promise<void> {
  const node = join(root, 'usr/local/bin/node');
  await mkdir(dirname(node), { recursive: true });
  await copyFile(process.execPath, node);
  if (!(await isExecutable(node))) throw new Error(`${process.execPath} is no program that could be copied`);
}
