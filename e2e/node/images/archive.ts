// Writes an image as the archive that `docker save` would: some layers, a configuration, a manifest. Layers are tar files that exist already.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from '../command.ts';

export interface ImageSpec {
  readonly names: readonly string[];
  /** Tar files, the lowest first. */
  readonly layers: readonly string[];
  readonly config: {
    readonly Entrypoint?: readonly string[];
    readonly Env?: readonly string[];
    readonly User?: string;
    readonly WorkingDir?: string;
  };
}

/** Publishes `target` by a rename: half an archive is never found there. */
export async function writeArchive(target: string, { names, layers, config }: ImageSpec): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const work = await mkdtemp(`${target}.making-`);
  try {
    const digests = await Promise.all(layers.map(digestOf));
    await Promise.all(layers.map(async (layer, i) => copyFile(layer, join(work, `${digests[i] ?? ''}.tar`))));
    const image = {
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      config,
      rootfs: { type: 'layers', diff_ids: digests.map((digest) => `sha256:${digest}`) },
      history: layers.map(() => ({ created: '1970-01-01T00:00:00Z' })),
    };
    const text = JSON.stringify(image);
    const file = `${createHash('sha256').update(text).digest('hex')}.json`;
    await writeFile(join(work, file), text);
    const manifest = [{ Config: file, RepoTags: names, Layers: digests.map((digest) => `${digest}.tar`) }];
    await writeFile(join(work, 'manifest.json'), JSON.stringify(manifest));
    await run('tar', ['-C', work, '-cf', `${work}.tar`, '.']);
    await rename(`${work}.tar`, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** One archive of all images: a layer that several have is in it, and is brought in, once. Layers are named by their digest in each. */
export async function mergeArchives(target: string, archives: readonly string[]): Promise<void> {
  const work = await mkdtemp(`${target}.making-`);
  try {
    const manifests: unknown[] = [];
    for (const archive of archives) {
      await run('tar', ['-C', work, '-xf', archive]);
      manifests.push(...(JSON.parse(await readFile(join(work, 'manifest.json'), 'utf8')) as unknown[]));
    }
    await writeFile(join(work, 'manifest.json'), JSON.stringify(manifests));
    await rm(join(work, 'repositories'), { force: true });
    await run('tar', ['-C', work, '-cf', `${work}.tar`, '.']);
    await rename(`${work}.tar`, target);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** A tar of what is in the folder, owned by root. */
export async function tarOf(folder: string, target: string): Promise<void> {
  await run('tar', ['-C', folder, '--owner=0', '--group=0', '--numeric-owner', '-cf', `${target}.part`, '.']);
  await rename(`${target}.part`, target);
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
