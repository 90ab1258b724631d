// The images of a run, each as an archive in the cache: pause, the operator's from the Dockerfile that is shipped, and the one that plays NiFi.

import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildOnce } from '../../controlplane/buildcache.ts';
import { run } from '../command.ts';
import { PAUSE_IMAGE } from '../places.ts';
import { mergeArchives, tarOf, writeArchive } from './archive.ts';
import { digestOfTexts, imageCache, isThere } from './cache.ts';

type Progress = (line: string) => void;

const nifiHome = '/opt/nifi/nifi-current';
const agent = join(import.meta.dirname, '../standin/agent.ts');

export async function pauseImage(program: string, onProgress: Progress): Promise<string> {
  const binary = await readFile(program);
  const folder = await imageCache('pause', digestOfTexts([binary, '2']));
  return once(folder, 'the pause image', onProgress, async (target, work) => {
    const [root, layer] = [join(work, 'root'), join(work, 'layer.tar')];
    await mkdir(root);
    await copyFile(program, join(root, 'pause'));
    await tarOf(root, layer);
    await writeArchive(target, {
      names: [PAUSE_IMAGE],
      layers: [layer],
      config: { Entrypoint: ['/pause'], User: '65535:65535' },
    });
  });
}

/** Plays NiFi under every given name. It has the layout of NiFi's image that a Pod of ours uses, and in the place of NiFi an agent. */
export async function standinImage(base: string, names: readonly string[], onProgress: Progress): Promise<string> {
  const folder = await imageCache('standin', digestOfTexts([base, await readFile(agent), ...names, '2']));
  return once(folder, 'the image that plays NiFi', onProgress, async (target, work) => {
    const [root, layer] = [join(work, 'root'), join(work, 'layer.tar')];
    const home = join(root, nifiHome);
    for (const path of ['bin', 'conf', 'logs', 'run', 'work', 'extensions'])
      await mkdir(join(home, path), { recursive: true });
    await writeFile(join(home, 'conf', 'README'), 'The image of NiFi brings its default files here\n');
    await writeFile(join(home, 'bin', 'nifi.sh'), `#!/bin/sh\nexec /usr/local/bin/node /opt/played/agent.ts "$@"\n`);
    await chmod(join(home, 'bin', 'nifi.sh'), 0o755);
    await mkdir(join(root, 'opt/played'), { recursive: true });
    await copyFile(agent, join(root, 'opt/played/agent.ts'));
    await tarOf(root, layer);
    const config = {
      Entrypoint: [`${nifiHome}/bin/nifi.sh`, 'run'],
      Env: [
        'PATH=/usr/local/bin:/usr/bin:/bin',
        `NIFI_HOME=${nifiHome}`,
        `NIFI_LOG_DIR=${nifiHome}/logs`,
        `NIFI_PID_DIR=${nifiHome}/run`,
      ],
      User: '1000:1000',
      WorkingDir: nifiHome,
    };
    await writeArchive(target, { names, layers: [base, layer], config });
  });
}

/** A real NiFi: an archive of it, or a name that buildah can pull; under the name that clusters of this version ask for. */
export async function nifiImage(reference: string, name: string, onProgress: Progress): Promise<string> {
  const isFile = await isThere(reference);
  const key = isFile ? [reference, String((await stat(reference)).mtimeMs)] : [reference];
  const folder = await imageCache('nifi', digestOfTexts([...key, name]));
  return once(folder, `the image of NiFi out of ${reference}`, onProgress, async (target, work) => {
    const storage = ['--root', join(work, 'storage'), '--runroot', join(work, 'run'), '--storage-driver', 'vfs'];
    const from = isFile ? `docker-archive:${reference}` : `docker://${reference}`;
    const id = (await run('buildah', [...storage, 'pull', '-q', from])).trim();
    await run('buildah', [...storage, 'push', '-q', id, `docker-archive:${target}.part:${name}`]);
    await run('mv', [`${target}.part`, target]);
  });
}

export interface OperatorImage {
  /** The checkout whose Dockerfile and dist/ are used. */
  readonly source: string;
  readonly name: string;
  readonly version: string;
}

/** Built by buildah from the Dockerfile as it is; its base is the build argument that it has for that. */
export async function operatorImage(
  base: string,
  { source, name, version }: OperatorImage,
  onProgress: Progress,
): Promise<string> {
  const files = ['Dockerfile', 'LICENSE', 'dist/operator.cjs', 'dist/client-node.cjs'];
  const contents = await Promise.all(files.map(async (file) => readFile(join(source, file))));
  const folder = await imageCache('operator', digestOfTexts([base, name, version, ...contents, '2']));
  return once(folder, `the operator's image ${name}`, onProgress, async (target, work) => {
    const archive = join(dirname(base), 'base-image-2.tar');
    const baseName = 'localhost/node-base:1';
    if (!(await isThere(archive))) {
      await writeArchive(archive, {
        names: [baseName],
        layers: [base],
        config: { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'] },
      });
    }
    const storage = ['--root', join(work, 'storage'), '--runroot', join(work, 'run'), '--storage-driver', 'vfs'];
    await run('buildah', [...storage, 'pull', '-q', `docker-archive:${archive}`]);
    const context = join(work, 'context');
    for (const [i, file] of files.entries()) {
      await mkdir(dirname(join(context, file)), { recursive: true });
      await writeFile(join(context, file), contents[i] ?? '');
    }
    const args = ['--build-arg', `NODE_IMAGE=${baseName}`, '--build-arg', `VERSION=${version}`];
    await run('buildah', [...storage, 'build', '--isolation', 'chroot', '--pull-never', ...args, '-t', name, context]);
    await run('buildah', [...storage, 'push', '-q', name, `docker-archive:${target}.part:${name}`]);
    await run('mv', [`${target}.part`, target]);
  });
}

/** All of them as one archive. */
export async function allImages(archives: readonly string[], onProgress: Progress): Promise<string> {
  const folder = await imageCache('all', digestOfTexts(archives));
  return once(folder, 'one archive of all images', onProgress, async (target) => mergeArchives(target, archives));
}

/** Makes image.tar in the folder unless it is there; gives its path. */
async function once(
  folder: string,
  what: string,
  onProgress: Progress,
  make: (target: string, work: string) => Promise<void>,
): Promise<string> {
  const target = join(folder, 'image.tar');
  await buildOnce({ folder, what, isDone: () => isThere(target), onProgress }, async () => {
    onProgress(`building ${what}`);
    const work = await mkdtemp(join(folder, 'work-'));
    try {
      await make(target, work);
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
  return target;
}
